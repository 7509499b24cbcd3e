// Packet rings with many readers.
#include "bus/streams.h"

#include <fmt/format.h>

#include <algorithm>
#include <deque>
#include <optional>
#include <utility>

#include "base/check.h"

namespace weir::bus {

using base::Code;
using base::fail;
using base::Result;

namespace detail {

// A reader's place in a ring.
struct Seat {
  explicit Seat(Waker wake) : waker(std::move(wake)) {}

  // Guarded by the ring's mutex.
  std::int64_t next = 0;     // number of the packet it reads next
  std::size_t dropped = 0;   // passed over and not told yet
  bool at_keyframe = false;  // it has a keyframe, or a place at one
  bool lost = false;         // the next packet is to be marked
  bool waiting = true;       // found nothing, or has not looked

  // Held while the waker runs, so that it does not run once the reader is gone.
  std::mutex wake_mutex;
  Waker waker;
};

class Ring {
 public:
  Ring(data::Device device, std::string property, DemandHandler demand)
      : device_(device), property_(std::move(property)), demand_(std::move(demand)) {}

  Result<std::shared_ptr<Seat>> enter(Waker waker);
  void leave(const std::shared_ptr<Seat>& seat);
  void close();  // `demand` is not called any more
  void publish(data::PacketRef packet);
  StreamReader::Next next(Seat& seat);
  StreamStatus status() const;

 private:
  std::int64_t end() const { return first_ + static_cast<std::int64_t>(packets_.size()); }
  const data::Packet& at(std::int64_t number) const {
    return *packets_[static_cast<std::size_t>(number - first_)];
  }
  std::optional<std::int64_t> newest_keyframe() const;
  void pass_over(Seat& seat);
  void skip_to(Seat& seat, std::int64_t number);
  void trim();
  void drop_oldest();
  void tell(Demand demand);

  const data::Device device_;
  const std::string property_;

  std::mutex demand_mutex_;  // taken before mutex_; orders the calls of demand_
  DemandHandler demand_;

