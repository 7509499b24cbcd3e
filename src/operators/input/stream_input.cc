// stream_input: packets of live cameras.
#include <algorithm>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "flow/operator.h"
#include "operators/columns.h"

namespace weir::operators {
namespace {

using namespace contract;

struct StreamInputParams {
  std::string product;
  std::string property;
};

constexpr Param kParams[] = {
    param<&StreamInputParams::product>("product", "The product of the devices to read.",
                                       {.required = true}),
    param<&StreamInputParams::property>("property", "Its property of type stream, such as video.",
                                        {.required = true}),
};
constexpr Port kOutputs[] = {{"out", "Packets of all streams of each device.", "packet:packet"}};
constexpr Contract kContract = {
    .name = "stream_input",
    .summary = "Reads the live video of devices, such as cameras.",
    .description =
        "Which devices is said by the deployment; each has a lane of its own. Reading begins at "
        "the last keyframe. A camera is "
        "connected while somebody reads it, however many do. A pipeline that is too slow passes "
        "over packets up to a newer "
        "keyframe; they are counted as dropped. While a camera is away nothing comes, and it is "
        "tried again.",
    .since = "0.1",
    .group = Group::input,
    .params = kParams,
    .outputs = kOutputs,
    .example = "stream_input: {product: camera, property: video}",
};
static_assert(well_formed(kContract));

class StreamSource final : public flow::Source {
 public:
  struct Stream {
    data::Device device = 0;
    std::unique_ptr<flow::StreamReader> reader;
  };

  StreamSource(data::SchemaRef schema, std::vector<Stream> streams)
      : schema_(std::move(schema)), streams_(std::move(streams)) {}

  // One packet of each device, so that none waits for another.
  base::Result<flow::Poll> poll(flow::SourceContext& context) override {
    flow::Poll poll = flow::Poll::idle;
    for (Stream& stream : streams_) {
      const flow::StreamReader::Next next = stream.reader->next();
      if (next.dropped > 0) context.drop(next.dropped);
      if (next.packet == nullptr) continue;
      poll = flow::Poll::again;
      data::BatchBuilder builder(schema_);
      builder.column(0).append_packet(next.packet);
      builder.end_record(next.packet->time_ns, stream.device);
      context.emit(0, builder.finish());
      // Pictures come in decoding order, which lies before the time at which they are shown.
      context.advance(stream.device, std::min(next.packet->decode_order_ns, next.packet->time_ns));
    }
    return poll;
  }

 private:
  data::SchemaRef schema_;
  std::vector<Stream> streams_;
};

class StreamInput {
 public:
  using Params = StreamInputParams;

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& params,
                                              flow::Preparation& preparation) {
    flow::Services& services = preparation.services;
    CHECK(services.streams != nullptr);
    if (preparation.devices.empty()) {
      return preparation.fail("product", base::Code::missing,
                              "the deployment gives it no device; expected `devices` to select at "
                              "least one");
    }
    const auto schema = data::make_schema({{std::string(kPacket), data::Kind::packet}});
    flow::Prepared prepared;
    prepared.outputs = {schema};
    prepared.live = true;
    prepared.lane_per_device = true;
    prepared.make_source =
        [schema, devices = preparation.devices, property = params.shared().property,
         &streams = *services.streams](
            const flow::LaneStart& start) -> base::Result<std::unique_ptr<flow::Source>> {
      std::vector<StreamSource::Stream> open;
      for (const data::Device device : start.devices) {
        if (std::ranges::find(devices, device) == devices.end()) continue;  // another input's
        TRY(auto reader, streams.open(device, property, start.waker));
        open.push_back({.device = device, .reader = std::move(reader)});
      }
      return std::make_unique<StreamSource>(schema, std::move(open));
    };
    return prepared;
  }
};

}  // namespace

extern const flow::OperatorType stream_input;
constinit const flow::OperatorType stream_input = flow::operator_type<StreamInput>(kContract);

}  // namespace weir::operators
