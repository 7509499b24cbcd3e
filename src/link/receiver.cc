// The queue between the broker and the one thread that commits.
#include "link/receiver.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <optional>
#include <thread>
#include <utility>

#include "base/backoff.h"
#include "link/topic.h"
#include "net/mqtt_client.h"

namespace weir::link {

using base::Code;
using base::fail;
using base::Level;
using base::Result;

namespace {

// A reason that repeats is said once in this time.
constexpr std::int64_t kSayAgainNs = 10'000'000'000;
// The broker is near, and there is one receiver: it is found again soon.
constexpr base::BackoffLimits kConnectBackoff = {.delay_ns_min = 50'000'000,
                                                 .delay_ns_max = 500'000'000};
constexpr std::size_t kStateLine = kClasses;  // behind the classes' own lines

}  // namespace

class Receiver::Core {
 public:
  explicit Core(Options options) : options_(std::move(options)) {}
  ~Core();

  Result<> start();
  ReceiverStatus status() const;

 private:
  struct Message {
    UpTopic topic;
    std::string payload;
  };
  // A reason that was said, and when it may be said again.
  struct Said {
    std::string reason;
    std::int64_t until_ns = 0;
  };

  void greet();
  void take(std::string_view topic, std::string_view payload);
  void work();
  std::optional<Message> next();
  std::deque<Message>& next_line();
  void handle(const Message& message);
  Result<Batch> read(const Message& message) const;
  void refuse(std::string_view topic, const base::Error& error);
  void say(Said& said, std::string_view message, std::string_view from, const std::string& reason);

  const Options options_;
  std::unique_ptr<net::MqttClient> mqtt_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::array<std::deque<Message>, kClasses + 1> lines_;
  std::size_t queued_bytes_ = 0;
  bool state_was_last_ = false;
  bool stopping_ = false;
  ReceiverStatus counts_;
  Said refusal_, failure_;
  std::thread thread_;
};

Result<> Receiver::Core::start() {
  net::MqttClient::Events events;
  events.message = [this](std::string_view topic, std::string_view payload) {
    take(topic, payload);
  };
  events.subscribed = [this](std::string_view) { greet(); };
  TRY(mqtt_, net::MqttClient::start({.host = options_.mqtt_host,
                                     .port = options_.mqtt_port,
                                     .client_id = options_.client_id,
                                     .user = options_.user,
                                     .password = options_.password,
                                     .backoff = kConnectBackoff,
                                     .log = options_.log,
                                     .clock = options_.clock},
                                    std::move(events)));
  TRY_DO(mqtt_->subscribe(kUpFilter));
  thread_ = std::thread([this] { work(); });
  return {};
}

Receiver::Core::~Core() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  if (mqtt_ != nullptr) mqtt_->stop(0);
}

// On the client's thread. What nodes have sent while nobody listened is lost, or waits for its
// deadline: they are to send again now.
void Receiver::Core::greet() {
  if (!options_.nodes) return;
  for (const std::string& node : options_.nodes())
    (void)mqtt_->publish(listening_topic(node), "", net::Qos::at_least_once);
}

// On the client's thread: only sorts.
void Receiver::Core::take(std::string_view topic, std::string_view payload) {
  auto parsed = parse_up_topic(topic);
  if (parsed && !options_.known(parsed->node)) {
    parsed = fail(Code::unknown_name, fmt::format("no node '{}' is known here", parsed->node));
  }
  if (!parsed) {
    refuse(topic, parsed.error());
    return;
  }
  const std::size_t line = parsed->of ? static_cast<std::size_t>(*parsed->of) : kStateLine;
  const std::lock_guard lock(mutex_);
  const std::size_t bytes = payload.size() + sizeof(Message);
  const std::size_t more = line == kStateLine ? kReceiverStateBytesMax : 0;
  if (queued_bytes_ + bytes > kReceiverQueueBytesMax + more) {
    ++counts_.dropped;
    return;
  }
  queued_bytes_ += bytes;
  lines_[line].push_back({std::move(*parsed), std::string(payload)});
  changed_.notify_one();
}

