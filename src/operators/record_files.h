// RecordFiles: the files that file_output writes, shared by all lanes of a step.
//
// Thread-safe. A path's folders are made when it is first written. A file of records grows by whole
// records: what could not be written whole is taken back. What stands there when it is first
// written goes, unless another writes it, or is gone on with: then a torn last line is ended, and
// of CSV the header must be the same. A picture is there whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"
#include "flow/services.h"

namespace weir::operators {

// A path with {device}, {time} and {n} still in it.
class PathPattern {
 public:
  // Errors: an unknown name in braces, a brace without its other.
  static base::Result<PathPattern> parse(std::string_view text);

  bool has(std::string_view name) const;
  // Of a device's name what would leave the folder, or be hidden in it, is written %XX (hex).
  std::string path(std::string_view device, std::int64_t time_ns, std::uint64_t number) const;
  const std::string& text() const { return text_; }
  std::string fixed() const { return text_.substr(0, text_.find('{')); }  // what comes before them

 private:
  std::string text_;
};

class RecordFiles {
 public:
  // Of records, open at one time; the one that was not written for longest is closed for another.
  static constexpr std::size_t kFilesMax = 256;
  static constexpr std::size_t kPathsMax = 100'000;  // of files of records, ever

  explicit RecordFiles(flow::FilesThere there) : there_(there) {}
  ~RecordFiles();
  RecordFiles(const RecordFiles&) = delete;
  RecordFiles& operator=(const RecordFiles&) = delete;

  // Appends to the file; `header` is its beginning.
  base::Result<> append(const std::string& path, std::string_view header, std::string_view text);
  // In the place of what the path holds.
  base::Result<> write_newest(const std::string& path, std::string_view bytes);
  // To the pattern's path with the next number: counted from 1 for all devices that the pattern
  // does not tell apart, and past the files that are there and stay.
  base::Result<> write_numbered(const PathPattern& pattern, std::string_view device,
                                std::int64_t time_ns, std::string_view bytes);

 private:
  struct Open {
    int file = -1;
    std::uint64_t used = 0;
  };
  base::Result<int> open(const std::string& path, std::string_view header);
  base::Result<> begin(int file, const std::string& path, std::string_view header) const;
  void close_oldest();
  base::Result<> write_whole(const std::string& path, std::string_view bytes);

  const flow::FilesThere there_;
  std::mutex mutex_;
  std::map<std::string, Open, std::less<>> open_;
  std::set<std::string, std::less<>> begun_;
  std::uint64_t uses_ = 0;
  std::map<std::string, std::uint64_t> numbers_;  // the last one, by the path without it
};

// Makes the folders of a path.
base::Result<> make_folders(const std::string& path);

}  // namespace weir::operators