  mutable std::mutex mutex_;
  std::deque<data::PacketRef> packets_;
  std::int64_t first_ = 0;              // number of the oldest packet
  std::deque<std::int64_t> keyframes_;  // numbers, oldest first
  std::size_t bytes_ = 0;
  std::vector<std::shared_ptr<Seat>> seats_;
  StreamStatus counts_;
};

Result<std::shared_ptr<Seat>> Ring::enter(Waker waker) {
  auto seat = std::make_shared<Seat>(std::move(waker));
  const std::lock_guard order(demand_mutex_);
  bool first = false;
  {
    const std::lock_guard lock(mutex_);
    if (seats_.size() >= kReadersMax) {
      return fail(Code::limit, fmt::format("the stream {} has {} readers; more are not possible",
                                           property_, kReadersMax));
    }
    const auto keyframe = newest_keyframe();
    seat->next = keyframe.value_or(end());
    seat->at_keyframe = keyframe.has_value();
    first = seats_.empty();
    seats_.push_back(seat);
  }
  if (first) tell(Demand::wanted);
  return seat;
}

void Ring::leave(const std::shared_ptr<Seat>& seat) {
  {
    const std::lock_guard order(demand_mutex_);
    bool last = false;
    {
      const std::lock_guard lock(mutex_);
      last = std::erase(seats_, seat) > 0 && seats_.empty();
      if (last) {  // an old picture is of no use to the next reader
        first_ = end();
        packets_.clear();
        keyframes_.clear();
        bytes_ = 0;
      } else {
        trim();
      }
    }
    if (last) tell(Demand::none);
  }
  const std::lock_guard lock(seat->wake_mutex);
  seat->waker = nullptr;
}

void Ring::close() {
  const std::lock_guard order(demand_mutex_);
  demand_ = nullptr;
}

void Ring::tell(Demand demand) {
  if (demand_) demand_(demand);
}

void Ring::publish(data::PacketRef packet) {
  std::vector<std::shared_ptr<Seat>> to_wake;
  {
    const std::lock_guard lock(mutex_);
    if (seats_.empty()) return;
    ++counts_.packets;
    counts_.bytes += static_cast<std::int64_t>(packet->bytes.size());
    counts_.newest_ns = packet->time_ns;
    bytes_ += packet->bytes.size();
    if (packet->keyframe) keyframes_.push_back(end());
    packets_.push_back(std::move(packet));
    for (const auto& seat : seats_) {
      pass_over(*seat);
      if (seat->next < end() && std::exchange(seat->waiting, false)) to_wake.push_back(seat);
    }
    trim();
  }
  for (const auto& seat : to_wake) {
    const std::lock_guard lock(seat->wake_mutex);
    if (seat->waker) seat->waker();
  }
}

// Moves a reader on where what it has not read is of no use to it: what it cannot decode, or what
// is too old.
void Ring::pass_over(Seat& seat) {
  const std::int64_t newest = end() - 1;
  if (!seat.at_keyframe) {
    seat.at_keyframe = at(newest).keyframe;
    if (seat.at_keyframe) return;
    if (seat.lost) {
      skip_to(seat, end());
    } else {
      seat.next = end();  // it waits for its first picture: not a loss
    }
    return;
  }
  if (seat.next > newest) return;
  const auto keyframe = newest_keyframe();
  const bool late = at(newest).decode_order_ns - at(seat.next).decode_order_ns > kLagNsMax;
  if (late && keyframe && *keyframe > seat.next) skip_to(seat, *keyframe);
}

void Ring::skip_to(Seat& seat, std::int64_t number) {
  const std::int64_t count = number - seat.next;
  seat.next = number;
  seat.dropped += static_cast<std::size_t>(count);
  seat.lost = true;
  counts_.dropped += count;
}

// Keeps what readers have not read, and what is newer than the last keyframe, within the limits.
void Ring::trim() {
  std::int64_t keep = newest_keyframe().value_or(end());
  for (const auto& seat : seats_) keep = std::min(keep, seat->next);
  while (!packets_.empty()) {
    const bool over =
        bytes_ > kRingBytesMax || packets_.size() > kRingPacketsMax ||
        packets_.back()->decode_order_ns - packets_.front()->decode_order_ns > kRingSpanNsMax;
    if (first_ >= keep && !over) return;
    drop_oldest();
  }
}

void Ring::drop_oldest() {
  bytes_ -= packets_.front()->bytes.size();
  packets_.pop_front();
  ++first_;
  while (!keyframes_.empty() && keyframes_.front() < first_) keyframes_.pop_front();
  for (const auto& seat : seats_) {
    if (seat->next >= first_) continue;
    const auto keyframe = newest_keyframe();
    skip_to(*seat, keyframe.value_or(end()));
    seat->at_keyframe = keyframe.has_value();
  }
}

std::optional<std::int64_t> Ring::newest_keyframe() const {
  return keyframes_.empty() ? std::nullopt : std::optional(keyframes_.back());
}

StreamReader::Next Ring::next(Seat& seat) {
  StreamReader::Next found;
  bool lost = false;
  {
    const std::lock_guard lock(mutex_);
    if (seat.next >= end()) {
      seat.waiting = true;
      return found;
    }
    CHECK(seat.next >= first_);
    found.packet = packets_[static_cast<std::size_t>(seat.next - first_)];
    found.dropped = std::exchange(seat.dropped, 0);
    lost = std::exchange(seat.lost, false);
    ++seat.next;
    trim();
  }
  if (lost && !found.packet->discontinuity) {
    auto marked = std::make_shared<data::Packet>(*found.packet);
    marked->discontinuity = true;
    found.packet = std::move(marked);
  }
  return found;
}

StreamStatus Ring::status() const {
  const std::lock_guard lock(mutex_);
  StreamStatus status = counts_;
  status.device = device_;
  status.property = property_;
  status.readers = seats_.size();
  status.ring_packets = packets_.size();
  status.ring_bytes = bytes_;
  return status;
}

}  // namespace detail

StreamReader::StreamReader(std::shared_ptr<detail::Ring> ring, std::shared_ptr<detail::Seat> seat)
    : ring_(std::move(ring)), seat_(std::move(seat)) {}
StreamReader::~StreamReader() {
  ring_->leave(seat_);
}
StreamReader::Next StreamReader::next() {
  return ring_->next(*seat_);
}

Result<> Streams::add(data::Device device, std::string_view property, DemandHandler demand) {
  const std::lock_guard lock(mutex_);
  const Key key(device, property);
  if (rings_.contains(key)) {
    return fail(Code::conflict,
                fmt::format("device {} publishes the stream {} already", device, property));
  }
  rings_.emplace(key,
                 std::make_shared<detail::Ring>(device, std::string(property), std::move(demand)));
  return {};
}

void Streams::remove(data::Device device, std::string_view property) {
  std::shared_ptr<detail::Ring> ring;
  {
    const std::lock_guard lock(mutex_);
    const auto found = rings_.find(Key(device, property));
    if (found == rings_.end()) return;
    ring = std::move(found->second);
    rings_.erase(found);
  }
  ring->close();
}

Result<> Streams::publish(data::Device device, std::string_view property, data::PacketRef packet) {
  const auto ring = find(device, property);
  if (ring == nullptr) {
    return fail(Code::unknown_name, fmt::format("device {} has no stream {}", device, property));
  }
  ring->publish(std::move(packet));
  return {};
}

Result<std::unique_ptr<StreamReader>> Streams::open(data::Device device, std::string_view property,
                                                    Waker waker) {
  auto ring = find(device, property);
  if (ring == nullptr) {
    return fail(Code::unknown_name, fmt::format("device {} has no stream {}", device, property));
  }
  TRY(auto seat, ring->enter(std::move(waker)));
  return std::make_unique<StreamReader>(std::move(ring), std::move(seat));
}

std::vector<StreamStatus> Streams::status() const {
  const std::lock_guard lock(mutex_);
  std::vector<StreamStatus> all;
  for (const auto& [key, ring] : rings_) all.push_back(ring->status());
  return all;
}

std::shared_ptr<detail::Ring> Streams::find(data::Device device, std::string_view property) const {
  const std::lock_guard lock(mutex_);
  const auto found = rings_.find(Key(device, property));
  return found == rings_.end() ? nullptr : found->second;
}

}  // namespace weir::bus
