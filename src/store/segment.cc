// Segment files, byte by byte.
#include "store/segment.h"

#include <fmt/format.h>

#include <charconv>
#include <cstring>
#include <system_error>

#include "base/check.h"
#include "store/crc32c.h"
#include "store/varint.h"

namespace weir::store::detail {
namespace {

constexpr std::string_view kMagic = "WEIRLOG1";
constexpr std::size_t kNameDigits = 20;
constexpr std::string_view kEnding = ".log";
constexpr std::size_t kHeaderCrcAt = kBlockHeaderBytes - 4;

// Little-endian, as crc32c.cc demands of the machine.
template <class Integer>
void put(std::string& out, Integer value) {
  char bytes[sizeof value];
  std::memcpy(bytes, &value, sizeof value);
  out.append(bytes, sizeof value);
}

template <class Integer>
Integer take(std::string_view bytes, std::size_t at) {
  Integer value;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

}  // namespace

std::string write_segment_header(const SegmentHeader& header) {
  CHECK(header.id.size() == kIdBytes);
  std::string bytes(kMagic);
  bytes += header.id;
  put(bytes, header.first);
  put(bytes, crc32c(bytes));
  return bytes;
}

std::optional<SegmentHeader> read_segment_header(std::string_view bytes) {
  if (bytes.size() < kSegmentHeaderBytes || !bytes.starts_with(kMagic)) return std::nullopt;
  constexpr std::size_t kCrcAt = kSegmentHeaderBytes - 4;
  if (take<std::uint32_t>(bytes, kCrcAt) != crc32c(bytes.substr(0, kCrcAt))) return std::nullopt;
  return SegmentHeader{
      .id = std::string(bytes.substr(kMagic.size(), kIdBytes)),
      .first = take<std::uint64_t>(bytes, kMagic.size() + kIdBytes),
  };
}

std::string segment_name(std::uint64_t first) {
  return fmt::format("{:020}{}", first, kEnding);
}

std::optional<std::uint64_t> first_of_name(std::string_view name) {
  if (name.size() != kNameDigits + kEnding.size() || !name.ends_with(kEnding)) return std::nullopt;
  std::uint64_t first = 0;
  const char* end = name.data() + kNameDigits;
  const auto [stop, error] = std::from_chars(name.data(), end, first);
  if (error != std::errc() || stop != end || first > kOffsetMax) return std::nullopt;
  return first;
}

std::uint32_t seed_of(std::string_view id) {
  return crc32c(id);
}

std::optional<BlockHeader> read_block_header(std::string_view bytes, std::uint32_t seed) {
  if (bytes.size() < kBlockHeaderBytes || !bytes.starts_with(kBlockMarker)) return std::nullopt;
  if (take<std::uint32_t>(bytes, kHeaderCrcAt) != crc32c(bytes.substr(0, kHeaderCrcAt), seed)) {
    return std::nullopt;
  }
  const BlockHeader header{
      .size = take<std::uint32_t>(bytes, 4),
      .count = take<std::uint32_t>(bytes, 8),
      .first = take<std::uint64_t>(bytes, 12),
      .body_crc = take<std::uint32_t>(bytes, 20),
  };
  const bool plausible = header.size <= kBodyBytesMax && header.count > 0 &&
                         header.count <= header.size && header.first <= kOffsetMax - header.count;
  return plausible ? std::optional(header) : std::nullopt;
}

Block make_block(std::span<const std::string_view>& records, std::uint64_t first,
                 std::uint32_t seed) {
  CHECK(!records.empty());
  Block block{.first = first};
  std::size_t size = 0;
  while (block.count < records.size() && size < kBlockBytesAim) {
    const std::size_t bytes = records[block.count++].size();
    size += varint_bytes(bytes) + bytes;
  }
  CHECK(size <= kBodyBytesMax);

  std::string& out = block.bytes;
  out.reserve(kBlockHeaderBytes + size);
  out.append(kBlockHeaderBytes, '\0');
  for (const std::string_view record : records.first(block.count)) {
    append_varint(out, record.size());
    out += record;
  }
  records = records.subspan(block.count);

  std::string header(kBlockMarker);
  put(header, static_cast<std::uint32_t>(size));
  put(header, block.count);
  put(header, first);
  put(header, crc32c(std::string_view(out).substr(kBlockHeaderBytes)));
  put(header, crc32c(header, seed));
  out.replace(0, kBlockHeaderBytes, header);
  return block;
}

bool is_sound_body(std::string_view body, std::uint32_t count) {
  std::size_t at = 0;
  for (; count > 0; --count) {
    const auto size = take_varint(body, at);
    if (!size || *size > body.size() - at) return false;
    at += *size;
  }
  return at == body.size();
}

std::string_view record_at(std::string_view block, std::size_t& at) {
  const auto size = take_varint(block, at);
  CHECK(size && *size <= block.size() - at);
  const std::string_view record = block.substr(at, *size);
  at += *size;
  return record;
}

}  // namespace weir::store::detail
