// KeyframeCheck: pictures, noise, and none at all.
#ifdef WEIR_MEDIA
#include "drivers/keyframe_check.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "media/picture.h"

namespace weir::drivers {
namespace {

constexpr std::int64_t kSecond = 1'000'000'000;

data::PacketRef picture() {
  const auto memory = std::make_shared<const std::vector<std::uint8_t>>(64 * 64 * 3 / 2, 128);
  data::Frame frame;
  frame.width = frame.height = 64;
  frame.planes = {
      {{memory->data(), 64}, {memory->data() + 64 * 64, 32}, {memory->data() + 64 * 80, 32}}};
  frame.owner = memory;
  return std::make_shared<const data::Packet>(*media::encode_jpeg(frame));
}

data::PacketRef noise() {
  auto packet = std::make_shared<data::Packet>(*picture());
  const auto memory = std::make_shared<const std::vector<std::uint8_t>>(500, 0x5A);
  packet->bytes = *memory;
  packet->owner = memory;
  return packet;
}

data::PacketRef between(data::PacketRef packet) {
  auto changed = std::make_shared<data::Packet>(*packet);
  changed->keyframe = false;
  return changed;
}

TEST(KeyframeCheck, pictures_pass) {
  KeyframeCheck check;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(check.look(picture(), i * kSecond));
}

TEST(KeyframeCheck, noise_is_noticed_after_a_few_keyframes) {
  KeyframeCheck check;
  EXPECT_TRUE(check.look(picture(), 0));
  EXPECT_TRUE(check.look(noise(), kSecond));
  EXPECT_TRUE(check.look(noise(), 2 * kSecond));
  const auto third = check.look(noise(), 3 * kSecond);
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, base::Code::corrupt);
}

TEST(KeyframeCheck, a_damaged_keyframe_among_whole_ones_is_no_reason) {
  KeyframeCheck check;
  for (int i = 0; i < 100; ++i) {
    EXPECT_TRUE(check.look(i % 3 == 0 ? picture() : noise(), i * KeyframeCheck::kIntervalNsMax));
  }
}

TEST(KeyframeCheck, a_stream_without_keyframes_is_noticed) {
  KeyframeCheck check;
  EXPECT_TRUE(check.look(picture(), 0));
  EXPECT_TRUE(check.look(between(noise()), KeyframeCheck::kKeyframeAgeNsMax));
  EXPECT_FALSE(check.look(between(picture()), KeyframeCheck::kKeyframeAgeNsMax + 1));
}

}  // namespace
}  // namespace weir::drivers
#endif
