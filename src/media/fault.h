// Faults: what libavformat's error numbers mean to the person who gave a file or a camera; for
// Demuxer alone.
//
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace weir::media {

enum class SourceKind : std::uint8_t { file, camera };

// What was opened, as messages show it.
struct SourceName {
  SourceKind kind = SourceKind::file;
  std::string text;  // without user and password
  enum class Login : std::uint8_t { anonymous, given } login = Login::anonymous;
};

// `waited_ns` is the deadline, for AVERROR_EXIT, which stands for it having passed.
base::Error open_fault(const SourceName& name, int error, std::int64_t waited_ns);
// The end of a whole file is Code::ended.
base::Error read_fault(const SourceName& name, int error, std::int64_t waited_ns);

}  // namespace weir::media
