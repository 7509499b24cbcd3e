// The MQTT client: its queue, its subscriptions, and the thread that keeps it connected.
#include "net/mqtt_client.h"

#include <fmt/format.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>

#include <algorithm>
#include <cstddef>
#include <deque>
#include <map>
#include <mutex>
#include <random>
#include <thread>
#include <utility>
#include <vector>

#include "net/descriptor.h"
#include "net/mqtt_connection.h"
#include "net/mqtt_queue.h"
#include "net/mqtt_reason.h"
#include "net/quiet_thread.h"

namespace weir::net {

using base::Code;
using base::Error;
using base::fail;
using base::Level;
using base::Result;

namespace {

// How often the injected clock is looked at while a time is awaited, and libmosquitto's keep-alive.
constexpr int kClockPollMs = 50;
constexpr int kKeepAlivePollMs = 1'000;

}  // namespace

class MqttClient::Core {
 public:
  Core(Options options, Events events);
  ~Core() { stop(0); }
  Core(const Core&) = delete;
  Core& operator=(const Core&) = delete;

  Result<> start();
  Result<> publish(std::string_view topic, std::string_view payload, Qos qos, Retain retain);
  Result<> subscribe(std::string_view filter);
  MqttStatus status() const;
  void stop(std::int64_t deadline_ns);

 private:
  void work();
  Error run_connection();
  void farewell();
  void on_accepted();
  void disconnect(const Error& error, std::int64_t lasted_ns);

  void hand_over();
  void hand_over_filters();
  void hand_over(const MqttMessage& message);
  void on_settled(int mid, int reason);
  void on_granted(int mid, bool granted);
  void on_message(std::string_view topic, std::string_view payload);

  bool stopping() const;
  bool late() const;  // for what stop waits for
  std::int64_t now_ns() const { return options_.clock.monotonic_ns(); }
  template <class Handler, class... Arguments>
  void call(const Handler& handler, const Arguments&... arguments) {
    if (handler) handler(arguments...);
  }

  const Options options_;
  const Events events_;
  const std::string peer_;
  const Descriptor wake_ = Descriptor::event();
  MqttQueue queue_;
  base::Backoff backoff_;
  std::minstd_rand random_{std::random_device{}()};

  mutable std::mutex mutex_;
  MqttStatus status_;
  std::vector<std::string> filters_;
  std::size_t filters_sent_ = 0;  // on this connection: so many of the first
  bool stopping_ = false;
  std::int64_t stop_deadline_ns_ = 0;

  // The thread's alone.
  std::unique_ptr<MqttConnection> connection_;
  std::map<int, std::string> granting_;  // filters whose answer is awaited
  std::string last_reason_;              // the last failure that was logged as one
  bool told_denied_ = false;

