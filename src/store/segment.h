// The format of a log's segment files: docs/formats/log.md is its grammar.
//
// Values and pure functions, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "store/log.h"

namespace weir::store::detail {

constexpr std::size_t kIdBytes = 16;
constexpr std::size_t kSegmentHeaderBytes = 36;
constexpr std::size_t kBlockHeaderBytes = 28;
constexpr std::string_view kBlockMarker = "WBLK";
// A block of several records is closed when its body has so many bytes.
constexpr std::size_t kBlockBytesAim = 64 * 1024;
constexpr std::size_t kSizeBytesMax = 5;  // of a record's size before it
constexpr std::size_t kBodyBytesMax = kBlockBytesAim + kSizeBytesMax + Log::kRecordBytesMax;
constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 62;

struct SegmentHeader {
  std::string id;  // kIdBytes
  std::uint64_t first = 0;
};
std::string write_segment_header(const SegmentHeader& header);
std::optional<SegmentHeader> read_segment_header(std::string_view bytes);

// The name of the segment that begins at an offset, and back.
std::string segment_name(std::uint64_t first);
std::optional<std::uint64_t> first_of_name(std::string_view name);

// What the checksum of each block of a log begins with.
std::uint32_t seed_of(std::string_view id);

struct BlockHeader {
  std::uint32_t size = 0, count = 0;  // bytes of the body, records in it
  std::uint64_t first = 0;            // offset of the first record
  std::uint32_t body_crc = 0;
};
std::optional<BlockHeader> read_block_header(std::string_view bytes, std::uint32_t seed);

// Where in a segment file a block lies, and its bytes.
struct Block {
  std::uint64_t first = 0;
  std::uint32_t count = 0;
  std::uint64_t segment = 0, position = 0;
  std::string bytes = {};  // header and body

  std::uint64_t end() const { return first + count; }
  std::uint64_t end_position() const { return position + bytes.size(); }
};
// As many of the records, from the front, as one block takes; removes them from `records`. Sizes
// within kRecordBytesMax, at least one record.
Block make_block(std::span<const std::string_view>& records, std::uint64_t first,
                 std::uint32_t seed);
// Whether `count` records fill the body exactly.
bool is_sound_body(std::string_view body, std::uint32_t count);
// The record at `at` of a sound block's bytes; moves `at` behind it.
std::string_view record_at(std::string_view block, std::size_t& at);

}  // namespace weir::store::detail
