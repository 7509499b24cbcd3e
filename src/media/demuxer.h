// Demuxer: opens a file or an rtsp:// camera and hands over its packets, each with its event time.
//
// Belongs to one thread at a time; only `Options::cancel` may be set from another. A packet refers
// to the memory that libavformat filled and outlives the demuxer.
//
// Times. In a file the first picture that is shown has `Options::base_ns`, and the others lie as
// far from it as the file says, so a file gives the same times each time it is read. Where its
// clock begins anew, as where recordings were joined end to end, times go on behind the last
// picture's. Packets without a time of presentation have rising times in the order of decoding;
// Decoder gives them to the pictures in the order of presentation (media/decoder.h). A camera's
// pictures have the wall clock at which they would have arrived at the latest over an undisturbed
// network: the camera's own distances, laid on our clock (media/live_clock.h).
//
// Peers are hostile: files and cameras may hold and send anything. Every call that waits has a
// deadline. Neither messages nor logs hold the password.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "data/frame.h"

namespace weir::media {

inline constexpr std::int64_t kOpenTimeoutNs = 10'000'000'000;
inline constexpr std::int64_t kReadTimeoutNs = 5'000'000'000;
inline constexpr std::int64_t kCloseTimeoutNs = 500'000'000;  // to say goodbye to a camera
inline constexpr int kStreamsMax = 64;                        // in one file or camera
inline constexpr std::int64_t kPacketBytesMax = std::int64_t{64} << 20;

enum class Transport : std::uint8_t { tcp, udp };  // of RTP

class Demuxer {
 public:
  struct Options {
    std::int64_t open_timeout_ns = kOpenTimeoutNs;
    std::int64_t read_timeout_ns = kReadTimeoutNs;  // for one packet
    Transport transport = Transport::tcp;
    std::string user, password;  // as they are, not percent-encoded; only for rtsp
    std::int64_t base_ns = 0;    // event time of a file's first picture; 0 = 1970-01-01T00:00:00Z
    // Told of a file whose clock begins anew, once each time; null: nobody is. Outlives the
    // demuxer.
    base::Log* log = nullptr;
    // Once it is true, a call that waits returns Code::ended within milliseconds. Outlives the
    // demuxer.
    const std::atomic<bool>* cancel = nullptr;
  };

  // `location` is a path or an rtsp:// URL. Errors: missing, io (no such file, not readable),
  // corrupt (not a video, cut off before the first packet, answers that are no RTSP), invalid (a
  // malformed URL), wrong_type (a folder, a format that is not read), refused (401, 403), network,
  // timeout, ended (cancelled). `clock` outlives the demuxer.
  static base::Result<std::unique_ptr<Demuxer>> open(const std::string& location,
                                                     const Options& options,
                                                     const base::Clock& clock);
  ~Demuxer();
  Demuxer(const Demuxer&) = delete;
  Demuxer& operator=(const Demuxer&) = delete;

  bool live() const;  // a camera, not a file
  // All streams by index, sound and data as well.
  std::span<const std::shared_ptr<const data::StreamFormat>> streams() const;
  // The stream to look at when none is asked for: the largest video; -1 where there is none.
  int best_video() const;

  // The next packet of any stream, in decoding order. Of a camera the first call takes in all that
  // came while it was opened, and waits for the packet after that; beside a loss on the way packets
  // are marked as a discontinuity, and are no keyframes. Errors: ended (the file is read to its
  // end, the camera closed the stream, or cancelled), corrupt, network, timeout; a file is not
  // named in them. After an error the demuxer is of no further use.
  base::Result<data::PacketRef> read();

 private:
  class Source;
  explicit Demuxer(std::unique_ptr<Source> source);

  std::unique_ptr<Source> source_;
};

}  // namespace weir::media