void Receiver::Core::work() {
  while (const auto message = next()) handle(*message);
}

std::optional<Receiver::Core::Message> Receiver::Core::next() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return stopping_ || queued_bytes_ > 0; });
  if (stopping_) return {};
  std::deque<Message>& line = next_line();
  Message message = std::move(line.front());
  line.pop_front();
  queued_bytes_ -= message.payload.size() + sizeof(Message);
  return message;
}

// With the lock held; a message is there. A state costs about as much as a batch, so they take
// turns.
std::deque<Receiver::Core::Message>& Receiver::Core::next_line() {
  const auto states = lines_.begin() + kStateLine;
  auto line = std::ranges::find_if(lines_, [](const auto& one) { return !one.empty(); });
  if (!states->empty() && !state_was_last_) line = states;
  state_was_last_ = line == states;
  return *line;
}

void Receiver::Core::handle(const Message& message) {
  const std::string& node = message.topic.node;
  if (!message.topic.of) {
    const bool farewell = message.payload.empty();
    if (const auto checked = check_state(message.payload); !farewell && !checked) {
      refuse(state_topic(node), checked.error());
    } else {
      options_.state(node, message.payload);
    }
    return;
  }
  const auto batch = read(message);
  if (!batch) {
    refuse(batch_topic(node, *message.topic.of), batch.error());
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ++counts_.batches;
    counts_.records += batch->records.size();
    counts_.bytes += message.payload.size();
  }
  if (const auto kept = options_.commit(*batch); !kept) {
    const std::lock_guard lock(mutex_);
    ++counts_.failed;
    counts_.last_failure = kept.error().message;
    say(failure_, "a batch is not committed", node, kept.error().message);
    return;
  }
  // Where there is no connection now, the node sends the batch again.
  (void)mqtt_->publish(
      committed_topic(node),
      write_committed(
          {.log = batch->log, .of = batch->of, .first = batch->first, .end = batch->end}),
      net::Qos::at_least_once);
  const std::lock_guard lock(mutex_);
  counts_.committed_records += batch->records.size();
  failure_ = {};
}

Result<Batch> Receiver::Core::read(const Message& message) const {
  TRY(Batch batch, read_batch(message.payload));
  if (batch.node != message.topic.node || batch.of != *message.topic.of) {
    return fail(Code::invalid, fmt::format("a batch of the node '{}' and the class {}", batch.node,
                                           name(batch.of)));
  }
  return batch;
}

void Receiver::Core::refuse(std::string_view topic, const base::Error& error) {
  const std::lock_guard lock(mutex_);
  ++counts_.refused;
  counts_.last_refusal = fmt::format("{}: {}", topic.substr(0, 128), error.message);
  say(refusal_, "a message is refused", topic, error.message);
}

// With the lock held.
void Receiver::Core::say(Said& said, std::string_view message, std::string_view from,
                         const std::string& reason) {
  const std::int64_t now_ns = options_.clock.monotonic_ns();
  if (said.reason == reason && now_ns < said.until_ns) return;
  said = {reason, now_ns + kSayAgainNs};
  options_.log.write(Level::warning, "receiver", message,
                     {{"from", std::string(from)}, {"reason", reason}});
}

ReceiverStatus Receiver::Core::status() const {
  const bool connected = mqtt_->connected();
  const std::lock_guard lock(mutex_);
  ReceiverStatus status = counts_;
  status.connected = connected;
  return status;
}

Receiver::Receiver(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Receiver::~Receiver() = default;

Result<std::unique_ptr<Receiver>> Receiver::start(Options options) {
  auto core = std::make_unique<Core>(std::move(options));
  TRY_DO(core->start());
  return std::unique_ptr<Receiver>(new Receiver(std::move(core)));
}

ReceiverStatus Receiver::status() const {
  return core_->status();
}

}  // namespace weir::link
