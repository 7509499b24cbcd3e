// Child: start, readiness, restarts, stop, and what a child inherits.
#include "net/child.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "net/broker_test.h"

namespace weir::net {
namespace {

using base::Code;
using base::Result;
using testing::HasSubstr;
using testing::Not;

class ChildTest : public testing::Test {
 protected:
  // A shell that runs `script`; ready when the log has `ready`.
  Child::Options shell(const std::string& script, const std::string& ready = "") {
    Child::Options options{.component = "shell",
                           .program = "/bin/sh",
                           .arguments = {"-c", script},
                           .log = log,
                           .clock = clock};
    if (!ready.empty()) options.ready = [this, ready] { return log.text().contains(ready); };
    return options;
  }

 public:
  base::MemoryLog log;
  base::ManualClock clock;
};

bool gone(int pid) {
  return kill(pid, 0) != 0 && errno == ESRCH;
}

TEST_F(ChildTest, passes_the_lines_of_both_outputs_to_the_log) {
  const auto child = Child::start(shell("echo one; echo 'two  2' >&2; exec sleep 1000", "two"));
  ASSERT_TRUE(child) << child.error().message;
  EXPECT_EQ((*child)->status().state, ChildState::running);
  EXPECT_THAT(log.text(), HasSubstr("INFO shell one\n"));
  EXPECT_THAT(log.text(), HasSubstr("INFO shell two  2\n"));
}

TEST_F(ChildTest, says_what_was_expected_where_there_is_no_such_program) {
  auto options = shell("");
  options.program = "/no/such/program";
  const auto missing = Child::start(options);
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::missing);
  EXPECT_EQ(missing.error().message,
            "cannot start /no/such/program: No such file or directory, expected a program that may "
            "be run");
  options.program = "/etc/passwd";
  EXPECT_EQ(Child::start(options).error().code, Code::io);
  options.program = "sh";
  EXPECT_EQ(Child::start(options).error().code, Code::invalid);
}

TEST_F(ChildTest, fails_to_start_with_the_last_line_of_one_that_ends_before_it_is_ready) {
  const auto child =
      Child::start(shell("echo starting; echo port is taken >&2; exit 3", "never said"));
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, Code::ended);
  EXPECT_EQ(child.error().message, "/bin/sh ended with exit code 3; its last line: port is taken");
}

