// The state machine of a stream.
#include "drivers/stream_worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/text.h"

namespace weir::drivers {

using base::Code;
using base::Error;
using base::Level;
using base::Result;

namespace {

// How often the injected clock is looked at while the worker waits for a time to come.
constexpr std::chrono::milliseconds kClockPoll{50};

}  // namespace

std::string_view name(State state) {
  switch (state) {
    case State::idle: return "idle";
    case State::connecting: return "connecting";
    case State::streaming: return "streaming";
    case State::frozen: return "frozen";
    case State::failed: return "failed";
    case State::stopped: return "stopped";
  }
  return "";
}

Result<std::unique_ptr<StreamWorker>> StreamWorker::start(Stream stream, Connect connect,
                                                          const Services& services) {
  std::unique_ptr<StreamWorker> worker(
      new StreamWorker(std::move(stream), std::move(connect), services));
  TRY_DO(services.streams.add(worker->stream_.device, worker->stream_.property,
                              [self = worker.get()](bus::Demand demand) { self->demand(demand); }));
  worker->thread_ = std::thread([self = worker.get()] { self->work(); });
  return worker;
}

StreamWorker::StreamWorker(Stream stream, Connect connect, const Services& services)
    : stream_(std::move(stream)), connect_(std::move(connect)), services_(services) {
  status_.device = stream_.device_name;
  status_.property = stream_.property;
  status_.since_ns = services_.clock.wall_ns();
}

StreamWorker::~StreamWorker() {
  begin_stop();
  end_stop();
}

void StreamWorker::begin_stop() {
  const std::lock_guard lock(mutex_);
  stopping_ = true;
  cancel_ = true;
  changed_.notify_all();
}

void StreamWorker::end_stop() {
  if (!thread_.joinable()) return;
  services_.streams.remove(stream_.device, stream_.property);
  thread_.join();
}

void StreamWorker::demand(bus::Demand demand) {
  const std::lock_guard lock(mutex_);
  wanted_ = demand == bus::Demand::wanted;
  if (!wanted_) cancel_ = true;
  changed_.notify_all();
}

void StreamWorker::work() {
  while (wait_for_demand()) run_connection();
  enter(State::stopped, "");
}

// False when the worker is to stop.
bool StreamWorker::wait_for_demand() {
  {
    const std::lock_guard lock(mutex_);
    if (wanted_ && !stopping_) {
      cancel_ = false;
      return true;
    }
  }
  enter(State::idle, "");
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return wanted_ || stopping_; });
  if (stopping_) return false;
  cancel_ = false;
  lock.unlock();
  backoff_.reset();
  return true;
}

void StreamWorker::run_connection() {
  enter(State::connecting, "");
  auto reader = connect_(cancel_);
  if (!reader) {
    back_off(reader.error(), 0);
    return;
  }
  {
    const std::lock_guard lock(mutex_);
    ++status_.connects;
  }
  const std::int64_t begun_ns = services_.clock.monotonic_ns();
  const Error error = stream_from(**reader);
  reader->reset();
  back_off(error, services_.clock.monotonic_ns() - begun_ns);
}

// Until the connection ends, and why it did.
Error StreamWorker::stream_from(PacketReader& reader) {
  bool first = true;
  while (true) {
    auto packet = reader.read();
    if (!packet) return packet.error();
    if (first) {
      enter(State::streaming, "");
      auto marked = std::make_shared<data::Packet>(**packet);
      marked->discontinuity = true;  // whoever read the connection before this one lost something
      *packet = std::move(marked);
      first = false;
    }
    publish(std::move(*packet));
  }
}

void StreamWorker::publish(data::PacketRef packet) {
  const auto bytes = static_cast<std::int64_t>(packet->bytes.size());
  const bool published =
      services_.streams.publish(stream_.device, stream_.property, std::move(packet)).has_value();
  const std::lock_guard lock(mutex_);
  ++(published ? status_.packets : status_.drops);
  if (published) status_.bytes += bytes;
}

Status StreamWorker::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

void StreamWorker::back_off(const Error& error, std::int64_t connected_ns) {
  if (cancel_) return;
  backoff_.reset_after(connected_ns);
  const bool froze = error.code == Code::timeout && connected_ns > 0;
  const bool refused = error.code == Code::refused;
  const double random = services_.random();
  const std::int64_t delay_ns = refused ? backoff_.longest_ns(random) : backoff_.next_ns(random);
  {
    const std::lock_guard lock(mutex_);
    ++status_.failures;
    status_.last_error = error.message;
    status_.retry_ns = services_.clock.wall_ns() + delay_ns;
  }
  enter(froze ? State::frozen : State::failed, error.message);

  const std::int64_t until_ns = services_.clock.monotonic_ns() + delay_ns;
  std::unique_lock lock(mutex_);
  while (wanted_ && !stopping_ && services_.clock.monotonic_ns() < until_ns) {
    const std::chrono::nanoseconds left(until_ns - services_.clock.monotonic_ns());
    changed_.wait_for(lock, std::min<std::chrono::nanoseconds>(left, kClockPoll));
  }
  status_.retry_ns = 0;
}

// The same failure again and again is told once, until the stream has run again.
void StreamWorker::enter(State state, const std::string& reason) {
  {
    const std::lock_guard lock(mutex_);
    if (status_.state == state) return;
    status_.state = state;
    status_.since_ns = services_.clock.wall_ns();
  }
  const bool bad = state == State::frozen || state == State::failed;
  Level level = bad && reason != last_reason_ ? Level::warning : Level::debug;
  if (state == State::streaming) level = Level::info;
  if (bad) last_reason_ = reason;
  if (state == State::streaming) last_reason_.clear();
  const std::string message = "stream " + std::string(name(state));
  if (bad) {
    services_.log.write(
        level, "driver", message,
        {{"device", stream_.device_name}, {"property", stream_.property}, {"reason", reason}});
  } else {
    services_.log.write(level, "driver", message,
                        {{"device", stream_.device_name}, {"property", stream_.property}});
  }
}

}  // namespace weir::drivers
