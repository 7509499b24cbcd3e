// Reasons of MQTT connections that ended.
#include "net/mqtt_reason.h"

#include <fmt/format.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>

#include <string>

namespace weir::net {

using base::Code;
using base::Error;

namespace {

Error explain_refusal(int code, const std::string& peer, const MqttClient::Options& options) {
  const auto user = options.user.empty() ? std::string("a client without a user")
                                         : fmt::format("the user '{}'", options.user);
  switch (code) {
    case MQTT_RC_BAD_USERNAME_OR_PASSWORD:
    case MQTT_RC_NOT_AUTHORIZED:
    case MQTT_RC_BANNED:
      return {Code::refused,
              fmt::format("{} refuses {} ({}), expected a known user and its password", peer, user,
                          mosquitto_reason_string(code))};
    case CONNACK_REFUSED_PROTOCOL_VERSION:
    case MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION:
      return {Code::network, peer + " does not speak MQTT 5"};
    default:
      return {Code::network,
              fmt::format("{} refuses the connection: {}", peer, mosquitto_reason_string(code))};
  }
}

Error explain_disconnect(int code, const std::string& peer, const MqttClient::Options& options) {
  switch (code) {
    case MQTT_RC_SESSION_TAKEN_OVER:
      return {Code::conflict,
              fmt::format("another client connected to {} as '{}'", peer, options.client_id)};
    case MQTT_RC_NOT_AUTHORIZED:
    case MQTT_RC_ADMINISTRATIVE_ACTION:
      return {Code::refused,
              fmt::format("{} ended the connection: {}", peer, mosquitto_reason_string(code))};
    case MQTT_RC_PACKET_TOO_LARGE:
      return {Code::limit, peer + " ended the connection: a message was too large for it"};
    case MQTT_RC_SERVER_SHUTTING_DOWN: return {Code::ended, peer + " stops"};
    default:
      return {Code::network,
              fmt::format("{} ended the connection: {}", peer, mosquitto_reason_string(code))};
  }
}

}  // namespace

Error explain(const MqttEnd& end, const MqttClient::Options& options) {
  const std::string peer = fmt::format("the broker {}:{}", options.host, options.port);
  if (end.refusal != 0) return explain_refusal(end.refusal, peer, options);
  if (end.reason >= MQTT_RC_UNSPECIFIED) return explain_disconnect(end.reason, peer, options);
  switch (end.reason) {
    case MOSQ_ERR_EAI:
      return {Code::network, fmt::format("the host '{}' cannot be found", options.host)};
    case MOSQ_ERR_TIMEOUT:
      return {Code::timeout, fmt::format("{} does not answer within {} ms, expected an MQTT broker",
                                         peer, options.connect_deadline_ns / 1'000'000)};
    case MOSQ_ERR_KEEPALIVE:
      return {Code::timeout,
              fmt::format("{} does not answer for {} s", peer, options.keep_alive_s)};
    default: break;
  }
  if (end.system_error != 0) {
    return {Code::network,
            fmt::format("{} cannot be reached: {}", peer, base::errno_text(end.system_error))};
  }
  if (is_broken(end.reason) || end.reason == 0) {
    return {Code::network, "the connection to " + peer + " broke"};
  }
  return {Code::network, fmt::format("{}: {}", peer, mosquitto_strerror(end.reason))};
}

bool is_broken(int mosquitto_error) {
  return mosquitto_error == MOSQ_ERR_NO_CONN || mosquitto_error == MOSQ_ERR_CONN_LOST ||
         mosquitto_error == MOSQ_ERR_ERRNO;
}

}  // namespace weir::net
