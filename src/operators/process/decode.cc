// decode: packets of video to pictures.
#ifdef WEIR_MEDIA
#include <algorithm>
#include <memory>
#include <unordered_map>
#include <utility>
#include <vector>

#include "flow/operator.h"
#include "media/decoder.h"
#include "operators/columns.h"

namespace weir::operators {
namespace {

using namespace contract;

struct DecodeParams {};

constexpr Port kInputs[] = {
    {"in", "Packets of one video stream a device, in the order in which they came.",
     "packet:packet"}};
constexpr Port kOutputs[] = {
    {"out", "One record a picture, in the order in which they are shown.", "image:image"}};
constexpr Contract kContract = {
    .name = "decode",
    .summary = "Makes pictures of the packets of a video stream.",
    .description =
        "Each picture is one record with its event time and the column `image`; other columns end "
        "here. Pictures stay in "
        "the pixel format of the stream. What cannot be shown whole is left out and counted as "
        "dropped: packets before the "
        "first keyframe, and after a gap or damage everything up to the next keyframe. The stream "
        "may change its "
        "resolution.",
    .since = "0.1",
    .group = Group::process,
    .inputs = kInputs,
    .outputs = kOutputs,
    .state = State::instant,
    .state_note = "A decoder and its reference pictures, a device.",
    .example = "decode",
};
static_assert(well_formed(kContract));

class Decode final : public flow::Operator {
 public:
  using Params = DecodeParams;

  Decode(std::size_t packets, data::SchemaRef schema)
      : packets_(packets), schema_(std::move(schema)) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>&,
                                              flow::Preparation& preparation) {
    TRY(const std::size_t packets,
        require_column(preparation, kPacket, data::Kind::packet, "put it behind demux"));
    const auto schema = data::make_schema({{std::string(kImage), data::Kind::image}});
    flow::Prepared prepared;
    prepared.outputs = {schema};
    prepared.make = [packets, schema] { return std::make_unique<Decode>(packets, schema); };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t row = batch.row(i);
      if (batch.column(packets_).is_null(row)) {
        context.drop(1);
      } else {
        decode(batch, i, batch.column(packets_).packet(row), context);
      }
    }
  }

  std::int64_t watermark(data::Device device, std::int64_t time_ns, flow::Context&) override {
    const auto found = streams_.find(device);
    if (found == streams_.end() || found->second.decoder == nullptr) return time_ns;
    return std::min(time_ns, found->second.decoder->held_back_ns().value_or(time_ns));
  }

  void finish(flow::Context& context) override {
    for (auto& [device, stream] : streams_) flush(stream, device, context);
  }

 private:
  struct Stream {
    std::shared_ptr<const data::StreamFormat> format;
    std::unique_ptr<media::Decoder> decoder;  // null where it could not be opened
    base::Error error;                        // why
    media::Decoder::Counts counted;           // what the context was told of
  };

  void decode(const data::Batch& batch, std::size_t index, const data::PacketRef& packet,
              flow::Context& context) {
    const data::Device device = batch.device(index);
    Stream& stream = streams_[device];
    if (stream.format != packet->format) {
      flush(stream, device, context);
      open(stream, packet->format);
    }
    if (stream.decoder == nullptr) return context.reject(batch, index, stream.error);
    emit(stream.decoder->decode(packet), device, context);
    const media::Decoder::Counts counts = stream.decoder->counts();
    if (counts.errors > stream.counted.errors) {
      context.reject(batch, index, {base::Code::corrupt, stream.decoder->last_error()});
    }
    count(stream, context);
  }

  static void open(Stream& stream, const std::shared_ptr<const data::StreamFormat>& format) {
    stream = {.format = format, .decoder = nullptr, .error = {}, .counted = {}};
    auto decoder = media::Decoder::open(format);
    if (decoder) {
      stream.decoder = *std::move(decoder);
    } else {
      stream.error = decoder.error();
    }
  }

  void flush(Stream& stream, data::Device device, flow::Context& context) {
    if (stream.decoder == nullptr) return;
    emit(stream.decoder->flush(), device, context);
    count(stream, context);
  }

  static void count(Stream& stream, flow::Context& context) {
    const media::Decoder::Counts now = stream.decoder->counts();
    const std::int64_t dropped = (now.packets_dropped - stream.counted.packets_dropped) +
                                 (now.frames_dropped - stream.counted.frames_dropped);
    if (dropped > 0) context.drop(static_cast<std::size_t>(dropped));
    stream.counted = now;
  }

  void emit(const std::vector<media::DecodedFrame>& frames, data::Device device,
            flow::Context& context) {
    // A picture a batch: what comes next may want the newest alone, and holds no more than it
    // needs.
    for (const media::DecodedFrame& frame : frames) {
      data::BatchBuilder builder(schema_);
      builder.column(0).append_image({.frame = frame.frame, .region = nullptr});
      builder.end_record(frame.time_ns, device);
      context.emit(0, builder.finish());
    }
  }

  std::size_t packets_;
  data::SchemaRef schema_;
  std::unordered_map<data::Device, Stream> streams_;
};

}  // namespace

extern const flow::OperatorType decode;
constinit const flow::OperatorType decode = flow::operator_type<Decode>(kContract);

}  // namespace weir::operators
#endif
