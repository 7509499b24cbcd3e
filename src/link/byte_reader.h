// ByteReader: the primitives of docs/formats/uplink.md, read from bytes nobody vouches for; and the
// functions that write them.
//
// Views into the bytes, which outlive what it returns. Every read past the end is Code::corrupt.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "store/varint.h"

namespace weir::link {

using store::append_varint;
// Little endian, the lowest `bytes` of it.
void append_fixed(std::string& out, std::uint64_t value, std::size_t bytes);
// A varint of the size, then the bytes.
void append_text(std::string& out, std::string_view text);

class ByteReader {
 public:
  explicit ByteReader(std::string_view bytes) : bytes_(bytes) {}

  // Each value has one form: a varint with needless bytes is refused.
  base::Result<std::uint64_t> varint();
  base::Result<std::uint64_t> fixed(std::size_t bytes);
  base::Result<std::string_view> text();
  std::size_t left() const { return bytes_.size(); }
  bool at_end() const { return bytes_.empty(); }

 private:
  std::string_view bytes_;
};

}  // namespace weir::link
