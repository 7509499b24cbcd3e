// libavformat with deadlines, redacted names and event times.
#include "media/demuxer.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <deque>
#include <limits>
#include <utility>
#include <vector>

#include "base/text.h"
#include "media/fault.h"
#include "media/ffmpeg.h"
#include "media/file_end.h"
#include "media/location.h"
#include "media/losses.h"
#include "media/packet_times.h"
#include "media/resolve.h"
#include "media/track.h"

namespace weir::media {

using base::Code;
using base::Error;
using base::fail;
using base::Result;

namespace {

// A camera's stream is known after a few packets; probing longer only delays the first picture.
constexpr std::int64_t kLiveProbeBytes = 32'768;
constexpr std::int64_t kLiveProbeUs = 500'000;
constexpr std::int64_t kUdpBufferBytes = 1 << 20;

// How far to look for a file's first picture.
constexpr std::size_t kLookaheadPacketsMax = 1'024;
constexpr std::int64_t kLookaheadBytesMax = std::int64_t{64} << 20;

// How much of a camera is read before the first packet is handed on, at most, and how long a read
// takes at least that had to wait for the camera.
constexpr std::size_t kCatchUpPacketsMax = 1'024;
constexpr std::int64_t kCatchUpBytesMax = std::int64_t{16} << 20;
constexpr std::int64_t kWaitNsMin = 2'000'000;

// A loss is noticed between two pictures: the one before may lack its end, the one after its start.
constexpr int kPacketsInDoubt = 2;

}  // namespace

class Demuxer::Source {
 public:
  Source(SourceName name, const Options& options, const base::Clock& clock)
      : name_(std::move(name)), options_(options), clock_(clock) {}
  ~Source() { close(); }
  Source(const Source&) = delete;
  Source& operator=(const Source&) = delete;

  Result<> open_file(const std::string& path);
  Result<> open_camera(const RtspUrl& url);
  Result<data::PacketRef> read();

  bool live() const { return name_.kind == SourceKind::camera; }
  std::span<const std::shared_ptr<const data::StreamFormat>> streams() const { return formats_; }
  int best_video() const { return best_video_; }

 private:
  struct Arrival {
    PacketHolder packet;
    std::int64_t wall_ns = 0, monotonic_ns = 0;
    bool in_doubt = false;  // something was lost beside it
  };

  static int interrupted(void* source);
  bool cancelled() const {
    return options_.cancel != nullptr && options_.cancel->load(std::memory_order_relaxed);
  }
  bool late() const { return clock_.monotonic_ns() >= deadline_ns_; }
  void arm(std::int64_t timeout_ns) { deadline_ns_ = clock_.monotonic_ns() + timeout_ns; }
  void close();

  Result<> allocate();
  Result<> open(const std::string& url, OptionDictionary& options);
  Result<> probe();
  std::unexpected<Error> open_failure(int error) const;
  std::unexpected<Error> read_failure(int error) const;

  void find_origin();
  void catch_up();
  Result<Arrival> next();
  Result<Arrival> read_one();
  data::PacketRef finish(Arrival arrival);

