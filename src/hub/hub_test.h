// For tests of the whole hub: its REST as a client sees it, its live feed, and the hub as a process
// of its own that may be killed.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "data/value.h"
#include "hub/stores_test.h"
#include "net/child.h"
#include "net/http_client.h"

namespace weir::hub {

// Until it holds; false after half a minute.
bool await(const std::function<bool()>& holds);

class RestClient {
 public:
  explicit RestClient(std::uint16_t port) : port_(port) {}

  // Status 0: no answer.
  net::Answer send(net::Method method, std::string_view path, std::string body = {},
                   std::string_view type = "application/json");
  // The body as JSON; null where that is none.
  data::Value get(std::string_view path);

 private:
  const std::uint16_t port_;
  net::HttpClient client_;
};

// What stands under keys one within the other, as JSON; "": nothing.
std::string at(const data::Value& value, std::initializer_list<std::string_view> keys);
data::List items(const data::Value& page);

// A WebSocket of /api/v1/alerts/live (RFC 6455): texts as they come.
class LiveSocket {
 public:
  explicit LiveSocket(std::uint16_t port);
  ~LiveSocket();
  LiveSocket(const LiveSocket&) = delete;
  LiveSocket& operator=(const LiveSocket&) = delete;

  std::string next();  // "": the connection has ended

 private:
  std::string take(std::size_t bytes);

  int socket_;
};

// weir-hub, started anew whenever it is killed: this test program with another task.
class HubProcess {
 public:
  HubProcess();

  void kill() const;
  // It answers, after so many restarts.
  bool back(std::uint64_t restarts);

  const std::uint16_t port, broker_port;
  const TestFolder folder;
  base::MemoryLog log;

 private:
  base::SystemClock clock_;
  std::unique_ptr<net::Child> child_;
};

}  // namespace weir::hub
