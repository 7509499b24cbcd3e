// demux: picks one stream of a camera or file.
#include <unordered_map>
#include <utility>
#include <vector>

#include "flow/operator.h"
#include "operators/columns.h"

namespace weir::operators {
namespace {

using namespace contract;

enum class Stream : std::uint8_t { video };
constexpr std::string_view kStreams[] = {"video"};

struct DemuxParams {
  Stream stream = Stream::video;
};

constexpr Param kParams[] = {
    param<&DemuxParams::stream>("stream", "Which stream to go on with.", {.choices = kStreams}),
};
constexpr Port kInputs[] = {{"in", "Packets of all streams, as an input emits them."}};
constexpr Port kOutputs[] = {{"out", "The packets of the picked stream, unchanged.", "same:in"}};
constexpr Contract kContract = {
    .name = "demux",
    .summary = "Picks one stream of a camera or file.",
    .description =
        "A camera or file sends several streams mixed together: pictures, sound, subtitles. This "
        "step passes on the "
        "packets of one of them, for each device the first video stream that comes, and leaves the "
        "others out. Put "
        "`decode` behind it.",
    .since = "0.1",
    .group = Group::process,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .state = State::instant,
    .state_note = "The number of the picked stream, a device.",
    .example = "demux: {stream: video}",
};
static_assert(well_formed(kContract));

bool is_video(data::Codec codec) {
  return codec != data::Codec::unknown && codec != data::Codec::audio && codec != data::Codec::data;
}

class Demux final : public flow::Operator {
 public:
  using Params = DemuxParams;

  explicit Demux(std::size_t packets) : packets_(packets) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>&,
                                              flow::Preparation& preparation) {
    TRY(const std::size_t packets, require_column(preparation, kPacket, data::Kind::packet,
                                                  "put it behind stream_input or file_input"));
    flow::Prepared prepared;
    prepared.outputs = {preparation.inputs.front()};
    prepared.make = [packets] { return std::make_unique<Demux>(packets); };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t row = batch.row(i);
      if (batch.column(packets_).is_null(row)) continue;
      const data::Packet& packet = *batch.column(packets_).packet(row);
      if (!is_video(packet.format->codec)) continue;
      const auto picked = picked_.emplace(batch.device(i), packet.stream).first;
      if (picked->second == packet.stream) rows.push_back(static_cast<std::uint32_t>(row));
    }
    if (!rows.empty()) context.emit(0, batch.select(std::move(rows)));
  }

 private:
  std::size_t packets_;
  std::unordered_map<data::Device, int> picked_;
};

}  // namespace

extern const flow::OperatorType demux;
constinit const flow::OperatorType demux = flow::operator_type<Demux>(kContract);

}  // namespace weir::operators