  std::mutex stop_mutex_;
  std::thread thread_;
};

MqttClient::Core::Core(Options options, Events events)
    : options_(std::move(options)),
      events_(std::move(events)),
      peer_(fmt::format("{}:{}", options_.host, options_.port)),
      queue_(options_.queue_messages_max, options_.queue_bytes_max),
      backoff_(options_.backoff) {}

Result<> MqttClient::Core::start() {
  TRY(connection_,
      MqttConnection::make(
          options_, {.settled = [this](int id, int reason) { on_settled(id, reason); },
                     .granted = [this](int id, bool granted) { on_granted(id, granted); },
                     .message = [this](std::string_view topic,
                                       std::string_view payload) { on_message(topic, payload); }}));
  status_.since_ns = options_.clock.wall_ns();
  thread_ = start_quiet_thread([this] { work(); });
  return {};
}

// ---- calls from any thread ----

Result<> MqttClient::Core::publish(std::string_view topic, std::string_view payload, Qos qos,
                                   Retain retain) {
  const std::lock_guard lock(mutex_);
  const auto refuse = [&](Code code, std::string message) {
    ++status_.refused;
    return fail(code, std::move(message));
  };
  if (stopping_) return refuse(Code::ended, "the MQTT client is stopped");
  if (!valid_topic(topic)) {
    return refuse(Code::invalid, fmt::format("'{}' is no topic to publish at", topic));
  }
  if (payload.size() > kMqttMessageBytesMax) {
    return refuse(Code::limit, fmt::format("a message of {} bytes, expected at most {}",
                                           payload.size(), kMqttMessageBytesMax));
  }
  if (!status_.connected) {
    return refuse(Code::network, fmt::format("not connected to the broker {}", peer_));
  }
  switch (queue_.accept({std::string(topic), std::string(payload), qos, retain})) {
    case MqttQueue::Acceptance::refused:
      return refuse(Code::limit,
                    fmt::format("too many messages wait for the broker {}, expected at most {} of "
                                "{} bytes together",
                                peer_, options_.queue_messages_max, options_.queue_bytes_max));
    case MqttQueue::Acceptance::first: wake_.notify(); break;
    case MqttQueue::Acceptance::later: break;
  }
  return {};
}

Result<> MqttClient::Core::subscribe(std::string_view filter) {
  if (!valid_filter(filter)) {
    return fail(Code::invalid, fmt::format("'{}' is no topic filter", filter));
  }
  const std::lock_guard lock(mutex_);
  if (stopping_) return fail(Code::ended, "the MQTT client is stopped");
  if (std::ranges::find(filters_, filter) != filters_.end()) return {};
  if (filters_.size() >= kMqttSubscriptionsMax) {
    return fail(Code::limit,
                fmt::format("{} subscriptions, no more are possible", filters_.size()));
  }
  filters_.emplace_back(filter);
  wake_.notify();
  return {};
}

MqttStatus MqttClient::Core::status() const {
  const std::lock_guard lock(mutex_);
  MqttStatus status = status_;
  queue_.tell(status);
  return status;
}

void MqttClient::Core::stop(std::int64_t deadline_ns) {
  const std::lock_guard one(stop_mutex_);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_deadline_ns_ = now_ns() + deadline_ns;
    stopping_ = true;
  }
  wake_.notify();
  thread_.join();
}

bool MqttClient::Core::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

bool MqttClient::Core::late() const {
  const std::lock_guard lock(mutex_);
  return now_ns() >= stop_deadline_ns_;
}

// ---- the thread ----

void MqttClient::Core::work() {
  while (!stopping()) {
    const std::int64_t begun_ns = now_ns();
    const Error error = run_connection();
    disconnect(error, connection_->accepted() ? now_ns() - begun_ns : 0);
  }
}

// Until the connection has ended, and why it did.
Error MqttClient::Core::run_connection() {
  const std::int64_t deadline_ns = now_ns() + options_.connect_deadline_ns;
  bool open = connection_->open();
  bool announced = false;
  while (open) {
    const bool accepted = connection_->accepted();
    if (accepted && !std::exchange(announced, true)) on_accepted();
    if (stopping() && (!accepted || queue_.empty() || late())) {
      farewell();
      break;
    }
    if (!accepted && now_ns() >= deadline_ns) {
      connection_->hang_up();
      return explain({.reason = MOSQ_ERR_TIMEOUT}, options_);
    }
    if (accepted) hand_over();
    open = connection_->pump(wake_, accepted && !stopping() ? kKeepAlivePollMs : kClockPollMs);
  }
  return explain(connection_->end(), options_);
}

void MqttClient::Core::farewell() {
  if (connection_->accepted()) {
    connection_->farewell();
    while (connection_->pump(wake_, kClockPollMs) && !late()) {
    }
  }
  connection_->hang_up();
}

void MqttClient::Core::on_accepted() {
  {
    const std::lock_guard lock(mutex_);
    status_.connected = true;
    status_.since_ns = options_.clock.wall_ns();
    ++status_.connects;
    filters_sent_ = 0;
  }
  granting_.clear();
  last_reason_.clear();
  options_.log.write(Level::info, "mqtt", "connected",
                     {{"client", options_.client_id}, {"broker", peer_}});
  call(events_.connected);
}

// The same failure again and again is told once, until there has been a connection.
void MqttClient::Core::disconnect(const Error& error, std::int64_t lasted_ns) {
  const bool stopped = stopping();
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(status_.connected, false)) status_.since_ns = options_.clock.wall_ns();
    if (!stopped) {
      ++status_.failures;
      status_.last_error = error.message;
    }
  }
  queue_.lose_at_most_once();
  if (stopped) return;
  backoff_.reset_after(lasted_ns);
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  const bool persistent = error.code == Code::refused || error.code == Code::conflict;
  const std::int64_t delay_ns = persistent ? backoff_.longest_ns(random) : backoff_.next_ns(random);
  const bool repeated = std::exchange(last_reason_, error.message) == error.message;
  options_.log.write(repeated ? Level::debug : Level::warning, "mqtt", "not connected",
                     {{"client", options_.client_id}, {"reason", error.message}});
  call(events_.disconnected, error);
  const std::int64_t until_ns = now_ns() + delay_ns;
  while (!stopping() && now_ns() < until_ns) {
    const std::int64_t left_ms = (until_ns - now_ns()) / 1'000'000 + 1;
    pollfd watched = {wake_.number(), POLLIN, 0};
    const int timeout_ms = static_cast<int>(std::min<std::int64_t>(left_ms, kClockPollMs));
    if (poll(&watched, 1, timeout_ms) > 0) wake_.clear();
  }
}

