// Why an MQTT connection ended, in words. Part of MqttClient.
//
// Pure functions over libmosquitto's error codes and MQTT 5.0's reason codes (2.4).
#pragma once

#include "base/result.h"
#include "net/mqtt_client.h"

namespace weir::net {

// What is known of the end; 0 is nothing.
struct MqttEnd {
  int refusal = 0;       // reason code of CONNACK
  int reason = 0;        // MOSQ_ERR_…, or from 128 on the reason code of the broker's DISCONNECT
  int system_error = 0;  // errno
};

base::Error explain(const MqttEnd& end, const MqttClient::Options& options);

// Whether a call failed because the connection is broken.
bool is_broken(int mosquitto_error);

}  // namespace weir::net
