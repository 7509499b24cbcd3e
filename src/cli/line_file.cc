// Lines to a file or standard output.
#include "cli/line_file.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

namespace weir::cli {
namespace {

constexpr mode_t kMode = 0644;

std::unexpected<base::Error> cannot_write(const std::string& path) {
  return base::fail(base::Code::io, "cannot write " + path + ": " + base::errno_text(errno));
}

bool is_pipe(const std::string& path) {
  struct stat found = {};
  return stat(path.c_str(), &found) == 0 && S_ISFIFO(found.st_mode);
}

bool is_regular(int file) {
  struct stat found = {};
  return fstat(file, &found) == 0 && S_ISREG(found.st_mode);
}

void wait_until_writable(int file) {
  pollfd waited = {.fd = file, .events = POLLOUT, .revents = 0};
  poll(&waited, 1, -1);
}

}  // namespace

LineFile::LineFile() : path_("standard output"), file_(STDOUT_FILENO), begun_(true) {
  regular_ = is_regular(file_);
}

LineFile::LineFile(std::string path, int file)
    : path_(std::move(path)), file_(file), regular_(is_regular(file)) {}

base::Result<std::unique_ptr<LineFile>> LineFile::open(const std::string& path,
                                                       const std::function<bool()>& give_up) {
  for (;;) {
    // Non-blocking, since open would wait for a pipe's reader, deaf to signals.
    const int file =
        ::open(path.c_str(), O_WRONLY | O_CREAT | O_NONBLOCK | O_CLOEXEC | O_NOCTTY, kMode);
    if (file >= 0) return std::unique_ptr<LineFile>(new LineFile(path, file));
    if (errno != ENXIO || !is_pipe(path)) return cannot_write(path);
    if (give_up()) return base::fail(base::Code::io, "nobody reads the pipe " + path);
  }
}

LineFile::~LineFile() {
  if (file_ != STDOUT_FILENO) close(file_);
}

base::Result<> LineFile::begin() {
  const std::lock_guard lock(mutex_);
  return begin_once();
}

base::Result<> LineFile::begin_once() {
  if (!begun_ && regular_) {
    if (flock(file_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
      return base::fail(base::Code::conflict,
                        path_ + " is being read or written by another step or program");
    }
    if (ftruncate(file_, 0) != 0) return cannot_write(path_);
  }
  begun_ = true;
  return {};
}

base::Result<> LineFile::write(std::string_view lines) {
  const std::lock_guard lock(mutex_);
  TRY_DO(begin_once());
  std::size_t written = 0;
  while (written < lines.size()) {
    const ssize_t count = ::write(file_, lines.data() + written, lines.size() - written);
    if (count >= 0) {
      written += static_cast<std::size_t>(count);
    } else if (errno == EAGAIN) {
      wait_until_writable(file_);
    } else if (errno != EINTR) {
      const auto error = cannot_write(path_);
      if (regular_ && written > 0) take_back(written);
      return error;
    }
  }
  return {};
}

// The `bytes` written last, where nobody else has written behind them.
void LineFile::take_back(std::size_t bytes) {
  const off_t end = lseek(file_, 0, SEEK_CUR);
  const off_t whole = end - static_cast<off_t>(bytes);
  struct stat found = {};
  if (whole < 0 || fstat(file_, &found) != 0 || found.st_size != end) return;
  if (ftruncate(file_, whole) == 0) lseek(file_, whole, SEEK_SET);
}

}  // namespace weir::cli
