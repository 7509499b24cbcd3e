// Child: another program, run and kept running.
//
//   starting ──ready──▶ running ──ended──▶ waiting ──backoff──▶ starting
//
// The child shares nothing with this process but its user and working folder: no file descriptors
// but the null device as standard input and a pipe as output and error, whose lines go to the log;
// default signals; a session of its own, so that Ctrl-C in a terminal is ours alone. When this
// process dies, however it dies, the kernel kills the child (PR_SET_PDEATHSIG; a child that changes
// its user escapes that).
//
// Thread-safe. A thread of its own starts the child, waits for it and calls `ready`. Log and clock
// outlive it. Linux 5.11 or later.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"

namespace weir::net {

inline constexpr std::size_t kChildLineBytesMax = 4'096;  // what is longer goes on as a new line

enum class ChildState : std::uint8_t { starting, running, waiting, stopped };
std::string_view name(ChildState state);

struct ChildStatus {
  ChildState state = ChildState::starting;
  int pid = 0;                 // 0: there is no process now
  std::int64_t since_ns = 0;   // wall time of the last change of `state`
  std::uint64_t restarts = 0;  // processes started after the first
  std::string last_error;      // why it ended the last time, or could not start; "": never
};

class Child {
 public:
  struct Options {
    std::string component;               // of its lines in the log
    std::string program;                 // a path with a slash
    std::vector<std::string> arguments;  // without the program's name; others can see them
    std::uint64_t descriptors_max = 0;   // RLIMIT_NOFILE, within what the system allows; 0: as ours
    // Whether it is ready for use, asked again and again after each start; returns soon. Empty:
    // ready as soon as it is started.
    std::function<bool()> ready = {};
    std::int64_t ready_deadline_ns = 10'000'000'000;  // not ready by then: killed, started anew
    base::BackoffLimits backoff = {.delay_ns_min = 250'000'000, .delay_ns_max = 15'000'000'000};
    base::Log& log;
    const base::Clock& clock;
  };

  // Starts it and waits until it is ready. If that fails the first time, nothing is left running.
  // Errors: invalid (options), missing (no such program), io (it cannot be run), ended (it ended
  // before it was ready; with its last line), timeout.
  static base::Result<std::unique_ptr<Child>> start(Options options);
  ~Child();  // as stop(kStopNs)
  Child(const Child&) = delete;
  Child& operator=(const Child&) = delete;

  static constexpr std::int64_t kStopNs = 5'000'000'000;
  // SIGTERM, and SIGKILL after the deadline. The process is gone when it returns.
  void stop(std::int64_t deadline_ns);

  // Sends a signal to the process. Errors: ended (there is none now).
  base::Result<> signal(int number) const;
  ChildStatus status() const;

 private:
  class Core;
  explicit Child(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

// Whether something listens on this port of 127.0.0.1: a `ready` for servers.
bool port_accepts(std::uint16_t port);

}  // namespace weir::net
