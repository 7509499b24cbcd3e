// MqttClient: a connection to an MQTT broker that comes back by itself (MQTT 5.0, over TCP).
//
//   connecting ──accepted──▶ connected ──ended──▶ waiting ──backoff with jitter──▶ connecting
//        └──refused, unreachable, no answer in time──▶ waiting
//
// Thread-safe. It has a thread of its own, which calls the handlers, one at a time; while a handler
// runs nothing is sent or received. Handlers may publish and subscribe, and must not stop the
// client. Log and clock outlive it.
//
// Nothing is queued while there is no connection: publish refuses then. What was accepted at least
// once is sent until the broker has acknowledged it, over connections if need be, as long as the
// client lives; what was accepted at most once is lost with its connection, and counted. The broker
// keeps no session: subscriptions are made anew on each connection.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace weir::net {

inline constexpr std::size_t kMqttMessageBytesMax = std::size_t{2} << 20;
inline constexpr std::size_t kMqttTopicBytesMax = 1'024;
inline constexpr std::size_t kMqttSubscriptionsMax = 64;
inline constexpr int kMqttKeepAliveSMin = 5;

enum class Qos : std::uint8_t { at_most_once = 0, at_least_once = 1 };
enum class Retain : std::uint8_t { no, yes };

// What the broker publishes when the connection ends without a farewell.
struct MqttWill {
  std::string topic;
  std::string payload;
  Qos qos = Qos::at_least_once;
  Retain retain = Retain::no;
};

struct MqttStatus {
  bool connected = false;
  std::int64_t since_ns = 0;     // wall time of the last change of `connected`
  std::string last_error;        // why there was no connection the last time; "": never
  std::uint64_t connects = 0;    // connections the broker accepted
  std::uint64_t failures = 0;    // attempts that failed, connections that ended
  std::uint64_t published = 0;   // messages accepted by publish
  std::uint64_t delivered = 0;   // of them: acknowledged, or at most once and written
  std::uint64_t lost = 0;        // of them: at most once, and gone with the connection
  std::uint64_t denied = 0;      // of them: refused by the broker; and subscriptions it refused
  std::uint64_t refused = 0;     // messages refused by publish
  std::uint64_t received = 0;    // messages handed to the handler
  std::size_t queued = 0;        // messages accepted and not delivered, lost or denied, now
  std::size_t queued_bytes = 0;  // topics and payloads of them
};

class MqttClient {
 public:
  struct Options {
    std::string host;
    std::uint16_t port = 1883;
    std::string client_id;                 // one connection of an id: a second one ends the first
    std::string user = {}, password = {};  // "": none
    std::optional<MqttWill> will = {};
    int keep_alive_s = 30;  // a peer silent for twice as long is gone; at least kMqttKeepAliveSMin
    std::int64_t connect_deadline_ns = 10'000'000'000;  // until the broker has accepted
    base::BackoffLimits backoff = {.delay_ns_min = 250'000'000, .delay_ns_max = 5'000'000'000};
    std::size_t queue_messages_max = 10'000;
    std::size_t queue_bytes_max = std::size_t{32} << 20;
    base::Log& log;
    const base::Clock& clock;
  };

  // Each may be empty.
  struct Events {
    std::function<void()> connected = {};
    // An attempt failed, or the connection ended. Codes: refused (user, password or rights),
    // network (unreachable, or it broke), timeout; and where the broker says so conflict (another
    // client took over the id; mosquitto 2.0 does not say so), limit (a message was too large for
    // it), ended (it stops).
    std::function<void(const base::Error& reason)> disconnected = {};
    // The broker has taken this subscription; on each connection.
    std::function<void(std::string_view filter)> subscribed = {};
    std::function<void(std::string_view topic, std::string_view payload)> message = {};
  };

  // Starts to connect and returns at once. Errors: invalid (options).
  static base::Result<std::unique_ptr<MqttClient>> start(Options options, Events events);
  ~MqttClient();  // as stop(0)
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  // Accepts a message or refuses it; never waits. Errors: network (not connected), limit (the queue
  // is full, or the message too large), invalid (the topic), ended (stopped).
  base::Result<> publish(std::string_view topic, std::string_view payload, Qos qos,
                         Retain retain = Retain::no);
  // From now on and after each reconnect, at least once. Errors: limit, invalid (the filter),
  // ended.
  base::Result<> subscribe(std::string_view filter);

  bool connected() const;
  MqttStatus status() const;

  // Delivers what is queued, for at most `deadline_ns`, and says farewell: the will is not
  // published. No handler runs any more when it returns. A name that does not resolve can hold it
  // up for as long as the system's resolver tries.
  void stop(std::int64_t deadline_ns);

 private:
  class Core;
  explicit MqttClient(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace weir::net
