// Starting and reaping a program.
#include "net/process.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace weir::net {

using base::Code;
using base::fail;
using base::Result;

namespace {

// What the child needs between fork and exec, made before: there only what is async-signal-safe may
// be called (POSIX fork).
struct Launch {
  const char* program;
  char* const* arguments;
  rlimit descriptors;
  pid_t parent;
  int input, output, failure;
};

[[noreturn]] void become(const Launch& launch) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != launch.parent) _exit(127);  // it died before the kernel knew our wish
  setsid();
  for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  pthread_sigmask(SIG_SETMASK, &none, nullptr);
  setrlimit(RLIMIT_NOFILE, &launch.descriptors);
  dup2(launch.input, STDIN_FILENO);
  dup2(launch.output, STDOUT_FILENO);
  dup2(launch.output, STDERR_FILENO);
  if (close_range(3, ~0U, CLOSE_RANGE_CLOEXEC) == 0) execv(launch.program, launch.arguments);
  const int error = errno;
  // The other end may be gone; there is nobody else to tell.
  if (write(launch.failure, &error, sizeof error) < 0) _exit(126);
  _exit(127);
}

rlimit limit_of(std::uint64_t descriptors_max) {
  rlimit limit{};
  getrlimit(RLIMIT_NOFILE, &limit);
  if (descriptors_max != 0) limit.rlim_cur = std::min<rlim_t>(descriptors_max, limit.rlim_max);
  return limit;
}

struct Pipe {
  Descriptor read, write;
};

Result<Pipe> make_pipe() {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return fail(Code::io, "no pipe: " + base::errno_text(errno));
  return Pipe{Descriptor(ends[0]), Descriptor(ends[1])};
}

}  // namespace

Result<Process> Process::start(const Program& program) {
  std::vector<char*> words = {const_cast<char*>(program.path.c_str())};
  for (const std::string& argument : program.arguments) {
    words.push_back(const_cast<char*>(argument.c_str()));
  }
  words.push_back(nullptr);
  TRY(Pipe output, make_pipe());
  TRY(Pipe failure, make_pipe());
  const Descriptor input(open("/dev/null", O_RDONLY | O_CLOEXEC));
  if (input.number() < 0)
    return fail(Code::io, "cannot open /dev/null: " + base::errno_text(errno));
  fcntl(output.read.number(), F_SETFL, O_NONBLOCK);

  const Launch launch{.program = program.path.c_str(),
                      .arguments = words.data(),
                      .descriptors = limit_of(program.descriptors_max),
                      .parent = getpid(),
                      .input = input.number(),
                      .output = output.write.number(),
                      .failure = failure.write.number()};
  const pid_t pid = fork();
  if (pid == 0) become(launch);
  if (pid < 0) {
    return fail(Code::io,
                fmt::format("cannot start {}: {}", program.path, base::errno_text(errno)));
  }
  failure.write = Descriptor();
  output.write = Descriptor();
  int error = 0;
  ssize_t got = 0;
  do {
    got = read(failure.read.number(), &error, sizeof error);
  } while (got < 0 && errno == EINTR);
  if (got == sizeof error) {
    waitpid(pid, nullptr, 0);
    return fail(error == ENOENT ? Code::missing : Code::io,
                fmt::format("cannot start {}: {}, expected a program that may be run", program.path,
                            base::errno_text(error)));
  }
  Process process;
  process.pid_ = pid;
  process.output_ = std::move(output.read);
  process.end_ = Descriptor(static_cast<int>(syscall(SYS_pidfd_open, pid, 0)));
  if (process.end_.number() < 0) {
    const int why = errno;
    kill(pid, SIGKILL);
    waitpid(pid, nullptr, 0);
    return fail(Code::io, fmt::format("cannot watch {}: {}", program.path, base::errno_text(why)));
  }
  return process;
}

void Process::signal(int number) const {
  kill(pid_, number);
}

std::size_t Process::read_output(char* bytes, std::size_t size) {
  const ssize_t got = read(output_.number(), bytes, size);
  if (got == 0) output_ = Descriptor();
  return got > 0 ? static_cast<std::size_t>(got) : 0;
}

bool Process::ended() const {
  pollfd watched = {end_.number(), POLLIN, 0};
  return poll(&watched, 1, 0) > 0;
}

std::string Process::reap() {
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  if (WIFSIGNALED(status)) return fmt::format("was ended by signal {}", WTERMSIG(status));
  return fmt::format("ended with exit code {}", WEXITSTATUS(status));
}

}  // namespace weir::net
