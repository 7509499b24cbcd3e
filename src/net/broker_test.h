// TestBroker: a real mosquitto on a free port of 127.0.0.1, for the tests of whoever speaks MQTT.
//
// Of one thread. Ends with the object; its folder goes, too.
#pragma once

#include <arpa/inet.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "net/child.h"

namespace weir::net {

// Until it holds; false after half a minute.
inline bool await(const std::function<bool()>& holds) {
  const base::SystemClock clock;
  const std::int64_t deadline_ns = clock.monotonic_ns() + 30'000'000'000;
  while (!holds()) {
    if (clock.monotonic_ns() > deadline_ns) return false;
    std::this_thread::yield();
  }
  return true;
}

// A listener on 127.0.0.1 that accepts as the kernel does, and never answers. Returns its socket.
inline int listen_silently(std::uint16_t& port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(listener >= 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  CHECK(bind(listener, reinterpret_cast<const sockaddr*>(&address), size) == 0);
  CHECK(listen(listener, 16) == 0);
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}

// One that nobody listens on.
inline std::uint16_t free_port() {
  std::uint16_t port = 0;
  close(listen_silently(port));
  return port;
}

class TestBroker {
 public:
  // `configuration`: lines of mosquitto.conf beyond the listener.
  explicit TestBroker(const std::string& configuration = "allow_anonymous true\n") {
    CHECK(mkdtemp(folder_.data()) != nullptr);
    port_ = free_port();
    std::ofstream(folder_ + "/mosquitto.conf")
        << "listener " << port_ << " 127.0.0.1\nuser root\npersistence false\nlog_dest stderr\n"
        << configuration;
    auto child = Child::start({.component = "broker",
                               .program = "/usr/sbin/mosquitto",
                               .arguments = {"-c", folder_ + "/mosquitto.conf"},
                               .ready = [port = port_] { return port_accepts(port); },
                               .backoff = {.delay_ns_min = 1'000'000, .delay_ns_max = 1'000'000},
                               .log = log_,
                               .clock = clock_});
    CHECK(child);
    child_ = std::move(*child);
  }
  ~TestBroker() {
    child_.reset();
    unlink((folder_ + "/mosquitto.conf").c_str());
    rmdir(folder_.c_str());
  }
  TestBroker(const TestBroker&) = delete;
  TestBroker& operator=(const TestBroker&) = delete;

  std::uint16_t port() const { return port_; }
  std::string log() const { return log_.text(); }
  // SIGSTOP, SIGCONT, SIGKILL: after the last it comes back by itself.
  void signal(int number) const { CHECK(child_->signal(number)); }
  bool back(std::uint64_t restarts) const {
    const ChildStatus status = child_->status();
    return status.state == ChildState::running && status.restarts == restarts;
  }

 private:
  base::MemoryLog log_;
  base::SystemClock clock_;
  std::string folder_ = std::string(P_tmpdir) + "/weir-broker-XXXXXX";
  std::uint16_t port_ = 0;
  std::unique_ptr<Child> child_;
};

}  // namespace weir::net
