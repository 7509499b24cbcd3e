// ClassLog: the log of one class on the node, with its cursor and the pictures its records need.
//
// `append` is thread-safe; all else belongs to the uplink's thread, except where it says otherwise.
// What is given outlives it.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "link/cursor_file.h"
#include "link/message.h"
#include "link/pictures.h"
#include "store/log.h"

namespace weir::link {

class ClassLog {
 public:
  struct Options {
    std::string folder;
    Class of = Class::alert;
    std::uint64_t segment_bytes = 0, quota_bytes = 0;
    Pictures& pictures;
    base::Log& log;
    const base::Clock& clock;
  };

  // Reads what waits once, to know which pictures it needs; a place that cannot be read is passed
  // over, and left to whoever reads the log. Errors: io.
  static base::Result<std::unique_ptr<ClassLog>> open(Options options);

  store::Log& log() { return *log_; }
  std::uint64_t cursor() const { return cursor_; }  // any thread
  // Else `open` could not read all that waits: a picture that seems not to be needed may be.
  bool all_pictures_known() const { return all_pictures_known_; }
  std::uint64_t dropped() const { return dropped_; }  // records that went unsent; any thread

  // Appends encoded records, all or none; where there is a picture it is the last one's. At the
  // quota, results and bulk lose their oldest segment. Errors: limit, io.
  base::Result<> append(std::span<const std::string_view> records, const std::string& picture);

  // Drops the oldest segment for lack of room. False: there is nothing to drop. Any thread.
  bool drop_oldest();

  // All before `offset` is committed, and let go; but no segment goes while the disk does not keep
  // the cursor. Errors: io.
  base::Result<> move_cursor(std::uint64_t offset);

  // Records from `first` to before `end` turned out not to be there any more. How many of them had
  // not been counted.
  std::uint64_t count_lost(std::uint64_t first, std::uint64_t end);

 private:
  explicit ClassLog(Options options) : options_(options) {}
  base::Result<> load();
  void find_pictures();
  base::Result<> keep_cursor(std::uint64_t offset);
  bool drop_oldest_locked();
  std::uint64_t count_lost_locked(std::uint64_t first, std::uint64_t end);

  const Options options_;
  std::unique_ptr<store::Log> log_;
  std::unique_ptr<CursorFile> cursor_file_;
  std::atomic<std::uint64_t> cursor_ = 0;

  bool all_pictures_known_ = false;

  std::mutex append_mutex_;  // orders offsets in `pictures`
  std::mutex lost_mutex_;
  std::uint64_t lost_before_ = 0;  // before this offset all is committed, or counted as lost
  std::atomic<std::uint64_t> dropped_ = 0;
};

}  // namespace weir::link
