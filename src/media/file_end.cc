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

// What there is of the `count` bytes from `at` on.
std::string bytes_at(const std::string& path, std::int64_t at, std::size_t count) {
  std::string bytes(count, '\0');
  std::FILE* const file = std::fopen(path.c_str(), "rbe");
  if (file == nullptr) return "";
  const bool there = at >= 0 && fseeko(file, at, SEEK_SET) == 0;
  bytes.resize(there ? std::fread(bytes.data(), 1, bytes.size(), file) : 0);
  std::fclose(file);
  return bytes;
}

constexpr std::size_t kBeginningBytes = 4'096;

std::string beginning_of(const std::string& path) {
  return bytes_at(path, 0, kBeginningBytes);
}

std::uint64_t big_endian(std::string_view bytes) {
  std::uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<std::uint8_t>(byte);
  return value;
}

// Where the last RIFF chunk of an AVI file ends that the file at least begins; behind the first,
// OpenDML AVI 1.02 has more of the form AVIX. 0 where it does not say.
std::int64_t chunks_end(const std::string& path, std::int64_t size) {
  constexpr int kChunksMax = 1'024;  // of about 1 GB each
  constexpr std::size_t kHeaderBytes = 12;
  std::int64_t at = 0;
  for (int i = 0; i < kChunksMax; ++i) {
    const std::string header = bytes_at(path, at, kHeaderBytes);
    if (header.size() < kHeaderBytes || !header.starts_with("RIFF")) break;
    if (!header.ends_with(i == 0 ? "AVI " : "AVIX")) break;
    std::string length_bytes = header.substr(4, 4);
    std::ranges::reverse(length_bytes);  // little endian
    const auto length = static_cast<std::int64_t>(big_endian(length_bytes));
    if (length == 0 || length == 0xFFFF'FFFF) break;  // never filled in
    if (length == size - at) break;                   // some count the 8 bytes before it, too
    const std::int64_t end = at + 8 + length;
    if (end > size) return end;
    at = end + end % 2;
  }
  return 0;
}

// Adobe FLV 10.1, annex E: script data may tell the file's size, and each tag is followed by its
// own.
std::string missing_end_of_flv(const std::string& path, std::int64_t size) {
  using namespace std::string_view_literals;
  constexpr auto kFileSize =
      "\0\x08"
      "filesize\0"sv;  // the name of a number, a double
  constexpr double kSizeMax = 1e15;
  const std::string beginning = beginning_of(path);
  if (const std::size_t at = beginning.find(kFileSize); at != std::string::npos) {
    const std::string number = beginning.substr(at + kFileSize.size(), sizeof(double));
    const auto told = std::bit_cast<double>(big_endian(number));
    if (number.size() == sizeof(double) && told > static_cast<double>(size) && told < kSizeMax)
      return fmt::format("its metadata tells of {} bytes, the file has only {}", told, size);
  }
  constexpr std::int64_t kTagHeaderBytes = 11;
  const auto last = static_cast<std::int64_t>(big_endian(bytes_at(path, size - 4, 4)));
  if (last == 0) return "";
  // Some writers leave out the header, or a byte of it.
  for (const std::int64_t left_out : {std::int64_t{0}, std::int64_t{1}, kTagHeaderBytes}) {
    const std::int64_t tag_bytes = last + left_out;
    const std::string tag = bytes_at(path, size - 4 - tag_bytes, 4);
    if (tag.size() < 4) continue;
    const int type = tag.front() & 0x1F;
    const bool known = type == 8 || type == 9 || type == 18;  // sound, video, script data
    const auto data_bytes = static_cast<std::int64_t>(big_endian(tag.substr(1)));
    if (known && data_bytes + kTagHeaderBytes == tag_bytes) return "";
  }
  return "its last tag is not whole";
}

// PNG, clause 11.2.5: IEND, the last chunk, with its checksum.
bool ends_with_iend(const std::string& path, std::int64_t size) {
  constexpr std::string_view kEnd = "IEND\xAE\x42\x60\x82";
  const auto tail_bytes = std::min<std::int64_t>(size, kBeginningBytes);  // some add a little
  return bytes_at(path, size - tail_bytes, kBeginningBytes).find(kEnd) != std::string::npos;
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
  if (format == "avi") {
    if (const std::int64_t end = chunks_end(path, size); end > size)
      return fmt::format("its chunks reach to byte {}, the file has only {}", end, size);
  }
  if (format == "flv") return missing_end_of_flv(path, size);
  if (format == "png_pipe" && !ends_with_iend(path, size))
    return "its last chunk, IEND, is missing";
  if (format == "mpegts" && ends_within_a_packet(size))
    return fmt::format("its {} bytes end within a packet", size);
  return "";
}

}  // namespace weir::media
