// What the store's tests share: a folder of their own, its files, a log in it and all its records.
#pragma once

#include <sys/mman.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "store/file.h"
#include "store/log.h"

namespace weir::store::testing {

// Empty, and gone with all that is in it. In memory, where the system has a file system there, for
// tests of many rounds: what a kill or a cut leaves is the same, and syncs do not wait for a disk.
class TestFolder {
 public:
  enum class Where : std::uint8_t { disk, memory };

  explicit TestFolder(Where where = Where::disk);
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

std::string read(const std::string& path);
void write(const std::string& path, std::string_view bytes);
// Names that end so, sorted.
std::vector<std::string> names(const std::string& folder, std::string_view ending);
// A file system in memory, of so many bytes, where it may be mounted.
class SmallDisk {
 public:
  explicit SmallDisk(std::uint64_t bytes);
  ~SmallDisk();
  SmallDisk(const SmallDisk&) = delete;
  SmallDisk& operator=(const SmallDisk&) = delete;

  const std::string& path() const { return folder_.path(); }
  const std::string& why_not() const { return why_not_; }  // it is not there; else empty
  // Leaves so many bytes free.
  void fill(std::uint64_t free);
  void empty();

 private:
  TestFolder folder_;
  std::string why_not_;
};

// What a process tells, in memory that outlives it.
template <class Told>
class SharedMemory {
 public:
  SharedMemory() : told_(new(memory()) Told) {}
  ~SharedMemory() { ::munmap(told_, sizeof(Told)); }
  SharedMemory(const SharedMemory&) = delete;
  SharedMemory& operator=(const SharedMemory&) = delete;
  Told* operator->() { return told_; }

 private:
  static void* memory() {
    constexpr int kFlags = MAP_SHARED | MAP_ANONYMOUS;
    void* memory = ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, kFlags, -1, 0);
    CHECK(memory != MAP_FAILED);
    return memory;
  }

  Told* told_;
};

// Runs `work` in a process of its own until SIGKILL comes, wherever it is by then: when it has
// worked for `cpu_ns`, of which only the kernel's clock tick keeps count. False where it ended
// before.
bool run_until_killed(std::int64_t cpu_ns, const std::function<void()>& work);

// A log's folder, and the log where it is open.
struct TestLog {
  explicit TestLog(std::string folder_path, std::uint64_t segment_bytes = 4096,
                   std::uint64_t quota_bytes = 1 << 20)
      : folder(std::move(folder_path)), segment(segment_bytes), quota(quota_bytes) {}

  Log& open();  // also once more

  std::string folder;
  std::uint64_t segment, quota;
  std::string known_id = {};
  base::MemoryLog lines;
  base::ManualClock clock;
  std::unique_ptr<Log> log;
};

// All there is from `from` on.
std::vector<Log::Record> records(Log& log, std::uint64_t from = 0);

}  // namespace weir::store::testing
