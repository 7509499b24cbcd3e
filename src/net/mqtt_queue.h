// MqttQueue: the messages that an MQTT client has accepted and not settled, counted and bounded.
// Part of MqttClient.
//
// Thread-safe. A message is in it until settled, also while libmosquitto holds it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "net/mqtt_client.h"

namespace weir::net {

struct MqttMessage {
  std::string topic, payload;
  Qos qos = Qos::at_most_once;
  Retain retain = Retain::no;
  std::size_t bytes() const { return topic.size() + payload.size(); }
};

class MqttQueue {
 public:
  enum class Outcome : std::uint8_t { delivered, denied, lost };
  enum class Acceptance : std::uint8_t { refused, first, later };

  MqttQueue(std::size_t messages_max, std::size_t bytes_max)
      : messages_max_(messages_max), bytes_max_(bytes_max) {}

  // `first`: the queue was empty, so that its reader has to be told.
  Acceptance accept(MqttMessage message);
  // All that wait to be sent, in order; and back, before what has come meanwhile.
  std::deque<MqttMessage> take();
  void put_back(std::deque<MqttMessage> messages);
  // The message is handed over under this id, and settled by it later; false: no such id.
  void hand(int id, const MqttMessage& message);
  bool settle(int id, Outcome outcome);
  // A message that was taken and is settled at once.
  void settle(const MqttMessage& message, Outcome outcome);
  // The connection is gone, and with it all that is to arrive at most once.
  void lose_at_most_once();

  bool empty() const;
  // Writes its figures into a status.
  void tell(MqttStatus& status) const;

 private:
  struct Handed {
    std::size_t bytes = 0;
    Qos qos = Qos::at_most_once;
  };
  void count(std::size_t bytes, Outcome outcome);

  const std::size_t messages_max_, bytes_max_;
  mutable std::mutex mutex_;
  std::deque<MqttMessage> waiting_;
  std::map<int, Handed> handed_;
  MqttStatus counts_;
};

}  // namespace weir::net
