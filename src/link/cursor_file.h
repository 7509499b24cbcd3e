// CursorFile: up to which offset of which log the hub has committed, kept across restarts.
//
// `sync` is thread-safe, all else belongs to one thread. Written in place with one call, which
// survives a SIGKILL. An older cursor, or none, after a power cut only means that records are sent
// again, so that it need be synced only before they go from the log.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::link {

class CursorFile {
 public:
  // Makes the file where it is not there. Errors: io.
  static base::Result<std::unique_ptr<CursorFile>> open(const std::string& path);
  // Which log the file is of; empty where it is not there, or damaged.
  static std::string log_of(const std::string& path);
  ~CursorFile();
  CursorFile(const CursorFile&) = delete;
  CursorFile& operator=(const CursorFile&) = delete;

  // Nothing where it is of another log, or damaged.
  base::Result<std::optional<std::uint64_t>> read(std::string_view log) const;
  base::Result<> write(std::string_view log, std::uint64_t offset);
  base::Result<> sync();  // what was written survives a power cut

 private:
  CursorFile(std::string path, int descriptor) : path_(std::move(path)), descriptor_(descriptor) {}
  std::string path_;
  int descriptor_;
};

}  // namespace weir::link
