// SyncWatch: a test that sees what is synced, and says which syncs fail.
//
// It stands in fdatasync's place in a program that includes this.
#pragma once

#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <climits>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

namespace weir::store::testing {

// One at a time of a kind of call; what `ask` uses outlives all that calls.
template <class... More>
class DiskWatch {
 public:
  // Of the file or folder of a call that is about to be made, on the thread that makes it; 0, or
  // the error. `More` is what else is known of the call.
  using Ask = std::function<int(const std::string& path, More...)>;

  explicit DiskWatch(Ask ask) { set(std::make_shared<const Ask>(std::move(ask))); }
  ~DiskWatch() { set(nullptr); }
  DiskWatch(const DiskWatch&) = delete;
  DiskWatch& operator=(const DiskWatch&) = delete;

  // What it is to fail with: 0, nothing.
  static int error_of(int descriptor, More... more) {
    const std::shared_ptr<const Ask> ask = get();
    if (ask == nullptr) return 0;
    char path[PATH_MAX];
    const std::string link = "/proc/self/fd/" + std::to_string(descriptor);
    const ssize_t size = ::readlink(link.c_str(), path, sizeof path);
    return size < 0 ? 0 : (*ask)(std::string(path, static_cast<std::size_t>(size)), more...);
  }

 private:
  static std::shared_ptr<const Ask> get() {
    const std::lock_guard lock(mutex_);
    return ask_;
  }
  static void set(std::shared_ptr<const Ask> ask) {
    const std::lock_guard lock(mutex_);
    ask_ = std::move(ask);
  }

  static inline std::mutex mutex_;
  static inline std::shared_ptr<const Ask> ask_;
};

using SyncWatch = DiskWatch<>;

}  // namespace weir::store::testing

extern "C" [[gnu::used]] inline int fdatasync(int descriptor) {
  const int error = weir::store::testing::SyncWatch::error_of(descriptor);
  if (error == 0) return static_cast<int>(::syscall(SYS_fdatasync, descriptor));
  errno = error;
  return -1;
}
