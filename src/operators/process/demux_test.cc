// demux passes on one video stream a device.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/harness_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

class Packets {
 public:
  Packets() : builder_(data::make_schema({{"packet", data::Kind::packet}})) {}
  void add(data::Device device, int stream, data::Codec codec) {
    auto format = std::make_shared<data::StreamFormat>();
    format->codec = codec;
    auto packet = std::make_shared<data::Packet>();
    packet->format = std::move(format);
    packet->stream = stream;
    builder_.column(0).append_packet(std::move(packet));
    builder_.end_record(static_cast<std::int64_t>(builder_.size()), device);
  }
  void add_null(data::Device device) {
    builder_.column(0).append_null();
    builder_.end_record(static_cast<std::int64_t>(builder_.size()), device);
  }
  data::Batch finish() { return builder_.finish(); }

 private:
  data::BatchBuilder builder_;
};

TEST(Demux, PicksTheFirstVideoOfEachDevice) {
  Harness harness;
  Packets packets;
  packets.add(harness.a, 0, data::Codec::audio);
  packets.add(harness.a, 1, data::Codec::h264);
  packets.add(harness.b, 0, data::Codec::mjpeg);
  packets.add(harness.a, 2, data::Codec::hevc);
  packets.add_null(harness.a);
  packets.add(harness.a, 3, data::Codec::data);
  packets.add(harness.a, 1, data::Codec::h264);
  const auto ran = run_however_split(harness, "demux", packets.finish());
  std::vector<std::int64_t> times;
  for (const data::Batch& batch : ran.batches) {
    for (std::size_t i = 0; i < batch.size(); ++i) times.push_back(batch.time_ns(i));
  }
  EXPECT_EQ(times, (std::vector<std::int64_t>{1, 2, 6}));
}

TEST(Demux, NeedsPackets) {
  Harness harness;
  data::BatchBuilder builder(data::make_schema({{"n", data::Kind::int64}}));
  EXPECT_THAT(harness.run("demux", {builder.finish()}).mistakes,
              ::testing::HasSubstr("needs a column `packet` of type packet, and its input has n"));
}

}  // namespace
}  // namespace weir::operators
