// Asks the disk itself: nothing else tells that it is full before a record is lost, and that it has
// room again.
#include "node/health.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace weir::node {

base::Result<> check_writable(const std::string& data) {
  const std::string path = data + "/probe";
  const std::string bytes(kProbeBytes, '\0');
  int failure = 0;
  const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) {
    failure = errno;
  } else {
    const ssize_t written = ::write(file, bytes.data(), bytes.size());
    if (written < 0)
      failure = errno;
    else if (written < static_cast<ssize_t>(bytes.size()))
      failure = ENOSPC;
    ::close(file);
  }
  ::unlink(path.c_str());
  if (failure == 0) return {};
  return base::fail(base::Code::io,
                    "the data folder " + data + " cannot be written: " + base::errno_text(failure));
}

}  // namespace weir::node
