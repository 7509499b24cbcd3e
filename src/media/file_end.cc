// libavformat reads a file that lacks its end as one that ends there; its index knows better.
#include "media/file_end.h"

extern "C" {
#include <libavformat/avformat.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>
#include <cstdio>
#include <limits>
#include <optional>
#include <string_view>

namespace weir::media {

namespace {

// RFC 8794, clauses 4 and 5: an element's size, 1 to 8 bytes, the length in the first one's leading
// zeros; all ones where it is not known. Moves `at` behind it; empty where there is none.
std::optional<std::uint64_t> take_size(std::string_view bytes, std::size_t& at) {
  if (at >= bytes.size() || bytes[at] == 0) return std::nullopt;
  const auto first = static_cast<std::uint8_t>(bytes[at]);
  const auto length = static_cast<std::size_t>(std::countl_zero(first)) + 1;
  if (at + length > bytes.size()) return std::nullopt;
  std::uint64_t size = first & (0xFFU >> length);
  for (std::size_t i = 1; i < length; ++i)
    size = size << 8 | static_cast<std::uint8_t>(bytes[at + i]);
  at += length;
  const bool known = size != (std::uint64_t{1} << (7 * length)) - 1;
  return known ? std::optional(size) : std::nullopt;
}

// Where the segment of a Matroska file ends (RFC 9559, clause 5.1), by its beginning; 0 where it
// does not say.
std::uint64_t segment_end(std::string_view bytes) {
  constexpr std::string_view kHeaderId = "\x1A\x45\xDF\xA3";
  constexpr std::string_view kSegmentId = "\x18\x53\x80\x67";
  if (!bytes.starts_with(kHeaderId)) return 0;
  std::size_t at = kHeaderId.size();
  const auto header = take_size(bytes, at);
  if (!header || *header > bytes.size() - at) return 0;
  at += *header;
  if (!bytes.substr(at).starts_with(kSegmentId)) return 0;
  at += kSegmentId.size();
  const auto segment = take_size(bytes, at);
  return segment ? at + *segment : 0;
}

std::string beginning_of(const std::string& path) {
  constexpr std::size_t kBeginningBytes = 4'096;
  std::string bytes(kBeginningBytes, '\0');
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return "";
  bytes.resize(std::fread(bytes.data(), 1, bytes.size(), file));
  std::fclose(file);
  return bytes;
}

// Packets of MPEG-TS alone, with a time before each (M2TS), with a checksum behind each.
bool ends_within_a_packet(std::int64_t size) {
  constexpr std::array<std::int64_t, 3> kPacketBytes = {188, 192, 204};
  return std::ranges::all_of(kPacketBytes,
                             [size](std::int64_t bytes) { return size % bytes != 0; });
}

std::int64_t pictures_end(AVFormatContext& file) {
  std::int64_t end = 0;
  for (unsigned i = 0; i < file.nb_streams; ++i) {
    AVStream* stream = file.streams[i];
    const int count = avformat_index_get_entries_count(stream);
    for (int k = 0; k < count; ++k) {
      const AVIndexEntry* entry = avformat_index_get_entry(stream, k);
      const std::int64_t bytes = entry->size;
      if (entry->pos < 0 || bytes < 0 ||
          entry->pos > std::numeric_limits<std::int64_t>::max() - bytes) {
        continue;  // noise
      }
      end = std::max(end, entry->pos + bytes);
    }
  }
  return end;
}

}  // namespace

std::string missing_end(AVFormatContext& file, const std::string& path) {
  const std::int64_t size = file.pb == nullptr ? -1 : avio_size(file.pb);
  if (size < 0) return "";
  if (const std::int64_t end = pictures_end(file); end > size)
    return fmt::format("its pictures reach to byte {}, the file has only {}", end, size);
  const std::string_view format = file.iformat->name;
  if (format.starts_with("matroska")) {
    const std::uint64_t end = segment_end(beginning_of(path));
    if (end > static_cast<std::uint64_t>(size))
      return fmt::format("its segment reaches to byte {}, the file has only {}", end, size);
  }
  if (format == "mpegts" && ends_within_a_packet(size))
    return fmt::format("its {} bytes end within a packet", size);
  return "";
}

}  // namespace weir::media
