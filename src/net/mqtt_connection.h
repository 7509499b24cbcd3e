// MqttConnection: one libmosquitto client, driven by a poll loop of ours. Part of MqttClient.
//
// Not thread-safe: libmosquitto is called from one thread, and calls the handlers back on it, from
// within open, pump, publish, farewell and hang_up. Handlers must not call the connection.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/descriptor.h"
#include "net/mqtt_client.h"
#include "net/mqtt_reason.h"

struct mosquitto;

namespace weir::net {

class MqttConnection {
 public:
  struct Handlers {
    // The broker has answered a message, or it is written where no answer comes. Reason codes of
    // MQTT 5.0, 2.4: from 128 on it is refused.
    std::function<void(int message_id, int reason)> settled;
    std::function<void(int message_id, bool granted)> granted;
    std::function<void(std::string_view topic, std::string_view payload)> message;
  };

  // What publish has made of a message.
  struct Handed {
    int message_id = 0;
    bool kept = false;          // settled is called for it, if at least once also after reopening
    std::optional<int> reason;  // it is settled already; the handler is not called
    std::string_view description;  // of the failure, where neither
  };

  // Errors: invalid (the options).
  static base::Result<std::unique_ptr<MqttConnection>> make(const MqttClient::Options& options,
                                                            Handlers handlers);
  ~MqttConnection();
  MqttConnection(const MqttConnection&) = delete;
  MqttConnection& operator=(const MqttConnection&) = delete;

  // Begins to connect anew; false: failed at once. Waits for the resolver alone.
  bool open();
  bool accepted() const { return accepted_; }
  // Reads and writes what there is, or waits for it, for `wake` or for the time. False: it has
  // ended.
  bool pump(const Descriptor& wake, int timeout_ms);
  const MqttEnd& end() const { return end_; }

  bool usable() const;
  Handed publish(const std::string& topic, std::string_view payload, Qos qos, Retain retain);
  // The id of the request; nothing where it could not be sent.
  std::optional<int> subscribe(const std::string& filter);

  // Sends DISCONNECT, so that the will is not published (MQTT 5.0, 3.14); pump until it has ended.
  void farewell();
  void hang_up();

 private:
  MqttConnection(const MqttClient::Options& options, Handlers handlers);
  base::Result<> set_will(const MqttWill& will);
  void set_callbacks();
  void on_settled(int message_id, int reason);

  const MqttClient::Options& options_;
  const Handlers handlers_;
  std::unique_ptr<mosquitto, void (*)(mosquitto*)> handle_;
  bool accepted_ = false;
  MqttEnd end_;
  bool publishing_ = false;                 // a message whose id is not known yet
  std::vector<std::pair<int, int>> early_;  // what was settled meanwhile: message ids and reasons
};

// Whether a topic can be published at, and whether a filter can be subscribed to (MQTT 5.0, 4.7).
bool valid_topic(std::string_view topic);
bool valid_filter(std::string_view filter);

}  // namespace weir::net
