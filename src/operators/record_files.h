// RecordFiles: the files that file_output writes, shared by all lanes of a step.
//
// Thread-safe. A path's folders are made when it is first written. A file of records is begun anew
// when it is first written and then grows by whole records: what could not be written whole is
// taken back. A picture is there whole or not at all.
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::operators {

// A path with {device}, {time} and {n} still in it.
class PathPattern {
 public:
  // Errors: an unknown name in braces, a brace without its other.
  static base::Result<PathPattern> parse(std::string_view text);

  bool has(std::string_view name) const;
  // A device's name that would leave the folder, or be hidden in it, is made plain.
  std::string path(std::string_view device, std::int64_t time_ns, std::uint64_t number) const;
  const std::string& text() const { return text_; }

 private:
  std::string text_;
};

class RecordFiles {
 public:
  static constexpr std::size_t kFilesMax = 256;  // of records, open at one time

  RecordFiles() = default;
  ~RecordFiles();
  RecordFiles(const RecordFiles&) = delete;
  RecordFiles& operator=(const RecordFiles&) = delete;

  // Appends to the file; `header` goes before the first text.
  base::Result<> append(const std::string& path, std::string_view header, std::string_view text);
  base::Result<> write_whole(const std::string& path, std::string_view bytes);
  // Counts from 1 for each device.
  std::uint64_t next_number(std::uint32_t device);

 private:
  struct Open {
    int file = -1;
    std::int64_t bytes = 0;
  };
  base::Result<Open*> open(const std::string& path);

  std::mutex mutex_;
  std::map<std::string, Open, std::less<>> open_;
  std::map<std::uint32_t, std::uint64_t> numbers_;
};

// Makes the folders of a path, as far as it holds no pattern.
base::Result<> make_folders(const std::string& path);

}  // namespace weir::operators