// ---- messages on their way ----

void MqttClient::Core::hand_over() {
  hand_over_filters();
  std::deque<MqttMessage> messages = queue_.take();
  while (!messages.empty() && connection_->usable()) {
    hand_over(messages.front());
    messages.pop_front();
  }
  queue_.put_back(std::move(messages));
}

void MqttClient::Core::hand_over(const MqttMessage& message) {
  const auto handed =
      connection_->publish(message.topic, message.payload, message.qos, message.retain);
  if (handed.kept && !handed.reason) return queue_.hand(handed.message_id, message);
  const bool delivered = handed.reason && *handed.reason < MQTT_RC_UNSPECIFIED;
  queue_.settle(message, delivered ? MqttQueue::Outcome::delivered : MqttQueue::Outcome::denied);
  if (delivered) return;
  options_.log.write(Level::warning, "mqtt", "message not sent",
                     {{"topic", message.topic}, {"reason", std::string(handed.description)}});
}

void MqttClient::Core::hand_over_filters() {
  std::vector<std::string> filters;
  {
    const std::lock_guard lock(mutex_);
    filters.assign(filters_.begin() + static_cast<std::ptrdiff_t>(filters_sent_), filters_.end());
    filters_sent_ = filters_.size();
  }
  for (std::string& filter : filters) {
    // Without an id the connection is broken, and they are sent again on the next one.
    const auto message_id = connection_->subscribe(filter);
    if (message_id) granting_[*message_id] = std::move(filter);
  }
}

void MqttClient::Core::on_settled(int mid, int reason) {
  const bool denied = reason >= MQTT_RC_UNSPECIFIED;
  const auto outcome = denied ? MqttQueue::Outcome::denied : MqttQueue::Outcome::delivered;
  if (!queue_.settle(mid, outcome) || !denied) return;
  options_.log.write(std::exchange(told_denied_, true) ? Level::debug : Level::warning, "mqtt",
                     "the broker refuses a message",
                     {{"client", options_.client_id}, {"reason", mosquitto_reason_string(reason)}});
}

void MqttClient::Core::on_message(std::string_view topic, std::string_view payload) {
  {
    const std::lock_guard lock(mutex_);
    ++status_.received;
  }
  call(events_.message, topic, payload);
}

void MqttClient::Core::on_granted(int mid, bool granted) {
  const auto found = granting_.find(mid);
  if (found == granting_.end()) return;
  const std::string filter = std::move(found->second);
  granting_.erase(found);
  if (granted) {
    call(events_.subscribed, std::string_view(filter));
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ++status_.denied;
  }
  options_.log.write(Level::warning, "mqtt", "the broker refuses a subscription",
                     {{"client", options_.client_id}, {"filter", filter}});
}

// ---- the public face ----

Result<std::unique_ptr<MqttClient>> MqttClient::start(Options options, Events events) {
  auto core = std::make_unique<Core>(std::move(options), std::move(events));
  TRY_DO(core->start());
  return std::unique_ptr<MqttClient>(new MqttClient(std::move(core)));
}

MqttClient::MqttClient(std::unique_ptr<Core> core) : core_(std::move(core)) {}
MqttClient::~MqttClient() = default;
Result<> MqttClient::publish(std::string_view topic, std::string_view payload, Qos qos,
                             Retain retain) {
  return core_->publish(topic, payload, qos, retain);
}
Result<> MqttClient::subscribe(std::string_view filter) {
  return core_->subscribe(filter);
}
bool MqttClient::connected() const {
  return core_->status().connected;
}
MqttStatus MqttClient::status() const {
  return core_->status();
}
void MqttClient::stop(std::int64_t deadline_ns) {
  core_->stop(deadline_ns);
}

}  // namespace weir::net
