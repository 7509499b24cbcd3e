// libmosquitto, driven from one thread.
#include "net/mqtt_connection.h"

#include <fmt/format.h>
#include <mosquitto.h>
#include <mqtt_protocol.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <utility>

#include "base/text.h"

namespace weir::net {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr int kInFlightMax = 32;  // messages sent and not acknowledged yet, each way

mosquitto* make_handle(const std::string& client_id, void* self) {
  static const int kReady = mosquitto_lib_init();  // counts its users without a lock
  return kReady == MOSQ_ERR_SUCCESS ? mosquitto_new(client_id.c_str(), true, self) : nullptr;
}

bool valid_text(std::string_view text) {
  return !text.empty() && text.size() <= kMqttTopicBytesMax && !base::invalid_utf8(text) &&
         !text.contains('\0');
}

}  // namespace

bool valid_topic(std::string_view topic) {
  return valid_text(topic) &&
         mosquitto_pub_topic_check2(topic.data(), topic.size()) == MOSQ_ERR_SUCCESS;
}

bool valid_filter(std::string_view filter) {
  return valid_text(filter) &&
         mosquitto_sub_topic_check2(filter.data(), filter.size()) == MOSQ_ERR_SUCCESS;
}

MqttConnection::MqttConnection(const MqttClient::Options& options, Handlers handlers)
    : options_(options),
      handlers_(std::move(handlers)),
      handle_(make_handle(options.client_id, this), &mosquitto_destroy) {}

MqttConnection::~MqttConnection() = default;

Result<std::unique_ptr<MqttConnection>> MqttConnection::make(const MqttClient::Options& options,
                                                             Handlers handlers) {
  if (options.host.empty() || options.port == 0 || options.client_id.empty()) {
    return fail(Code::invalid, "an MQTT client needs a host, a port and a client id");
  }
  if (options.keep_alive_s < kMqttKeepAliveSMin || options.keep_alive_s > 0xFFFF) {
    return fail(Code::invalid, fmt::format("keep-alive of {} s, expected {} to 65535",
                                           options.keep_alive_s, kMqttKeepAliveSMin));
  }
  std::unique_ptr<MqttConnection> connection(new MqttConnection(options, std::move(handlers)));
  mosquitto* const handle = connection->handle_.get();
  if (handle == nullptr) {
    return fail(Code::invalid, "libmosquitto takes no client '" + options.client_id + "'");
  }
  mosquitto_int_option(handle, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);
  mosquitto_int_option(handle, MOSQ_OPT_TCP_NODELAY, 1);
  mosquitto_int_option(handle, MOSQ_OPT_SEND_MAXIMUM, kInFlightMax);
  mosquitto_int_option(handle, MOSQ_OPT_RECEIVE_MAXIMUM, kInFlightMax);
  if (!options.user.empty()) {
    mosquitto_username_pw_set(handle, options.user.c_str(), options.password.c_str());
  }
  if (options.will) TRY_DO(connection->set_will(*options.will));
  connection->set_callbacks();
  return connection;
}

Result<> MqttConnection::set_will(const MqttWill& will) {
  const bool set =
      valid_topic(will.topic) && will.payload.size() <= kMqttMessageBytesMax &&
      mosquitto_will_set(handle_.get(), will.topic.c_str(), static_cast<int>(will.payload.size()),
                         will.payload.data(), static_cast<int>(will.qos),
                         will.retain == Retain::yes) == MOSQ_ERR_SUCCESS;
  if (set) return {};
  return fail(Code::invalid, "no will can be published at '" + will.topic + "'");
}

void MqttConnection::set_callbacks() {
  mosquitto* const handle = handle_.get();
  mosquitto_connect_v5_callback_set(
      handle, [](mosquitto*, void* self, int reason, int, const mosquitto_property*) {
        auto& connection = *static_cast<MqttConnection*>(self);
        connection.end_.refusal = reason;
        connection.accepted_ = reason == MQTT_RC_SUCCESS;
      });
  mosquitto_disconnect_v5_callback_set(
      handle, [](mosquitto*, void* self, int reason, const mosquitto_property*) {
        int& known = static_cast<MqttConnection*>(self)->end_.reason;
        if (known == 0) known = reason;  // the broker's own comes first
      });
  mosquitto_publish_v5_callback_set(
      handle, [](mosquitto*, void* self, int message_id, int reason, const mosquitto_property*) {
        static_cast<MqttConnection*>(self)->on_settled(message_id, reason);
      });
  mosquitto_subscribe_v5_callback_set(handle, [](mosquitto*, void* self, int message_id, int count,
                                                 const int* granted, const mosquitto_property*) {
    const bool all = count == 1 && granted[0] < MQTT_RC_UNSPECIFIED;
    static_cast<MqttConnection*>(self)->handlers_.granted(message_id, all);
  });
  mosquitto_message_callback_set(
      handle, [](mosquitto*, void* self, const mosquitto_message* message) {
        const std::string_view payload(static_cast<const char*>(message->payload),
                                       static_cast<std::size_t>(message->payloadlen));
        static_cast<MqttConnection*>(self)->handlers_.message(message->topic, payload);
      });
}

