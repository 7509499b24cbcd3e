// encode puts JPEG in the place of pictures, whole unless told to crop.
#ifdef WEIR_MEDIA
#include <gtest/gtest.h>

#include "media/decoder.h"
#include "operators/harness_test.h"
#include "operators/pictures_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

std::pair<int, int> decoded_size(const data::PacketRef& packet) {
  auto decoder = media::Decoder::open(packet->format);
  if (!decoder) return {};
  auto frames = (*decoder)->decode(packet);
  if (frames.empty()) frames = (*decoder)->flush();
  return frames.empty() ? std::pair(0, 0)
                        : std::pair(frames[0].frame->width, frames[0].frame->height);
}

const std::shared_ptr<const data::Region>& quarter() {
  static const auto region =
      std::make_shared<const data::Region>(data::Region{{{0, 0}, {0.5, 0}, {0.5, 0.5}, {0, 0.5}}});
  return region;
}

TEST(Encode, KeepsTheWholePictureAndTheOtherColumns) {
  Harness harness;
  const auto ran =
      run_however_split(harness, "encode: {format: jpeg}",
                        testing::shots({{{testing::gray_frame(64, 48), quarter()}, 5, harness.a},
                                        {{}, 6, harness.b}}));
  ASSERT_EQ(ran.records.size(), 2U);
  EXPECT_EQ(ran.schema->field(0).name, "n");
  EXPECT_EQ(ran.schema->field(1).name, "packet");
  EXPECT_EQ(ran.schema->field(1).type.kind(), data::Kind::packet);
  const data::Column& packets = ran.batches.front().column(1);
  EXPECT_TRUE(packets.is_null(1));
  const data::PacketRef& packet = packets.packet(0);
  EXPECT_EQ(packet->time_ns, 5);
  EXPECT_EQ(packet->captured_ns, 11);
  EXPECT_EQ(packet->received_ns, 12);
  EXPECT_EQ(decoded_size(packet), std::pair(64, 48));
}

TEST(Encode, CropsToTheRegionWhenTold) {
  Harness harness;
  const auto ran =
      harness.run("encode: {crop: true}",
                  {testing::shots({{{testing::gray_frame(64, 48), quarter()}, 5, harness.a},
                                   {{testing::gray_frame(64, 48), nullptr}, 6, harness.a}})});
  ASSERT_EQ(ran.records.size(), 2U);
  EXPECT_EQ(decoded_size(ran.batches.front().column(1).packet(0)), std::pair(32, 24));
  EXPECT_EQ(decoded_size(ran.batches.front().column(1).packet(1)), std::pair(64, 48));
}

TEST(Encode, RefusesASecondPacketColumn) {
  Harness harness;
  data::BatchBuilder builder(
      data::make_schema({{"image", data::Kind::image}, {"packet", data::Kind::packet}}));
  EXPECT_NE(
      harness.run("encode", {builder.finish()}).mistakes.find("already has a column `packet`"),
      std::string::npos);
}

}  // namespace
}  // namespace weir::operators
#endif
