// What the store's tests share: a folder of their own, its files, a log in it and all its records.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "store/file.h"
#include "store/log.h"

namespace weir::store::testing {

// Empty, and gone with all that is in it.
class TestFolder {
 public:
  TestFolder();
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

// A log's folder, and the log where it is open.
struct TestLog {
  explicit TestLog(std::string folder_path, std::uint64_t segment_bytes = 4096,
                   std::uint64_t quota_bytes = 1 << 20)
      : folder(std::move(folder_path)), segment(segment_bytes), quota(quota_bytes) {}

  Log& open();  // also once more

  std::string folder;
  std::uint64_t segment, quota;
  base::MemoryLog lines;
  base::ManualClock clock;
  std::unique_ptr<Log> log;
};

// All there is from `from` on.
std::vector<Log::Record> records(Log& log, std::uint64_t from = 0);

}  // namespace weir::store::testing
