// Notices that a file lacks its end, which libavformat does not tell; for Demuxer alone.
#pragma once

#include <string>

struct AVFormatContext;

namespace weir::media {

// Why the open file must end too early: "its pictures reach to byte …", by its index; by the size
// of its segment (Matroska, WebM), of its chunks (AVI) or of the file (FLV), which a recording that
// was broken off does not have; by packets of one size (MPEG-TS), the last tag (FLV) or the last
// chunk (PNG). Empty where nothing says so. Reads the beginning and the end of `path`.
std::string missing_end(AVFormatContext& file, const std::string& path);

}  // namespace weir::media
