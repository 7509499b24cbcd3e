// What the connections and WebSockets of one server share. For the files of HttpServer.
//
// Belongs to the loop's thread, but for `counts` and `workers`.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <unordered_set>

#include "base/executor.h"
#include "net/hosts.h"
#include "net/http_server.h"
#include "net/router.h"

namespace boost::asio {
class io_context;
}

namespace weir::net::detail {

// HttpCounters, as they are counted.
struct HttpCounts {
  std::atomic<std::size_t> connections = 0, sockets = 0;
  std::atomic<std::uint64_t> accepted = 0, requests = 0, malformed = 0, timeouts = 0,
                             connections_refused = 0, sockets_slow = 0, aborted = 0;
  std::array<std::atomic<std::uint64_t>, 6> answers{};
};

// The server's end of a connection or WebSocket.
class Peer {
 public:
  virtual ~Peer() = default;
  // Ends as soon as it can with good manners. A second call changes nothing.
  virtual void stop() = 0;
  // Closes the connection at once, and sends nothing more.
  virtual void drop() = 0;
};

struct HttpShared {
  const HttpServer::Options options;
  const Router router;
  const Hosts hosts;
  boost::asio::io_context& loop;
  HttpCounts counts = {};
  std::unique_ptr<base::Executor> workers = nullptr;
  std::unordered_set<Peer*> peers = {};
  std::size_t bodies_bytes = 0;  // what has come, of requests that are not answered yet
  bool stopping = false;
  std::function<void()> gone = [] {};  // the last peer went
};

// A peer's place among the others, for as long as it lives.
class Registered {
 public:
  Registered(HttpShared& shared, Peer& peer, std::atomic<std::size_t>& count)
      : shared_(shared), peer_(peer), count_(count) {
    shared_.peers.insert(&peer_);
    ++count_;
  }
  ~Registered() {
    shared_.peers.erase(&peer_);
    --count_;
    if (shared_.peers.empty()) shared_.gone();
  }
  Registered(const Registered&) = delete;
  Registered& operator=(const Registered&) = delete;

 private:
  HttpShared& shared_;
  Peer& peer_;
  std::atomic<std::size_t>& count_;
};

}  // namespace weir::net::detail
