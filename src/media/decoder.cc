// libavcodec on one thread, without what is damaged.
#include "media/decoder.h"

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavutil/frame.h>
#include <libavutil/imgutils.h>
#include <libavutil/pixdesc.h>
#include <libswscale/swscale.h>
}

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <set>
#include <utility>

#include "base/check.h"
#include "media/demuxer.h"
#include "media/ffmpeg.h"
#include "media/losses.h"
#include "media/sei.h"

namespace weir::media {

using base::Code;
using base::fail;
using base::Result;

namespace {

struct FrameFree {
  void operator()(const AVFrame* frame) const {
    auto* own = const_cast<AVFrame*>(frame);
    av_frame_free(&own);
  }
};
using FrameHolder = std::unique_ptr<AVFrame, FrameFree>;

FrameHolder new_frame() {
  FrameHolder frame(av_frame_alloc());
  CHECK(frame != nullptr);
  return frame;
}

// Formats whose name says full range although nothing else in the stream does.
bool named_full_range(int format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P: return true;
    default: return false;
  }
}

data::ColorRange range_of(const AVFrame& frame) {
  return frame.color_range == AVCOL_RANGE_JPEG || named_full_range(frame.format)
             ? data::ColorRange::full
             : data::ColorRange::limited;
}

// Where a stream does not say, high definition is BT.709 and the rest BT.601, as players assume.
data::ColorMatrix matrix_of(const AVFrame& frame) {
  constexpr int kHighDefinitionWidth = 1280;
  constexpr int kHighDefinitionHeight = 576;  // above it
  switch (frame.colorspace) {
    case AVCOL_SPC_BT709:
    case AVCOL_SPC_BT2020_NCL:
    case AVCOL_SPC_BT2020_CL: return data::ColorMatrix::bt709;
    case AVCOL_SPC_BT470BG:
    case AVCOL_SPC_SMPTE170M:
    case AVCOL_SPC_FCC: return data::ColorMatrix::bt601;
    default:
      return frame.width >= kHighDefinitionWidth || frame.height > kHighDefinitionHeight
                 ? data::ColorMatrix::bt709
                 : data::ColorMatrix::bt601;
  }
}

bool is_rgb(int format) {
  const AVPixFmtDescriptor* about = av_pix_fmt_desc_get(static_cast<AVPixelFormat>(format));
  return about != nullptr && (about->flags & AV_PIX_FMT_FLAG_RGB) != 0;
}

}  // namespace

class Decoder::Codec {
 public:
  ~Codec() {
    avcodec_free_context(&context);
    sws_freeContext(scaler);
  }

  // Pictures in other formats as i420, colours in the same range; null where that cannot be.
  FrameHolder to_i420(const AVFrame& from);

  // The time of a picture that comes out, where `unshown_ns` has it.
  std::int64_t take_time(std::int64_t otherwise_ns);

  AVCodecContext* context = nullptr;
  Losses losses;  // what the context misses
  SwsContext* scaler = nullptr;
  FrameHolder frame = new_frame();
  PacketHolder packet = new_packet();
  bool mjpeg = false;
  // Packets came without a time of presentation: what they have rises in the order of decoding and
  // goes to the pictures in the order in which these come out.
  bool timed_as_shown = false;
  std::set<std::int64_t> unshown_ns;  // then: of packets whose pictures have not come out
};

// More times than the codec can hold pictures back are of packets that gave none.
std::int64_t Decoder::Codec::take_time(std::int64_t otherwise_ns) {
  const auto held_max = static_cast<std::size_t>(std::max(context->has_b_frames, 0)) + 1;
  while (unshown_ns.size() > held_max) unshown_ns.erase(unshown_ns.begin());
  if (unshown_ns.empty()) return otherwise_ns;
  return unshown_ns.extract(unshown_ns.begin()).value();
}

FrameHolder Decoder::Codec::to_i420(const AVFrame& from) {
  FrameHolder to = new_frame();
  to->format = AV_PIX_FMT_YUV420P;
  to->width = from.width;
  to->height = from.height;
  if (av_frame_get_buffer(to.get(), 0) < 0) return nullptr;
  scaler = sws_getCachedContext(scaler, from.width, from.height,
                                static_cast<AVPixelFormat>(from.format), to->width, to->height,
                                AV_PIX_FMT_YUV420P, SWS_AREA, nullptr, nullptr, nullptr);
  if (scaler == nullptr) return nullptr;
  const bool full = !is_rgb(from.format) && range_of(from) == data::ColorRange::full;
  const bool bt709 = matrix_of(from) == data::ColorMatrix::bt709;
  const int* colors = sws_getCoefficients(bt709 ? SWS_CS_ITU709 : SWS_CS_ITU601);
  constexpr int kUnity = 1 << 16;  // of contrast and saturation, 16.16
  sws_setColorspaceDetails(scaler, colors, full || is_rgb(from.format) ? 1 : 0, colors,
                           full ? 1 : 0, 0, kUnity, kUnity);
  if (sws_scale(scaler, from.data, from.linesize, 0, from.height, to->data, to->linesize) !=
      from.height) {
    return nullptr;
  }
  if (av_frame_copy_props(to.get(), &from) < 0) return nullptr;
  to->color_range = full ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
  to->colorspace = bt709 ? AVCOL_SPC_BT709 : AVCOL_SPC_SMPTE170M;
  return to;
}

