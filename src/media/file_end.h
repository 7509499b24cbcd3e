// Notices that a file lacks its end, which libavformat does not tell; for Demuxer alone.
#pragma once

#include <string>

struct AVFormatContext;

namespace weir::media {

// Why the open file must end too early, by its own index: "its pictures reach to byte …"; empty
// where nothing says so. A pure function.
std::string missing_end(AVFormatContext& file);

}  // namespace weir::media
