// Sentences for libavformat's error numbers.
#include "media/fault.h"

extern "C" {
#include <libavutil/error.h>
}

#include <fmt/format.h>

#include "base/text.h"
#include "media/ffmpeg.h"

namespace weir::media {

using base::Code;
using base::Error;

namespace {

Code code_of(int error) {
  switch (error) {
    case AVERROR_HTTP_UNAUTHORIZED:
    case AVERROR_HTTP_FORBIDDEN: return Code::refused;
    case AVERROR_HTTP_NOT_FOUND:
    case AVERROR_HTTP_BAD_REQUEST:
    case AVERROR_HTTP_OTHER_4XX:
    case AVERROR_HTTP_SERVER_ERROR: return Code::device;
    case AVERROR_EXIT:
    case AVERROR(ETIMEDOUT): return Code::timeout;
    case AVERROR(ENOENT): return Code::missing;
    case AVERROR_INVALIDDATA: return Code::corrupt;
    default: return Code::io;
  }
}

// Where a reader needs bytes that the file lacks, it says either of three errors.
// EINVAL is a format that libavformat knows and a file may not have.
Error file_open_fault(const SourceName& name, int error) {
  if (error == AVERROR(EINVAL)) {
    return {Code::wrong_type,
            fmt::format("{} has a format that is not read as a video; expected {}", name.text,
                        kFileFormatNames)};
  }
  if (error != AVERROR_INVALIDDATA && error != AVERROR_EOF && error != AVERROR(EIO)) {
    return {code_of(error), fmt::format("{} cannot be opened: {}", name.text, ffmpeg_text(error))};
  }
  return {Code::corrupt, fmt::format("{} is not a video that can be read, or it is cut off: {}",
                                     name.text, ffmpeg_text(error))};
}

}  // namespace

Error open_fault(const SourceName& name, int error, std::int64_t waited_ns) {
  if (error == AVERROR_EXIT) {
    return {Code::timeout, fmt::format("{} did not answer within {}", name.text,
                                       base::format_duration(waited_ns))};
  }
  if (name.kind == SourceKind::file) return file_open_fault(name, error);
  const std::string words = ffmpeg_text(error);
  switch (const Code code = code_of(error)) {
    case Code::refused: {
      const bool anonymous = name.login == SourceName::Login::anonymous;
      return {code,
              fmt::format("{} refuses {} ({})", name.text,
                          anonymous ? "access without user and password" : "this user and password",
                          words)};
    }
    case Code::device:
      return {code, fmt::format("{} does not serve this path: {}", name.text, words)};
    case Code::corrupt:
      return {code, fmt::format("{} does not speak RTSP as it should: {}", name.text, words)};
    case Code::timeout: return {code, fmt::format("{} did not answer: {}", name.text, words)};
    default:
      return {Code::network,
              fmt::format("{} cannot be reached: {}", name.text,
                          error == AVERROR_EOF ? "it closed the connection" : words)};
  }
}

Error read_fault(const SourceName& name, int error, std::int64_t waited_ns) {
  const Code code = code_of(error);
  if (code == Code::timeout) {
    return {code,
            fmt::format("{} sent no packet for {}", name.text, base::format_duration(waited_ns))};
  }
  const bool end = error == AVERROR_EOF;
  if (name.kind == SourceKind::camera) {
    if (end) return {Code::ended, fmt::format("{} ended the stream", name.text)};
    return {code == Code::io ? Code::network : code,
            fmt::format("the connection to {} broke: {}", name.text, ffmpeg_text(error))};
  }
  if (end) return {Code::ended, "the file is read to its end"};
  return {Code::corrupt, "the file cannot be read on: " + ffmpeg_text(error)};
}

void tell_restart(base::Log* log, const SourceName& name, std::int64_t time_ns) {
  if (log == nullptr) return;
  log->write(base::Level::warning, "media",
             "the file's clock begins anew; times go on behind the last picture's",
             {{"file", name.text}, {"time", base::format_rfc3339(time_ns)}});
}

}  // namespace weir::media