namespace {

std::int64_t captured_ns(const AVFrame& frame) {
  for (int i = 0; i < frame.nb_side_data; ++i) {
    const AVFrameSideData& side = *frame.side_data[i];
    if (side.type != AV_FRAME_DATA_SEI_UNREGISTERED) continue;
    if (const auto ns = precision_time_ns({side.data, side.size})) return *ns;
  }
  return 0;
}

// Refers to the memory of `from`, which it takes.
std::shared_ptr<data::Frame> shared_frame(FrameHolder from) {
  auto frame = std::make_shared<data::Frame>();
  const bool nv12 = from->format == AV_PIX_FMT_NV12;
  frame->format = nv12 ? data::PixelFormat::nv12 : data::PixelFormat::i420;
  frame->range = range_of(*from);
  frame->matrix = matrix_of(*from);
  frame->width = from->width;
  frame->height = from->height;
  for (std::size_t i = 0; i < (nv12 ? 2U : 3U); ++i)
    frame->planes[i] = {from->data[i], from->linesize[i]};
  frame->captured_ns = captured_ns(*from);
  frame->owner = std::shared_ptr<const AVFrame>(from.release(), FrameFree{});
  return frame;
}

}  // namespace

Result<std::unique_ptr<Decoder>> Decoder::open(std::shared_ptr<const data::StreamFormat> format) {
  CHECK(format != nullptr);
  listen_to_ffmpeg();
  const auto* parameters = static_cast<const AVCodecParameters*>(format->parameters.get());
  const auto id = parameters != nullptr ? parameters->codec_id
                                        : static_cast<AVCodecID>(codec_id(format->codec));
  const AVCodec* known = avcodec_find_decoder(id);
  if (known == nullptr || known->type != AVMEDIA_TYPE_VIDEO) {
    return fail(Code::wrong_type,
                fmt::format("a stream of {} cannot be decoded to pictures",
                            format->codec_name.empty() ? "an unknown codec" : format->codec_name));
  }
  auto codec = std::make_unique<Codec>();
  codec->mjpeg = id == AV_CODEC_ID_MJPEG;
  codec->context = avcodec_alloc_context3(known);
  CHECK(codec->context != nullptr);
  AVCodecContext& context = *codec->context;
  if (parameters != nullptr && avcodec_parameters_to_context(&context, parameters) < 0) {
    return fail(Code::corrupt,
                fmt::format("the parameters of a {} stream are damaged", known->name));
  }
  context.thread_count = 1;  // more threads hold back more frames; cameras are the parallelism
  context.max_pixels = kPixelsMax;
  context.opaque = &codec->losses;
  // With reordered pictures the flag would make the decoder show them in the wrong order at first.
  if (context.has_b_frames == 0) context.flags |= AV_CODEC_FLAG_LOW_DELAY;
  if (const int error = avcodec_open2(&context, known, nullptr); error < 0) {
    return fail(Code::corrupt,
                fmt::format("a {} stream cannot be decoded: {}", known->name, ffmpeg_text(error)));
  }
  return std::unique_ptr<Decoder>(new Decoder(std::move(codec)));
}

Decoder::Decoder(std::unique_ptr<Codec> codec) : codec_(std::move(codec)) {}
Decoder::~Decoder() = default;

std::vector<DecodedFrame> Decoder::decode(const data::PacketRef& packet) {
  std::vector<DecodedFrame> frames;
  ++counts_.packets;
  if (packet->discontinuity && !awaiting_keyframe_) {
    drain(frames);
    awaiting_keyframe_ = true;
  }
  if (awaiting_keyframe_ && !packet->keyframe) {
    ++counts_.packets_dropped;
    return frames;
  }
  awaiting_keyframe_ = false;
  if (!send(*packet) || !receive(frames)) {
    ++counts_.errors;
    drain(frames);
    awaiting_keyframe_ = true;
  }
  return frames;
}

std::vector<DecodedFrame> Decoder::flush() {
  std::vector<DecodedFrame> frames;
  drain(frames);
  awaiting_keyframe_ = true;
  return frames;
}

// What was decoded before stays good; the decoder then forgets all pictures that later ones could
// refer to.
void Decoder::drain(std::vector<DecodedFrame>& frames) {
  avcodec_send_packet(codec_->context, nullptr);
  if (!receive(frames)) ++counts_.errors;
  avcodec_flush_buffers(codec_->context);
  codec_->losses.take();
  codec_->timed_as_shown = false;
  codec_->unshown_ns.clear();
  pending_.clear();
  damaged_from_ = kNothingDamaged;
}

