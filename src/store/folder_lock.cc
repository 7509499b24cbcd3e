// One process at a time in a folder.
#include "store/folder_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "store/file.h"

namespace weir::store {

base::Result<FolderLock> FolderLock::take(const std::string& folder) {
  TRY_DO(detail::make_folder(folder));
  const std::string path = folder + "/lock";
  const int file = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (file < 0) {
    return base::fail(base::Code::io, "cannot open " + path + ": " + base::errno_text(errno));
  }
  FolderLock lock(file);
  if (::flock(file, LOCK_EX | LOCK_NB) != 0) {
    return base::fail(base::Code::conflict,
                      "the folder " + folder + " is in use by another process, expected one alone");
  }
  return lock;
}

FolderLock::FolderLock(FolderLock&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

FolderLock& FolderLock::operator=(FolderLock&& other) noexcept {
  std::swap(file_, other.file_);
  return *this;
}

FolderLock::~FolderLock() {
  if (file_ >= 0) ::close(file_);
}

}  // namespace weir::store