TEST_F(ChildTest, kills_one_that_is_not_ready_in_time) {
  auto options = shell("echo $$; exec sleep 1000");
  options.ready = [this] {
    if (log.text().contains("\n") || !log.text().empty()) clock.advance(20'000'000'000);
    return false;
  };
  const auto child = Child::start(options);
  ASSERT_FALSE(child);
  EXPECT_EQ(child.error().code, Code::timeout);
  const std::string line = log.text();
  EXPECT_TRUE(gone(std::stoi(line.substr(line.rfind(' '))))) << line;
}

TEST_F(ChildTest, restarts_one_that_ends_after_its_delay_and_not_before) {
  const auto child = Child::start(shell("exec sleep 1000"));
  ASSERT_TRUE(child);
  const int first = (*child)->status().pid;
  ASSERT_TRUE((*child)->signal(SIGKILL));
  ASSERT_TRUE(await([&] { return (*child)->status().state == ChildState::waiting; }));
  const ChildStatus waiting = (*child)->status();
  EXPECT_EQ(waiting.pid, 0);
  EXPECT_EQ(waiting.restarts, 0u);
  EXPECT_EQ(waiting.last_error, "/bin/sh was ended by signal 9");
  EXPECT_EQ((*child)->signal(SIGTERM).error().code, Code::ended);
  EXPECT_THAT(log.text(), HasSubstr("WARNING shell child ended reason=\"/bin/sh was ended by"));
  clock.advance(250'000'000);
  ASSERT_TRUE(await([&] { return (*child)->status().state == ChildState::running; }));
  EXPECT_EQ((*child)->status().restarts, 1u);
  EXPECT_NE((*child)->status().pid, first);
}

TEST_F(ChildTest, waits_longer_for_one_that_ends_again_and_again) {
  auto options = shell("exec sleep 1000");
  options.backoff = {.delay_ns_min = 1'000'000'000, .delay_ns_max = 4'000'000'000};
  const auto child = Child::start(options);
  ASSERT_TRUE(child);
  for (const std::int64_t least_ns : {500'000'000, 1'000'000'000, 2'000'000'000, 2'000'000'000}) {
    ASSERT_TRUE(await([&] { return (*child)->signal(SIGKILL).has_value(); }));
    ASSERT_TRUE(await([&] { return (*child)->status().state == ChildState::waiting; }));
    const std::uint64_t restarts = (*child)->status().restarts;
    clock.advance(least_ns - 1);
    EXPECT_EQ((*child)->status().restarts, restarts);
    clock.advance(least_ns + 1);
    ASSERT_TRUE(await([&] { return (*child)->status().state == ChildState::running; }));
  }
}

TEST_F(ChildTest, inherits_no_descriptors_and_no_signal_settings) {
  const int leak = fcntl(STDERR_FILENO, F_DUPFD, 57);
  const auto before = ::signal(SIGPIPE, SIG_IGN);
  const auto child = Child::start(shell("[ -e /proc/$$/fd/" + std::to_string(leak) +
                                            " ] && echo leaked; readlink /proc/$$/fd/0; exec tail "
                                            "-n 100 -f /proc/self/status",
                                        "SigIgn"));
  ::signal(SIGPIPE, before);
  close(leak);
  ASSERT_TRUE(child);
  EXPECT_THAT(log.text(), Not(HasSubstr("leaked")));
  EXPECT_THAT(log.text(), HasSubstr("/dev/null"));
  EXPECT_THAT(log.text(), HasSubstr("SigBlk:\\x090000000000000000"));
  EXPECT_THAT(log.text(), HasSubstr("SigIgn:\\x090000000000000000"));
}

TEST_F(ChildTest, has_the_limit_of_descriptors_it_is_given) {
  rlimit ours{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &ours), 0);
  const std::pair<std::uint64_t, std::uint64_t> wanted_and_given[] = {
      {100, 100}, {0, ours.rlim_cur}, {~std::uint64_t{0}, ours.rlim_max}};
  for (const auto& [wanted, given] : wanted_and_given) {
    const std::string asked = "asked for " + std::to_string(wanted) + ", has ";
    auto options = shell("echo " + asked + "`ulimit -Sn`; exec sleep 1000", asked);
    options.descriptors_max = wanted;
    ASSERT_TRUE(Child::start(options));
    EXPECT_THAT(log.text(), HasSubstr(asked + std::to_string(given) + "\n"));
  }
}

TEST_F(ChildTest, is_asked_to_end_and_may_say_goodbye) {
  const auto child = Child::start(
      shell("trap 'echo goodbye; exit 0' TERM; echo ready; while :; do :; done", "ready"));
  ASSERT_TRUE(child);
  const int pid = (*child)->status().pid;
  (*child)->stop(3'600'000'000'000);
  EXPECT_TRUE(gone(pid));
  EXPECT_EQ((*child)->status().state, ChildState::stopped);
  EXPECT_THAT(log.text(), HasSubstr("goodbye"));
  EXPECT_THAT(log.text(), Not(HasSubstr("WARNING")));
}

TEST_F(ChildTest, is_killed_where_it_does_not_end_in_time) {
  const auto child = Child::start(shell("trap '' TERM; echo ready; exec sleep 1000", "ready"));
  ASSERT_TRUE(child);
  const int pid = (*child)->status().pid;
  (*child)->stop(0);
  EXPECT_TRUE(gone(pid));
}

TEST_F(ChildTest, stops_while_it_waits_to_restart) {
  const auto child = Child::start(shell("exec sleep 1000"));
  ASSERT_TRUE(child);
  ASSERT_TRUE((*child)->signal(SIGKILL));
  ASSERT_TRUE(await([&] { return (*child)->status().state == ChildState::waiting; }));
  (*child)->stop(0);
  EXPECT_EQ((*child)->status().state, ChildState::stopped);
}

TEST_F(ChildTest, cuts_long_lines) {
  const auto child = Child::start(
      shell("head -c 10000 /dev/zero | tr '\\0' x; echo; echo ready; exec sleep 1000", "ready"));
  ASSERT_TRUE(child);
  const std::string full = "INFO shell " + std::string(kChildLineBytesMax, 'x') + "\n";
  const std::string rest = "INFO shell " + std::string(10'000 - 2 * kChildLineBytesMax, 'x') + "\n";
  EXPECT_TRUE(log.text().starts_with(full + full + rest + "INFO shell ready\n"));
}

class LineCount final : public base::Log {
 public:
  void write(base::Level, std::string_view, std::string_view,
             std::initializer_list<base::LogField>) override {
    ++lines;
  }
  std::atomic<std::size_t> lines = 0;
};

TEST(ChildOutput, stops_one_that_writes_without_end) {
  LineCount log;
  const base::ManualClock clock;
  const auto child = Child::start({.component = "yes",
                                   .program = "/bin/sh",
                                   .arguments = {"-c", "exec yes"},
                                   .ready = [&] { return log.lines > 0; },
                                   .log = log,
                                   .clock = clock});
  ASSERT_TRUE(child);
  (*child)->stop(0);
  EXPECT_EQ((*child)->status().state, ChildState::stopped);
}

TEST_F(ChildTest, goes_on_where_the_child_closes_its_outputs) {
  const auto child =
      Child::start(shell("echo ready; exec sleep 1000 >/dev/null 2>/dev/null", "ready"));
  ASSERT_TRUE(child);
  (*child)->stop(0);
  EXPECT_EQ((*child)->status().state, ChildState::stopped);
}

TEST_F(ChildTest, dies_with_a_parent_that_is_killed) {
  ASSERT_EQ(prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
  const pid_t parent = fork();
  if (parent == 0) {
    const auto child = Child::start(shell("exec sleep 1000"));
    const int pid = child ? (*child)->status().pid : 0;
    if (write(ends[1], &pid, sizeof pid) < 0) _exit(1);
    while (true) pause();
  }
  int pid = 0;
  ASSERT_EQ(read(ends[0], &pid, sizeof pid), static_cast<ssize_t>(sizeof pid));
  ASSERT_GT(pid, 0);
  ASSERT_FALSE(gone(pid));
  kill(parent, SIGKILL);
  EXPECT_EQ(waitpid(parent, nullptr, 0), parent);
  int status = 0;
  EXPECT_EQ(waitpid(pid, &status, 0), pid);
  EXPECT_TRUE(WIFSIGNALED(status));
  close(ends[0]);
  close(ends[1]);
  prctl(PR_SET_CHILD_SUBREAPER, 0);
}

TEST(PortAccepts, tells_whether_something_listens) {
  std::uint16_t port = 0;
  const int listener = listen_silently(port);
  EXPECT_TRUE(port_accepts(port));
  close(listener);
  EXPECT_FALSE(port_accepts(port));
}

}  // namespace
}  // namespace weir::net
