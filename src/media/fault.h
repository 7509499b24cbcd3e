// Faults: what libavformat's error numbers mean to the person who gave a file or a camera; for
// Demuxer alone.
//
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <string>

#include "base/log.h"
#include "base/result.h"

namespace weir::media {

// A file may name others (playlists, concatenations); only itself is opened, by one of these
// readers of libavformat.
inline constexpr const char* kFileFormats =
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,flv,mpegts,mpeg,mpegvideo,h264,hevc,m4v,ivf,obu,av1,"
    "ogg,mjpeg,jpeg_pipe,png_pipe,yuv4mpegpipe,wav,mp3,aac";
// The same for people.
inline constexpr const char* kFileFormatNames =
    "MP4, MOV, Matroska, WebM, AVI, FLV, MPEG-TS, MPEG-PS, Ogg, IVF, MJPEG, PNG, or video by "
    "itself in H.264, H.265 or MPEG-4";

enum class SourceKind : std::uint8_t { file, camera };

// What was opened, as messages show it.
struct SourceName {
  SourceKind kind = SourceKind::file;
  std::string text;  // without user and password
  enum class Login : std::uint8_t { anonymous, given } login = Login::anonymous;
};

// `waited_ns` is the deadline, for AVERROR_EXIT, which stands for it having passed.
base::Error open_fault(const SourceName& name, int error, std::int64_t waited_ns);
// The end of a whole file is Code::ended. Names no file: who reads one knows its name.
base::Error read_fault(const SourceName& name, int error, std::int64_t waited_ns);
// Of a file whose clock begins anew: at `time_ns`, where its times go on. `log` may be null.
void tell_restart(base::Log* log, const SourceName& name, std::int64_t time_ns);

}  // namespace weir::media
