// Supervised child processes.
#include "net/child.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <random>
#include <thread>
#include <utility>

#include "net/descriptor.h"
#include "net/process.h"
#include "net/quiet_thread.h"

namespace weir::net {

using base::Code;
using base::Error;
using base::fail;
using base::Level;
using base::Result;

namespace {

// How often `ready` is asked, and the injected clock looked at while a time is awaited.
constexpr int kReadyPollMs = 5;
constexpr int kWaitPollMs = 50;
// On loopback the kernel answers for the listener at once, or its queue is full.
constexpr int kAnswerMs = 100;
// A pipe holds 64 kB: so many reads empty it, and one who writes without end is not read without
// end.
constexpr int kReadsMax = 16;

int until_ms(std::int64_t deadline_ns, std::int64_t now_ns, int most_ms) {
  const std::int64_t left_ms = (deadline_ns - now_ns + 999'999) / 1'000'000;
  return static_cast<int>(std::clamp<std::int64_t>(left_ms, 0, most_ms));
}

}  // namespace

std::string_view name(ChildState state) {
  switch (state) {
    case ChildState::starting: return "starting";
    case ChildState::running: return "running";
    case ChildState::waiting: return "waiting";
    case ChildState::stopped: return "stopped";
  }
  return "";
}

class Child::Core {
 public:
  explicit Core(Options options)
      : options_(std::move(options)),
        backoff_(options_.backoff),
        random_(std::random_device{}()),
        wake_(Descriptor::event()) {}

  Result<> start();
  void stop(std::int64_t deadline_ns);
  Result<> signal(int number) const;
  ChildStatus status() const;

 private:
  void work();
  Result<> run_once();
  Result<> await_ready();
  void await_end();
  void end(int signal, std::int64_t deadline_ns);
  void wait(int timeout_ms);
  void pass_output();
  void pass_line(std::string_view line);
  std::string last_words() const;
  void enter(ChildState state);
  void back_off(const Error& error, std::int64_t ran_ns);
  void report_first(Result<> result);
  std::int64_t now_ns() const { return options_.clock.monotonic_ns(); }
  bool stopping() const;

  const Options options_;
  base::Backoff backoff_;
  std::minstd_rand random_;
  const Descriptor wake_;

  mutable std::mutex mutex_;
  std::condition_variable started_;
  std::optional<Result<>> first_;  // how the first start went
  bool stopping_ = false;
  std::int64_t stop_deadline_ns_ = 0;
  ChildStatus status_;
  Process process_;  // written by the thread under mutex_, so that signal() sends to no stranger

