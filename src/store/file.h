// File and folders: the system's calls as the store needs them, each failure with the path in it.
//
// A File owns its descriptor; reading and writing give the place, so that threads may share one.
// Errors: missing where a file to be opened is not there, io for all else.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::store::detail {

inline constexpr std::string_view kComponent = "store";  // in the log
// What the name of a file that was set aside ends with, and how many of them are kept.
inline constexpr std::string_view kDamagedEnding = ".damaged";
inline constexpr std::size_t kDamagedMax = 8;

class File {
 public:
  enum class Mode : std::uint8_t {
    read,
    write,   // an existing file, to read and write
    create,  // the same, made or emptied; only its owner may read it
    fresh,   // the same, made; one that is there is an error
    folder,
  };

  static base::Result<std::unique_ptr<File>> open(std::string path, Mode mode);
  ~File();
  File(const File&) = delete;
  File& operator=(const File&) = delete;

  const std::string& path() const { return path_; }
  base::Result<std::uint64_t> size() const;
  // How many bytes there were: fewer than asked for only at the file's end.
  base::Result<std::size_t> read_at(std::uint64_t position, std::span<char> into) const;
  base::Result<> write_at(std::uint64_t position, std::string_view bytes);
  base::Result<> truncate(std::uint64_t size);
  base::Result<> sync();  // the contents and the size; for a folder its names

 private:
  File(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}

  std::string path_;
  int descriptor_;
};

// With all folders above it; only their owner may enter those that are made, and their names
// survive a power cut.
base::Result<> make_folder(const std::string& path);
base::Result<> sync_folder(const std::string& path);
// Takes a file that is there from all but its owner.
base::Result<> make_private(const std::string& path);
bool others_may_enter(const std::string& folder);
// Names in a folder, sorted.
base::Result<std::vector<std::string>> list_folder(const std::string& path);
base::Result<> rename_file(const std::string& from, const std::string& to);
base::Result<> unlink_file(const std::string& path);  // one that is not there is no error
// Where another failure has left it, and one more would say nothing new.
void discard_file(const std::string& path);
base::Result<std::uint64_t> size_of_file(const std::string& path);
// Removes all of these files but those that were written or renamed last, and of two at one time
// that with the later name. Failures are for the next call.
void keep_newest(std::vector<std::string> paths, std::size_t kept);
bool file_exists(const std::string& path);
base::Result<std::string> read_file(const std::string& path);
// The folder a path lies in, "." where it names none.
std::string folder_of(const std::string& path);

}  // namespace weir::store::detail
