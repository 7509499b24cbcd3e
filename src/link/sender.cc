// The sender's thread: what it waits for, and what others bring it.
#include "link/sender.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "link/topic.h"

namespace weir::link {

using base::Code;
using base::Level;
using base::Result;

namespace {

// Others wait for the next sync of their log, so that many share it, and a batch.
bool goes_at_once(Class of) {
  return of == Class::alert;
}

}  // namespace

Sender::Sender(const Uplink::Options& options, const Stores& stores)
    : options_(options),
      logs_(stores.logs),
      blobs_(stores.blobs),
      pictures_(stores.pictures),
      schedule_({.window = options.window,
                 .backlog_bytes_per_s = options.backlog_bytes_per_s,
                 .commit_deadline_ns = options.commit_deadline_ns,
                 .clock = options.clock}),
      random_(std::random_device{}()),
      since_ns_(options.clock.wall_ns()),
      syncer_(stores.logs, [this](Class of, const Result<>& done) { synced(of, done); }),
      uploads_({.hub_url = options.hub_url,
                .node = options.node,
                .token = options.token,
                .blobs = stores.blobs,
                .cancel = stopping_},
               [this] { tell([](News&) {}); }) {
  const auto opening = static_cast<std::uint32_t>(random_());
  for (const Class of : kAllClasses) {
    store::Log& stored = log(of).log();
    Lane& one = lane(of);
    one.log_name = fmt::format("{}.{:08x}", stored.id(), opening);
    one.source.emplace(stored, log(of).cursor());
    one.end = one.historical_end = stored.end();
    schedule_.open(of, log(of).cursor(), one.end);
  }
}

Result<std::unique_ptr<Sender>> Sender::start(const Uplink::Options& options,
                                              const Stores& stores) {
  std::unique_ptr<Sender> sender(new Sender(options, stores));
  TRY_DO(sender->connect());
  sender->thread_ = std::thread([self = sender.get()] { self->run(); });
  return sender;
}

Sender::~Sender() {
  stop(0);
}

void Sender::stop(std::int64_t deadline_ns) {
  if (stopping_.exchange(true)) return;
  const std::int64_t until_ns = options_.clock.monotonic_ns() + deadline_ns;
  tell([](News&) {});
  if (thread_.joinable()) thread_.join();
  syncer_.stop();
  if (mqtt_ == nullptr) return;
  if (deadline_ns > 0)
    (void)mqtt_->publish(state_topic(options_.node), "", net::Qos::at_least_once);
  mqtt_->stop(std::max<std::int64_t>(until_ns - options_.clock.monotonic_ns(), 0));
}

// Brings the thread news.
template <class Change>
void Sender::tell(Change change) {
  const std::lock_guard lock(mutex_);
  change(news_);
  news_there_ = true;
  changed_.notify_one();
}

Result<> Sender::connect() {
  net::MqttClient::Events events;
  // A mark that the hub writes must find us listening: connected is who is subscribed.
  events.subscribed = [this](std::string_view) { tell([](News& news) { news.connected = true; }); };
  events.disconnected = [this](const base::Error& reason) {
    tell([&](News& news) {
      news.connected = false;
      last_error_ = reason.message;
    });
  };
  events.message = [this, listening = listening_topic(options_.node)](std::string_view topic,
                                                                      std::string_view payload) {
    // The hub is there anew: what it was sent before may have found nobody.
    if (topic == listening) tell([](News& news) { news.connected = true; });
    if (topic != committed_topic(options_.node)) return;
    auto mark = read_committed(payload);
    if (!mark) {
      options_.log.write(Level::warning, "uplink", "the hub says what cannot be read",
                         {{"reason", mark.error().message}});
      return;
    }
    tell([&](News& news) {
      if (news.marks.size() < kMarksMax) {
        news.marks.push_back(std::move(*mark));
      } else {
        ++news.marks_dropped;
        ++marks_dropped_;
      }
    });
  };
  TRY(mqtt_, net::MqttClient::start(
                 {.host = options_.mqtt_host,
                  .port = options_.mqtt_port,
                  .client_id = "weir-node-" + options_.node,
                  .user = options_.node,
                  .password = options_.token,
                  .will = net::MqttWill{.topic = state_topic(options_.node), .payload = ""},
                  .backoff = kConnectBackoff,
                  .queue_messages_max = kQueueMessagesMax,
                  .queue_bytes_max = kQueueBytesMax,
                  .log = options_.log,
                  .clock = options_.clock},
                 std::move(events)));
  return mqtt_->subscribe(down_filter(options_.node));
}

void Sender::appended(Class of) {
  syncer_.appended();
  if (goes_at_once(of) && alert_wanted_.exchange(false)) tell([](News&) {});
}

void Sender::synced(Class of, const Result<>& done) {
  tell([&](News& news) {
    if (!done) news.sync_failure.emplace(of, done.error());
  });
}

void Sender::report(std::string state_json) {
  tell([&](News& news) { news.state = std::move(state_json); });
}

void Sender::fill(UplinkStatus& status) const {
  const std::lock_guard lock(mutex_);
  for (const Class of : kAllClasses) {
    const Counts& counts = counts_[static_cast<std::size_t>(of)];
    ClassStatus& one = status.classes[static_cast<std::size_t>(of)];
    one.sent = counts.sent;
    one.sent_bytes = counts.sent_bytes;
    one.committed = counts.committed;
    one.resent_batches = counts.resent_batches;
  }
  status.connected = shown_connected_;
  status.since_ns = since_ns_;
  status.last_error = last_error_;
  status.pictures_sent = pictures_sent_;
  status.pictures_lost = pictures_lost_;
  status.marks_dropped = marks_dropped_;
}

void Sender::run() {
  while (!stopping_) {
    take_news();
    take_uploads();
    publish_state();
    if (!send_one()) wait();
  }
}

// Until there is news, or something is due.
void Sender::wait() {
  alert_wanted_ = schedule_.wants(Class::alert);
  if (alert_wanted_ && log(Class::alert).log().end() != lane(Class::alert).end) return;
  const std::int64_t now_ns = options_.clock.monotonic_ns();
  const std::int64_t wake = wake_ns();
  std::unique_lock lock(mutex_);
  const auto there = [this] { return news_there_ || stopping_; };
  if (wake == INT64_MAX) {
    changed_.wait(lock, there);
  } else {
    changed_.wait_for(lock, std::chrono::nanoseconds(std::max<std::int64_t>(wake - now_ns, 0)),
                      there);
  }
}

std::int64_t Sender::wake_ns() {
  std::int64_t wake = schedule_.wake_ns().value_or(INT64_MAX);
  if (connected_ && !state_.empty()) wake = std::min(wake, state_due_ns_);
  return wake;
}

void Sender::take_news() {
  News news;
  {
    const std::lock_guard lock(mutex_);
    news = std::exchange(news_, {});
    news_there_ = false;
  }
  for (const Class of : kAllClasses) {
    lane(of).end = log(of).log().end();
    offer(of);
  }
  if (news.sync_failure) fail_for_now(news.sync_failure->first, news.sync_failure->second, 0);
  if (news.marks_dropped > 0) {
    options_.log.write(Level::warning, "uplink",
                       "the hub says too much at once; what it has committed is sent again",
                       {{"marks", std::to_string(news.marks_dropped)}});
  }
  for (const Committed& mark : news.marks) take_mark(mark);
  for (const Class of : kAllClasses)
    if (schedule_.cursor(of) != log(of).cursor()) move_cursor(of);
  if (news.connected) take_connection(*news.connected);
  if (news.state) {
    state_ = std::move(*news.state);
    state_due_ns_ = 0;
  }
}

// Tells the schedule what it may send.
void Sender::offer(Class of) {
  schedule_.set_end(of, goes_at_once(of) ? lane(of).end : log(of).log().synced());
}

void Sender::take_mark(const Committed& mark) {
  if (mark.log == lane(mark.of).log_name) schedule_.committed(mark.of, mark.first, mark.end);
}

void Sender::move_cursor(Class of) {
  const std::uint64_t before = log(of).cursor();
  const std::uint64_t cursor = schedule_.cursor(of);
  if (const auto moved = log(of).move_cursor(cursor); !moved) fail_for_now(of, moved.error(), 0);
  lane(of).backoff.reset();
  const auto gone = [this](const std::string& digest) { return !pictures_.needs(digest); };
  std::erase_if(begun_pictures_, gone);
  std::erase_if(lost_pictures_, gone);
  said_.clear();
  const std::lock_guard lock(mutex_);
  counts_[static_cast<std::size_t>(of)].committed += cursor - before;
}

void Sender::take_connection(bool connected) {
  connected_ = connected;
  if (connected) {
    // Historical is what is there, be it synced or not yet.
    for (const Class of : kAllClasses) schedule_.set_end(of, lane(of).end);
    schedule_.connect();
    for (const Class of : kAllClasses) offer(of);
    state_due_ns_ = 0;
  } else {
    schedule_.disconnect();
  }
  for (Lane& one : lanes_) {
    one.box.reset();
    one.backoff.reset();
  }
  const std::lock_guard lock(mutex_);
  if (std::exchange(shown_connected_, connected) != connected) since_ns_ = options_.clock.wall_ns();
}

void Sender::publish_state() {
  const std::int64_t now_ns = options_.clock.monotonic_ns();
  if (!connected_ || state_.empty() || now_ns < state_due_ns_) return;
  const bool sent =
      mqtt_->publish(state_topic(options_.node), state_, net::Qos::at_least_once).has_value();
  state_due_ns_ = now_ns + (sent ? kStateNs : kRetryNs);
}

void Sender::fail_for_now(Class of, const base::Error& error, std::int64_t delay_ns) {
  if (delay_ns > 0) schedule_.hold(of, delay_ns);
  {
    const std::lock_guard lock(mutex_);
    last_error_ = error.message;
  }
  if (std::exchange(said_, error.message) == error.message) return;
  options_.log.write(Level::warning, "uplink", "cannot send now",
                     {{"class", std::string(name(of))}, {"reason", error.message}});
}

double Sender::random() {
  return std::uniform_real_distribution<double>(0, 1)(random_);
}

}  // namespace weir::link