  // The thread's alone.
  std::string line_, last_line_;
  std::thread thread_;
  std::mutex stop_mutex_;
};

Result<> Child::Core::start() {
  status_.since_ns = options_.clock.wall_ns();
  thread_ = start_quiet_thread([this] { work(); });
  std::unique_lock lock(mutex_);
  started_.wait(lock, [this] { return first_.has_value(); });
  return *first_;
}

void Child::Core::stop(std::int64_t deadline_ns) {
  const std::lock_guard one(stop_mutex_);
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_deadline_ns_ = now_ns() + deadline_ns;
    stopping_ = true;
  }
  wake_.notify();
  thread_.join();
}

bool Child::Core::stopping() const {
  const std::lock_guard lock(mutex_);
  return stopping_;
}

// The process is started from here, and nowhere else: the kernel kills it when the thread that
// started it ends.
void Child::Core::work() {
  while (!stopping()) {
    const std::int64_t begun_ns = now_ns();
    const Result<> ended = run_once();
    if (stopping()) break;
    if (!first_) {
      report_first(ended);
      break;
    }
    back_off(ended.error(), now_ns() - begun_ns);
  }
  enter(ChildState::stopped);
  report_first(fail(Code::ended, options_.component + " is stopped"));
}

void Child::Core::report_first(Result<> result) {
  const std::lock_guard lock(mutex_);
  if (first_) return;
  first_ = std::move(result);
  started_.notify_all();
}

// Until the process has ended, and why it did. Without an error only when it is to stop.
Result<> Child::Core::run_once() {
  enter(ChildState::starting);
  TRY(Process process, Process::start({.path = options_.program,
                                       .arguments = options_.arguments,
                                       .descriptors_max = options_.descriptors_max}));
  {
    const std::lock_guard lock(mutex_);
    process_ = std::move(process);
    status_.pid = process_.pid();
    if (first_) ++status_.restarts;
  }
  last_line_.clear();
  const Result<> ready = await_ready();
  if (ready) {
    enter(ChildState::running);
    report_first({});
    await_end();
  }
  std::int64_t stop_deadline_ns = 0;
  {
    const std::lock_guard lock(mutex_);
    stop_deadline_ns = stop_deadline_ns_;
  }
  end(stopping() ? SIGTERM : SIGKILL, stop_deadline_ns);
  pass_output();
  if (!line_.empty()) pass_line(std::exchange(line_, ""));
  std::string how;
  {
    const std::lock_guard lock(mutex_);
    how = process_.reap();
    status_.pid = 0;
  }
  if (stopping()) return {};
  if (!ready && ready.error().code != Code::ended) return ready;
  return fail(Code::ended, fmt::format("{} {}{}", options_.program, how, last_words()));
}

Result<> Child::Core::await_ready() {
  const std::int64_t deadline_ns = now_ns() + options_.ready_deadline_ns;
  while (!stopping()) {
    if (process_.ended()) return fail(Code::ended, "");
    if (!options_.ready || options_.ready()) {
      // What answered may be another's: ours must still be there.
      return process_.ended() ? Result<>(fail(Code::ended, "")) : Result<>();
    }
    if (now_ns() >= deadline_ns) {
      return fail(Code::timeout, fmt::format("{} is not ready after {} ms{}", options_.program,
                                             options_.ready_deadline_ns / 1'000'000, last_words()));
    }
    wait(kReadyPollMs);
  }
  return fail(Code::ended, "");
}

void Child::Core::await_end() {
  while (!stopping() && !process_.ended()) wait(-1);
}

// The signal, SIGKILL at the deadline, and until the process has ended.
void Child::Core::end(int signal, std::int64_t deadline_ns) {
  if (process_.ended()) return;
  process_.signal(signal);
  while (!process_.ended()) {
    const std::int64_t now = now_ns();
    if (now >= deadline_ns) process_.signal(SIGKILL);
    wait(now >= deadline_ns ? kWaitPollMs : until_ms(deadline_ns, now, kWaitPollMs));
  }
}

// Until something happens: output, the end of the process, a call of stop.
void Child::Core::wait(int timeout_ms) {
  pollfd watched[] = {{wake_.number(), POLLIN, 0},
                      {process_.output(), POLLIN, 0},
                      {process_.end_descriptor(), POLLIN, 0}};
  if (poll(watched, std::size(watched), timeout_ms) <= 0) return;
  wake_.clear();
  if (watched[1].revents != 0) pass_output();
}

void Child::Core::pass_output() {
  char bytes[kChildLineBytesMax];
  for (int i = 0; i < kReadsMax; ++i) {
    std::string_view text(bytes, process_.read_output(bytes, sizeof bytes));
    if (text.empty()) return;
    while (!text.empty()) {
      const std::size_t room = kChildLineBytesMax - line_.size();
      const std::size_t end = text.find('\n');
      line_ += text.substr(0, std::min(end, room));
      if (end == std::string_view::npos && text.size() < room) return;
      pass_line(std::exchange(line_, ""));
      text.remove_prefix(end < room ? end + 1 : std::min(room, text.size()));
    }
  }
}

void Child::Core::pass_line(std::string_view line) {
  if (line.empty()) return;
  last_line_ = line;
  options_.log.write(Level::info, options_.component, line);
}

std::string Child::Core::last_words() const {
  return last_line_.empty() ? "" : fmt::format("; its last line: {}", last_line_);
}

void Child::Core::enter(ChildState state) {
  int pid = 0;
  {
    const std::lock_guard lock(mutex_);
    status_.state = state;
    status_.since_ns = options_.clock.wall_ns();
    pid = status_.pid;
  }
  if (state == ChildState::running) {
    options_.log.write(Level::info, options_.component, "child running",
                       {{"pid", std::to_string(pid)}});
  }
}

void Child::Core::back_off(const Error& error, std::int64_t ran_ns) {
  backoff_.reset_after(ran_ns);
  const std::int64_t delay_ns =
      backoff_.next_ns(std::uniform_real_distribution<double>(0, 1)(random_));
  const std::int64_t until_ns = now_ns() + delay_ns;
  {
    const std::lock_guard lock(mutex_);
    status_.last_error = error.message;
  }
  enter(ChildState::waiting);
  options_.log.write(
      Level::warning, options_.component, "child ended",
      {{"reason", error.message}, {"restart_ms", std::to_string(delay_ns / 1'000'000)}});
  while (!stopping() && now_ns() < until_ns) {
    pollfd watched = {wake_.number(), POLLIN, 0};
    poll(&watched, 1, until_ms(until_ns, now_ns(), kWaitPollMs));
  }
}

Result<> Child::Core::signal(int number) const {
  const std::lock_guard lock(mutex_);
  if (status_.pid == 0) {
    return fail(Code::ended, fmt::format("{} does not run now", options_.program));
  }
  process_.signal(number);
  return {};
}

ChildStatus Child::Core::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

Result<std::unique_ptr<Child>> Child::start(Options options) {
  if (!options.program.contains('/')) {
    return fail(Code::invalid, fmt::format("'{}' is no path of a program, expected one with a '/'",
                                           options.program));
  }
  auto core = std::make_unique<Core>(std::move(options));
  std::unique_ptr<Child> child(new Child(std::move(core)));
  TRY_DO(child->core_->start());
  return child;
}

Child::Child(std::unique_ptr<Core> core) : core_(std::move(core)) {}
Child::~Child() {
  core_->stop(kStopNs);
}
void Child::stop(std::int64_t deadline_ns) {
  core_->stop(deadline_ns);
}
Result<> Child::signal(int number) const {
  return core_->signal(number);
}
ChildStatus Child::status() const {
  return core_->status();
}

bool port_accepts(std::uint16_t port) {
  const Descriptor socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (socket.number() < 0) return false;
  sockaddr_in peer{};
  peer.sin_family = AF_INET;
  peer.sin_port = htons(port);
  peer.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  const auto* address = reinterpret_cast<const sockaddr*>(&peer);
  if (connect(socket.number(), address, sizeof peer) != 0) {
    pollfd watched = {socket.number(), POLLOUT, 0};
    int error = 0;
    socklen_t size = sizeof error;
    if (errno != EINPROGRESS || poll(&watched, 1, kAnswerMs) <= 0) return false;
    getsockopt(socket.number(), SOL_SOCKET, SO_ERROR, &error, &size);
    if (error != 0) return false;
  }
  // A free port of the ephemeral range can be connected to itself.
  sockaddr_in self{};
  socklen_t size = sizeof self;
  getsockname(socket.number(), reinterpret_cast<sockaddr*>(&self), &size);
  return self.sin_port != peer.sin_port;
}

}  // namespace weir::net