bool Decoder::send(const data::Packet& packet) {
  AVPacket& to = *codec_->packet;
  const AVPacket* const known = av_packet_of(packet);
  if (known != nullptr) {
    if (av_packet_ref(&to, known) < 0) return damaged(AVERROR(ENOMEM));
  } else {  // libavcodec reads beyond the end of a packet, so these bytes need padding
    if (packet.bytes.size() > static_cast<std::size_t>(kPacketBytesMax))
      return damaged(AVERROR_INVALIDDATA);
    if (av_new_packet(&to, static_cast<int>(packet.bytes.size())) < 0)
      return damaged(AVERROR(ENOMEM));
    if (!packet.bytes.empty()) std::memcpy(to.data, packet.bytes.data(), packet.bytes.size());
  }
  // The number comes back with the picture, however the codec reorders.
  const std::int64_t number = next_number_++;
  to.pts = to.dts = number;
  pending_.emplace(number, Pending{packet.time_ns, packet.received_ns});
  if (pending_.size() > kHeldBackMax) pending_.erase(pending_.begin());
  if (known != nullptr && known->pts == AV_NOPTS_VALUE && !codec_->timed_as_shown) {
    codec_->timed_as_shown = true;
    for (const auto& [earlier, one] : pending_) codec_->unshown_ns.insert(one.time_ns);
  }
  if (codec_->timed_as_shown) {
    codec_->unshown_ns.insert(packet.time_ns);
    if (codec_->unshown_ns.size() > kHeldBackMax)
      codec_->unshown_ns.erase(codec_->unshown_ns.begin());
  }
  const int error = avcodec_send_packet(codec_->context, &to);
  av_packet_unref(&to);
  if (error < 0) return damaged(error);
  // Its picture is decoded, if not received yet. A keyframe's refers to no other.
  if (codec_->losses.take() && !packet.keyframe) {
    last_error_ = "a picture that it refers to is missing";
    damaged_from_ = number;
    return false;
  }
  return true;
}

// False when something damaged was among it.
bool Decoder::receive(std::vector<DecodedFrame>& frames) {
  bool whole = true;
  while (true) {
    AVFrame& from = *codec_->frame;
    const int error = avcodec_receive_frame(codec_->context, &from);
    if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return whole;
    if (error < 0) return damaged(error);
    if ((from.flags & AV_FRAME_FLAG_CORRUPT) != 0 || from.decode_error_flags != 0) {
      last_error_ = "a picture was damaged";
      ++counts_.frames_dropped;
      whole = false;
    } else if (from.pts >= damaged_from_) {
      ++counts_.frames_dropped;
    } else {
      give(frames);
    }
    av_frame_unref(&from);
  }
}

void Decoder::give(std::vector<DecodedFrame>& frames) {
  FrameHolder own = new_frame();
  av_frame_move_ref(own.get(), codec_->frame.get());
  const std::int64_t number = own->pts;
  if (codec_->mjpeg && own->colorspace == AVCOL_SPC_UNSPECIFIED)
    own->colorspace = AVCOL_SPC_BT470BG;  // JFIF
  const bool as_it_is = own->format == AV_PIX_FMT_YUV420P || own->format == AV_PIX_FMT_YUVJ420P ||
                        own->format == AV_PIX_FMT_NV12;
  if (!as_it_is) own = codec_->to_i420(*own);
  if (own == nullptr) {
    last_error_ = "a picture's format cannot be converted";
    ++counts_.frames_dropped;
    return;
  }
  auto frame = shared_frame(std::move(own));
  std::int64_t time_ns = last_time_ns_ + 1;
  if (const auto found = pending_.find(number); found != pending_.end()) {
    frame->received_ns = found->second.received_ns;
    const std::int64_t packet_ns = found->second.time_ns;
    if (codec_->timed_as_shown) {
      time_ns = std::max(time_ns, codec_->take_time(packet_ns));
      pending_.erase(found);
    } else {
      time_ns = std::max(time_ns, packet_ns);
      // Frames come in the order of time: what is not later will not come any more.
      std::erase_if(pending_, [&](const auto& one) { return one.second.time_ns <= packet_ns; });
    }
  }
  last_time_ns_ = time_ns;
  ++counts_.frames;
  frames.push_back({std::move(frame), time_ns});
}

bool Decoder::damaged(int error) {
  last_error_ = ffmpeg_text(error);
  return false;
}

std::optional<std::int64_t> Decoder::held_back_ns() const {
  if (pending_.empty()) return std::nullopt;
  if (codec_->timed_as_shown && !codec_->unshown_ns.empty())
    return std::max(*codec_->unshown_ns.begin(), last_time_ns_);
  const auto earliest =
      std::ranges::min_element(pending_, {}, [](const auto& one) { return one.second.time_ns; });
  return std::max(earliest->second.time_ns, last_time_ns_);
}

}  // namespace weir::media