// libmosquitto writes what it can at once, and tells so before it has returned the message's id.
void MqttConnection::on_settled(int message_id, int reason) {
  if (publishing_) {
    early_.emplace_back(message_id, reason);
  } else {
    handlers_.settled(message_id, reason);
  }
}

bool MqttConnection::open() {
  accepted_ = false;
  end_ = {};
  const int result = mosquitto_connect_async(handle_.get(), options_.host.c_str(), options_.port,
                                             options_.keep_alive_s);
  if (result == MOSQ_ERR_SUCCESS) return true;
  end_ = {.reason = result, .system_error = result == MOSQ_ERR_ERRNO ? errno : 0};
  return false;
}

bool MqttConnection::usable() const {
  return accepted_ && mosquitto_socket(handle_.get()) >= 0;
}

bool MqttConnection::pump(const Descriptor& wake, int timeout_ms) {
  mosquitto* const handle = handle_.get();
  const int socket = mosquitto_socket(handle);
  if (socket < 0) return false;
  const bool writes = mosquitto_want_write(handle);
  pollfd watched[] = {{wake.number(), POLLIN, 0},
                      {socket, static_cast<short>(writes ? POLLIN | POLLOUT : POLLIN), 0}};
  if (poll(watched, std::size(watched), timeout_ms) < 0) return true;
  if (watched[0].revents != 0) wake.clear();
  const int seen = watched[1].revents;
  if ((seen & POLLERR) != 0) {
    socklen_t size = sizeof end_.system_error;
    getsockopt(socket, SOL_SOCKET, SO_ERROR, &end_.system_error, &size);
  }
  int result = MOSQ_ERR_SUCCESS;
  if ((seen & (POLLIN | POLLERR | POLLHUP)) != 0) result = mosquitto_loop_read(handle, 1);
  if (result == MOSQ_ERR_SUCCESS && (seen & POLLOUT) != 0) result = mosquitto_loop_write(handle, 1);
  if (result == MOSQ_ERR_SUCCESS) result = mosquitto_loop_misc(handle);
  if (result != MOSQ_ERR_SUCCESS && end_.reason == 0) end_.reason = result;
  return result == MOSQ_ERR_SUCCESS && mosquitto_socket(handle) >= 0;
}

MqttConnection::Handed MqttConnection::publish(const std::string& topic, std::string_view payload,
                                               Qos qos, Retain retain) {
  Handed handed;
  publishing_ = true;
  const int result = mosquitto_publish_v5(handle_.get(), &handed.message_id, topic.c_str(),
                                          static_cast<int>(payload.size()), payload.data(),
                                          static_cast<int>(qos), retain == Retain::yes, nullptr);
  publishing_ = false;
  for (const auto& [message_id, reason] : std::exchange(early_, {})) {
    if (message_id == handed.message_id) {
      handed.reason = reason;
    } else {
      handlers_.settled(message_id, reason);
    }
  }
  handed.kept = result == MOSQ_ERR_SUCCESS || is_broken(result);
  if (!handed.kept) handed.description = mosquitto_strerror(result);
  return handed;
}

std::optional<int> MqttConnection::subscribe(const std::string& filter) {
  int message_id = 0;
  const int result = mosquitto_subscribe_v5(handle_.get(), &message_id, filter.c_str(),
                                            static_cast<int>(Qos::at_least_once), 0, nullptr);
  return result == MOSQ_ERR_SUCCESS ? std::optional(message_id) : std::nullopt;
}

void MqttConnection::farewell() {
  mosquitto_disconnect(handle_.get());
}

// libmosquitto closes a connection that it finds broken. One that is not even made it closes when
// it is opened anew.
void MqttConnection::hang_up() {
  const int socket = mosquitto_socket(handle_.get());
  if (socket < 0) return;
  shutdown(socket, SHUT_RDWR);
  mosquitto_loop_read(handle_.get(), 1);
}

}  // namespace weir::net
