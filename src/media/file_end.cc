// libavformat reads a file that lacks its end as one that ends there; its index knows better.
#include "media/file_end.h"

extern "C" {
#include <libavformat/avformat.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <limits>

namespace weir::media {

std::string missing_end(AVFormatContext& file) {
  const std::int64_t size = file.pb == nullptr ? -1 : avio_size(file.pb);
  if (size < 0) return "";
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
  if (end <= size) return "";
  return fmt::format("its pictures reach to byte {}, the file has only {}", end, size);
}

}  // namespace weir::media
