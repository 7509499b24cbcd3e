// LEB128.
#include "store/varint.h"

namespace weir::store {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr unsigned kVarintBytesMax = 10;  // 64 bits, seven a byte

}  // namespace

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out += static_cast<char>(0x80 | (value & 0x7f));
  out += static_cast<char>(value);
}

std::size_t varint_bytes(std::uint64_t value) {
  std::size_t bytes = 1;
  for (; value >= 0x80; value >>= 7) ++bytes;
  return bytes;
}

Result<std::uint64_t> take_varint(std::string_view bytes, std::size_t& at) {
  std::uint64_t value = 0;
  for (unsigned i = 0; i < kVarintBytesMax; ++i) {
    if (at + i >= bytes.size()) return fail(Code::corrupt, "a number cut off");
    const auto byte = static_cast<std::uint8_t>(bytes[at + i]);
    if (i + 1 == kVarintBytesMax && byte > 1) break;  // beyond 64 bits
    value |= static_cast<std::uint64_t>(byte & 0x7f) << (7 * i);
    if ((byte & 0x80) != 0) continue;
    if (byte == 0 && i > 0) break;
    at += i + 1;
    return value;
  }
  return fail(Code::corrupt, "a number that is too long");
}

}  // namespace weir::store
