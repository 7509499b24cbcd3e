// LineBuffer: bytes as they come, given out in lines.
//
// Belongs to one thread. Holds the bytes from the current place (or from the mark, where one is
// set) to the last one read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/records.h"

namespace weir::data {

class LineBuffer {
 public:
  static constexpr std::size_t kNoEnd = static_cast<std::size_t>(-1);

  explicit LineBuffer(ReadBytes read) : read_(std::move(read)) {}

  // Reads until a line's end lies at or after `from`; returns the offset after it, the offset of
  // the end where no line's end comes any more (0: nothing is left), or kNoEnd where there is none
  // within kLineBytesMax. Offsets count from the current place.
  base::Result<std::size_t> find_end(std::size_t from);
  // What is there from the current place on; at least kJsonPadding readable bytes follow. Valid
  // until the next call that is not const.
  std::string_view ahead() const { return {buffer_.data() + at_, size_ - at_}; }
  std::uint64_t line() const { return line_; }  // of the current place, from 1
  void consume(std::size_t bytes);
  // Goes behind the next line's end without holding what comes before it.
  base::Result<> skip_line();

  // From now on nothing is forgotten, until `return_to_mark` goes back to here.
  void mark();
  void return_to_mark();

 private:
  static constexpr std::size_t kChunkBytes = 64 * 1024;

  base::Result<bool> read_more();

  ReadBytes read_;
  std::vector<char> buffer_;
  std::size_t at_ = 0, size_ = 0;
  std::uint64_t line_ = 1;
  std::size_t mark_ = kNoEnd;
  std::uint64_t mark_line_ = 1;
  bool ended_ = false;
};

// A text without its line's end (LF or CRLF).
std::string_view without_end(std::string_view line);

}  // namespace weir::data
