// stream_input gives the packets of each bound device, and tells what was passed over.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/harness_test.h"

namespace weir::operators {
namespace {

using testing::Harness;
using ::testing::HasSubstr;

data::PacketRef packet(std::int64_t time_ns) {
  auto format = std::make_shared<data::StreamFormat>();
  format->codec = data::Codec::h264;
  auto made = std::make_shared<data::Packet>();
  made->format = std::move(format);
  made->time_ns = time_ns;
  made->decode_order_ns = time_ns - 1;
  return made;
}

TEST(StreamInput, GivesThePacketsOfItsDevices) {
  Harness harness;
  harness.streams.packets[harness.a] = {{packet(10), 0}, {packet(20), 3}};
  harness.streams.packets[harness.b] = {{packet(15), 0}};
  const auto ran = harness.run("stream_input: {product: thing, property: video}");
  ASSERT_EQ(ran.mistakes, "");
  ASSERT_EQ(ran.batches.size(), 3U);
  EXPECT_EQ(ran.batches[0].device(0), harness.a);
  EXPECT_EQ(ran.batches[1].device(0), harness.b);
  EXPECT_EQ(ran.batches[2].time_ns(0), 20);
  EXPECT_EQ(ran.batches[2].column(0).packet(0)->time_ns, 20);
  EXPECT_EQ(ran.counters.dropped, 3U);
}

TEST(StreamInput, IsLiveWithALaneADevice) {
  Harness harness;
  std::string mistakes;
  const auto plan =
      harness.plan("stream_input: {product: thing, property: video}", nullptr, mistakes);
  ASSERT_NE(plan, nullptr) << mistakes;
  EXPECT_TRUE(plan->live);
  EXPECT_TRUE(plan->lane_per_device);
  const auto& make = plan->steps.front().prepared.make_source;
  bool woken = false;
  const auto source = make({{harness.b}, [&] { woken = true; }});
  ASSERT_TRUE(source.has_value());
  ASSERT_EQ(harness.streams.wakers.size(), 1U);
  harness.streams.wakers.front()();
  EXPECT_TRUE(woken);
}

TEST(StreamInput, NamesAStreamThatIsNotThere) {
  Harness harness;
  EXPECT_NE(harness.run("stream_input: {product: thing, property: audio}").mistakes, "");
}

}  // namespace
}  // namespace weir::operators
