// Fixed numbers and texts.
#include "link/byte_reader.h"

namespace weir::link {

using base::Code;
using base::fail;
using base::Result;

void append_fixed(std::string& out, std::uint64_t value, std::size_t bytes) {
  for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>((value >> (8 * i)) & 0xff);
}

void append_text(std::string& out, std::string_view text) {
  append_varint(out, text.size());
  out += text;
}

Result<std::uint64_t> ByteReader::varint() {
  std::size_t size = 0;
  TRY(const std::uint64_t value, store::take_varint(bytes_, size));
  bytes_.remove_prefix(size);
  return value;
}

Result<std::uint64_t> ByteReader::fixed(std::size_t bytes) {
  if (bytes_.size() < bytes) return fail(Code::corrupt, "a number cut off");
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < bytes; ++i)
    value |= static_cast<std::uint64_t>(static_cast<std::uint8_t>(bytes_[i])) << (8 * i);
  bytes_.remove_prefix(bytes);
  return value;
}

Result<std::string_view> ByteReader::text() {
  TRY(const std::uint64_t size, varint());
  if (size > bytes_.size()) return fail(Code::corrupt, "a text cut off");
  const std::string_view text = bytes_.substr(0, size);
  bytes_.remove_prefix(size);
  return text;
}

}  // namespace weir::link