  const SourceName name_;
  const Options options_;
  const base::Clock& clock_;
  std::int64_t deadline_ns_ = std::numeric_limits<std::int64_t>::max();
  AVFormatContext* context_ = nullptr;
  bool closing_ = false;
  int best_video_ = -1;
  std::vector<std::shared_ptr<const data::StreamFormat>> formats_;
  std::vector<Track> tracks_;
  std::deque<Arrival> ahead_;  // read while the first picture was looked for
  std::optional<Error> after_ahead_;
  bool caught_up_ = false;  // with a camera
  bool asked_ = false;      // whether to go on: the network was looked at
  Losses losses_;
  int in_doubt_ = 0;  // packets still to come
  std::int64_t packets_read_ = 0;
  bool last_damaged_ = false;  // the last packet was not whole
  std::string cut_;            // why the file must end too early; empty where it need not
};

Result<> Demuxer::Source::allocate() {
  listen_to_ffmpeg();
  context_ = avformat_alloc_context();
  if (context_ == nullptr) return fail(Code::limit, "no memory to open " + name_.text);
  context_->interrupt_callback = {&Source::interrupted, this};
  context_->opaque = &losses_;
  context_->max_streams = kStreamsMax;
  return {};
}

Result<> Demuxer::Source::open_file(const std::string& path) {
  TRY_DO(check_video_file(path));
  TRY_DO(allocate());
  context_->flags |= AVFMT_FLAG_GENPTS;
  OptionDictionary options;
  options.set("protocol_whitelist", "file");
  options.set("format_whitelist", kFileFormats);
  // The prefix keeps a colon in the path from being taken for a protocol.
  TRY_DO(open("file:" + path, options));
  cut_ = missing_end(*context_, path);
  find_origin();
  return {};
}

Result<> Demuxer::Source::open_camera(const RtspUrl& url) {
  arm(options_.open_timeout_ns);
  auto address = resolve(url.host, [this] { return interrupted(this) != 0; });
  if (!address) {
    if (cancelled()) return open_failure(AVERROR_EXIT);
    return fail(address.error().code, fmt::format("{}: {}", name_.text, address.error().message));
  }
  TRY_DO(allocate());
  context_->probesize = kLiveProbeBytes;
  context_->max_analyze_duration = kLiveProbeUs;
  OptionDictionary options;
  options.set("protocol_whitelist", "rtsp,rtp,udp,tcp");
  options.set("rtsp_transport", options_.transport == Transport::tcp ? "tcp" : "udp");
  options.set("allowed_media_types", "video");
  if (options_.transport == Transport::udp)
    options.set("buffer_size", std::to_string(kUdpBufferBytes));
  return open(url.secret_text(*address), options);
}

Result<> Demuxer::Source::open(const std::string& url, OptionDictionary& options) {
  if (!live()) arm(options_.open_timeout_ns);
  // On failure it frees the context.
  const int error = avformat_open_input(&context_, url.c_str(), nullptr, options.entries());
  if (error < 0) return open_failure(error);
  if (const char* unknown = options.left_over(); unknown != nullptr) {
    return fail(Code::bug,
                fmt::format("libavformat ignores the option {} for {}", unknown, name_.text));
  }
  return probe();
}

Result<> Demuxer::Source::probe() {
  const int error = avformat_find_stream_info(context_, nullptr);
  if (interrupted(this) != 0) return open_failure(AVERROR_EXIT);
  if (error < 0) return open_failure(error);
  for (unsigned i = 0; i < context_->nb_streams; ++i) {
    AVStream* stream = context_->streams[i];
    const AVRational rate = av_guess_frame_rate(context_, stream, nullptr);
    const double frame_rate = rate.num > 0 && rate.den > 0 ? av_q2d(rate) : 0;
    formats_.push_back(
        std::make_shared<const data::StreamFormat>(stream_format(*stream->codecpar, frame_rate)));
    tracks_.emplace_back(*stream, frame_rate);
  }
  best_video_ = std::max(av_find_best_stream(context_, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0), -1);
  // What it would generate for H.264 and H.265 is in the order of decoding, and looks like the
  // container's own.
  const AVCodecID codec =
      best_video_ < 0 ? AV_CODEC_ID_NONE : context_->streams[best_video_]->codecpar->codec_id;
  if (codec == AV_CODEC_ID_H264 || codec == AV_CODEC_ID_HEVC) context_->flags &= ~AVFMT_FLAG_GENPTS;
  if (formats_.empty()) {
    return fail(Code::corrupt,
                fmt::format("{} has no {}", name_.text, live() ? "video" : "streams"));
  }
  return {};
}

// What libavformat says after it was interrupted depends on what it was doing.
std::unexpected<Error> Demuxer::Source::open_failure(int error) const {
  if (late()) error = AVERROR_EXIT;
  if (cancelled()) return fail(Code::ended, fmt::format("opening {} was cancelled", name_.text));
  return std::unexpected(open_fault(name_, error, options_.open_timeout_ns));
}

std::unexpected<Error> Demuxer::Source::read_failure(int error) const {
  if (late()) error = AVERROR_EXIT;
  if (cancelled()) return fail(Code::ended, fmt::format("reading {} was cancelled", name_.text));
  if (!cut_.empty()) return fail(Code::corrupt, "the file is cut off: " + cut_);
  if (last_damaged_ && !live())
    return fail(Code::corrupt, "the file is cut off: its last packet is not whole");
  if (packets_read_ == 0 && !live() && error == AVERROR_EOF)
    return fail(Code::corrupt, "the file holds no packets: it is cut off, or not a video");
  return std::unexpected(read_fault(name_, error, options_.read_timeout_ns));
}

int Demuxer::Source::interrupted(void* source) {
  auto& self = *static_cast<Source*>(source);
  self.asked_ = true;
  if (!self.closing_ && self.cancelled()) return 1;
  return self.late() ? 1 : 0;
}

// A camera is told goodbye, which can take as long as any other answer.
void Demuxer::Source::close() {
  closing_ = true;
  arm(kCloseTimeoutNs);
  ahead_.clear();
  avformat_close_input(&context_);
}

// The first picture shown is not the first one decoded where pictures are reordered, and its
// timestamp need not be 0. Pictures before the first keyframe cannot be decoded and do not count.
void Demuxer::Source::find_origin() {
  std::optional<std::int64_t> keyframe, first;
  std::int64_t bytes = 0;
  int seen = 0;
  const int stream = best_video_;
  const bool reordered = stream >= 0 && context_->streams[stream]->codecpar->video_delay != 0;
  const int reorder = reordered ? PacketTimes::kReorderMax : 0;
  while (seen <= reorder && ahead_.size() < kLookaheadPacketsMax && bytes < kLookaheadBytesMax) {
    auto arrival = read_one();
    if (!arrival) {
      after_ahead_ = arrival.error();
      break;
    }
    const AVPacket& one = *arrival->packet;
    bytes += one.size;
    const std::int64_t stamp = one.pts != AV_NOPTS_VALUE ? one.pts : one.dts;
    if ((stream < 0 || one.stream_index == stream) && stamp != AV_NOPTS_VALUE) {
      if (!keyframe && (one.flags & AV_PKT_FLAG_KEY) != 0) keyframe = stamp;
      // An edit list may leave out pictures that others need.
      const bool shown = (one.flags & AV_PKT_FLAG_DISCARD) == 0;
      if (keyframe && shown) {
        if (stamp >= *keyframe) first = std::min(first.value_or(stamp), stamp);
        ++seen;
      }
    }
    ahead_.push_back(std::move(*arrival));
  }
  const Track& base = tracks_[static_cast<std::size_t>(std::max(stream, 0))];
  if (!first || !base.plausible(*first)) return;
  for (Track& track : tracks_) track.begin_at(*first, base);
}

// What was read to know a camera's streams, and what came meanwhile, is there at once: its arrival
// tells nothing. So packets are read until one had to be waited for, and the times of all follow
// from those that came soonest after they were taken.
void Demuxer::Source::catch_up() {
  caught_up_ = true;
  std::int64_t bytes = 0;
  bool waited = false;
  while (!waited && ahead_.size() < kCatchUpPacketsMax && bytes < kCatchUpBytesMax) {
    const std::int64_t begun_ns = clock_.monotonic_ns();
    asked_ = false;
    auto arrival = read_one();
    if (!arrival) {
      after_ahead_ = arrival.error();
      break;
    }
    waited = asked_ && arrival->monotonic_ns - begun_ns >= kWaitNsMin;
    bytes += arrival->packet->size;
    ahead_.push_back(std::move(*arrival));
  }
  for (const Arrival& one : ahead_) {
    tracks_[static_cast<std::size_t>(one.packet->stream_index)].learn(*one.packet, one.wall_ns,
                                                                      one.monotonic_ns);
  }
}

Result<data::PacketRef> Demuxer::Source::read() {
  if (live() && !caught_up_) catch_up();
  TRY(Arrival arrival, next());
  return finish(std::move(arrival));
}

Result<Demuxer::Source::Arrival> Demuxer::Source::next() {
  if (!ahead_.empty()) {
    Arrival arrival = std::move(ahead_.front());
    ahead_.pop_front();
    return arrival;
  }
  if (after_ahead_) return std::unexpected(*after_ahead_);
  return read_one();
}

Result<Demuxer::Source::Arrival> Demuxer::Source::read_one() {
  PacketHolder packet = new_packet();
  arm(options_.read_timeout_ns);
  while (true) {
    if (cancelled()) return read_failure(AVERROR_EXIT);
    const int error = av_read_frame(context_, packet.get());
    if (error == AVERROR(EAGAIN)) {
      if (interrupted(this) != 0) return read_failure(AVERROR_EXIT);
      continue;
    }
    if (error < 0) return read_failure(error);
    if (packet->size > kPacketBytesMax) {
      return fail(Code::corrupt, fmt::format("{} has a packet of {} bytes; at most {} are allowed",
                                             name_.text, packet->size, kPacketBytesMax));
    }
    last_damaged_ = (packet->flags & AV_PKT_FLAG_CORRUPT) != 0;
    // Streams that turn up later are not read.
    const bool known = static_cast<std::size_t>(packet->stream_index) < tracks_.size();
    if (known && packet->size > 0) {
      ++packets_read_;
      if (losses_.take()) in_doubt_ = kPacketsInDoubt;
      const bool in_doubt = in_doubt_ > 0;
      if (in_doubt) --in_doubt_;
      return Arrival{std::move(packet), clock_.wall_ns(), clock_.monotonic_ns(), in_doubt};
    }
    av_packet_unref(packet.get());
  }
}

data::PacketRef Demuxer::Source::finish(Arrival arrival) {
  const AVPacket& from = *arrival.packet;
  Track& track = tracks_[static_cast<std::size_t>(from.stream_index)];
  auto packet = std::make_shared<data::Packet>();
  EventTimes times;
  if (live()) {
    packet->received_ns = arrival.wall_ns;
    times = track.of_camera(from, arrival.wall_ns, arrival.monotonic_ns);
  } else {
    const std::int64_t restarts = track.restarts();
    times = track.of_file(from, options_.base_ns);
    if (track.restarts() != restarts && from.stream_index == best_video_)
      tell_restart(options_.log, name_, times.time_ns);
  }
  const bool damaged = arrival.in_doubt || (from.flags & AV_PKT_FLAG_CORRUPT) != 0;
  packet->format = formats_[static_cast<std::size_t>(from.stream_index)];
  packet->stream = from.stream_index;
  packet->bytes = {from.data, static_cast<std::size_t>(from.size)};
  packet->time_ns = times.time_ns;
  packet->decode_order_ns = times.decode_order_ns;
  packet->keyframe = (from.flags & AV_PKT_FLAG_KEY) != 0 && !damaged;
  packet->discontinuity = damaged;
  packet->owner = std::shared_ptr<const AVPacket>(arrival.packet.release(), PacketFree{});
  return packet;
}

Result<std::unique_ptr<Demuxer>> Demuxer::open(const std::string& location, const Options& options,
                                               const base::Clock& clock) {
  if (is_url(location)) {
    TRY(const RtspUrl url, parse_rtsp_url(location, {options.user, options.password}));
    const auto login =
        url.credentials.empty() ? SourceName::Login::anonymous : SourceName::Login::given;
    auto source =
        std::make_unique<Source>(SourceName{SourceKind::camera, url.text(), login}, options, clock);
    TRY_DO(source->open_camera(url));
    return std::unique_ptr<Demuxer>(new Demuxer(std::move(source)));
  }
  if (!options.user.empty() || !options.password.empty()) {
    return fail(Code::invalid,
                fmt::format("{} is a file: user and password are for cameras", location));
  }
  auto source = std::make_unique<Source>(SourceName{SourceKind::file, location}, options, clock);
  TRY_DO(source->open_file(location));
  return std::unique_ptr<Demuxer>(new Demuxer(std::move(source)));
}

Demuxer::Demuxer(std::unique_ptr<Source> source) : source_(std::move(source)) {}
Demuxer::~Demuxer() = default;

bool Demuxer::live() const {
  return source_->live();
}
std::span<const std::shared_ptr<const data::StreamFormat>> Demuxer::streams() const {
  return source_->streams();
}
int Demuxer::best_video() const {
  return source_->best_video();
}
Result<data::PacketRef> Demuxer::read() {
  return source_->read();
}

}  // namespace weir::media
