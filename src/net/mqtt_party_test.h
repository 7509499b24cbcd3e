// Party: an MQTT client for tests, and what has happened to it.
//
// Of one thread.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/broker_test.h"
#include "net/mqtt_client.h"

namespace weir::net {

class Party {
 public:
  using Settings = std::function<void(MqttClient::Options&)>;
  Party(std::uint16_t port, std::string id, const Settings& settings = {},
        const base::Clock* clock = nullptr) {
    MqttClient::Options options{.host = "127.0.0.1",
                                .port = port,
                                .client_id = std::move(id),
                                .backoff = {.delay_ns_min = 1'000'000, .delay_ns_max = 1'000'000},
                                .log = log,
                                .clock = clock == nullptr ? system_clock : *clock};
    if (settings) settings(options);
    auto started = MqttClient::start(std::move(options),
                                     {.disconnected =
                                          [this](const base::Error& error) {
                                            const std::lock_guard lock(mutex_);
                                            ends_.push_back(error);
                                          },
                                      .subscribed = [this](std::string_view) { ++subscribed; },
                                      .message =
                                          [this](std::string_view topic, std::string_view payload) {
                                            const std::lock_guard lock(mutex_);
                                            messages_.emplace_back(topic, payload);
                                          }});
    CHECK(started);
    client = std::move(*started);
  }

  bool connected() {
    return await([this] { return client->connected(); });
  }
  bool listens_to(const std::string& filter) {
    const int before = subscribed;
    CHECK(client->subscribe(filter));
    return await([&] { return subscribed > before; });
  }
  // Why the connection ended first.
  base::Error first_end() {
    CHECK(await([this] {
      const std::lock_guard lock(mutex_);
      return !ends_.empty();
    }));
    const std::lock_guard lock(mutex_);
    return ends_.empty() ? base::Error{} : ends_.front();
  }
  bool got(std::size_t count) {
    return await([&] { return messages().size() >= count; });
  }
  std::vector<std::pair<std::string, std::string>> messages() const {
    const std::lock_guard lock(mutex_);
    return messages_;
  }

  base::SystemClock system_clock;
  base::MemoryLog log;
  std::atomic<int> subscribed = 0;

 private:
  mutable std::mutex mutex_;
  std::vector<base::Error> ends_;
  std::vector<std::pair<std::string, std::string>> messages_;

 public:
  std::unique_ptr<MqttClient> client;  // last: it ends before what its handlers use
};

}  // namespace weir::net
