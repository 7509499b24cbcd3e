// The bounded queue of an MQTT client.
#include "net/mqtt_queue.h"

#include <iterator>
#include <utility>

namespace weir::net {

MqttQueue::Acceptance MqttQueue::accept(MqttMessage message) {
  const std::lock_guard lock(mutex_);
  const std::size_t bytes = message.bytes();
  if (counts_.queued >= messages_max_ || counts_.queued_bytes + bytes > bytes_max_) {
    return Acceptance::refused;
  }
  ++counts_.published;
  ++counts_.queued;
  counts_.queued_bytes += bytes;
  waiting_.push_back(std::move(message));
  return waiting_.size() == 1 ? Acceptance::first : Acceptance::later;
}

std::deque<MqttMessage> MqttQueue::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(waiting_, {});
}

void MqttQueue::put_back(std::deque<MqttMessage> messages) {
  const std::lock_guard lock(mutex_);
  waiting_.insert(waiting_.begin(), std::make_move_iterator(messages.begin()),
                  std::make_move_iterator(messages.end()));
}

void MqttQueue::hand(int id, const MqttMessage& message) {
  const std::lock_guard lock(mutex_);
  handed_[id] = {message.bytes(), message.qos};
}

bool MqttQueue::settle(int id, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  const auto found = handed_.find(id);
  if (found == handed_.end()) return false;
  count(found->second.bytes, outcome);
  handed_.erase(found);
  return true;
}

void MqttQueue::settle(const MqttMessage& message, Outcome outcome) {
  const std::lock_guard lock(mutex_);
  count(message.bytes(), outcome);
}

void MqttQueue::lose_at_most_once() {
  const std::lock_guard lock(mutex_);
  const auto lost = [this](Qos qos, std::size_t bytes) {
    if (qos != Qos::at_most_once) return false;
    count(bytes, Outcome::lost);
    return true;
  };
  std::erase_if(handed_,
                [&](const auto& entry) { return lost(entry.second.qos, entry.second.bytes); });
  std::erase_if(waiting_, [&](const auto& message) { return lost(message.qos, message.bytes()); });
}

void MqttQueue::count(std::size_t bytes, Outcome outcome) {
  --counts_.queued;
  counts_.queued_bytes -= bytes;
  switch (outcome) {
    case Outcome::delivered: ++counts_.delivered; break;
    case Outcome::denied: ++counts_.denied; break;
    case Outcome::lost: ++counts_.lost; break;
  }
}

bool MqttQueue::empty() const {
  const std::lock_guard lock(mutex_);
  return counts_.queued == 0;
}

void MqttQueue::tell(MqttStatus& status) const {
  const std::lock_guard lock(mutex_);
  status.published = counts_.published;
  status.delivered = counts_.delivered;
  status.lost = counts_.lost;
  status.denied += counts_.denied;
  status.queued = counts_.queued;
  status.queued_bytes = counts_.queued_bytes;
}

}  // namespace weir::net
