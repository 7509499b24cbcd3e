// decode gives pictures with their times, and leaves out what cannot be shown.
#ifdef WEIR_MEDIA
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "media/clips_test.h"
#include "operators/harness_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

data::Batch batch_of(const std::vector<data::PacketRef>& packets, data::Device device) {
  data::BatchBuilder builder(data::make_schema({{"packet", data::Kind::packet}}));
  for (const data::PacketRef& packet : packets) {
    builder.column(0).append_packet(packet);
    builder.end_record(packet->time_ns, device);
  }
  return builder.finish();
}

std::vector<std::int64_t> times_ms(const testing::Ran& ran) {
  std::vector<std::int64_t> out;
  for (const data::Batch& batch : ran.batches) out.push_back(batch.time_ns(0) / 1'000'000);
  return out;
}

class DecodeTest : public ::testing::Test {
 protected:
  std::vector<data::PacketRef> packets(const std::string& options = "-bf 2") {
    const std::string clip = folder_.clip("clip.mp4", options);
    EXPECT_NE(clip, "");
    return clip.empty() ? std::vector<data::PacketRef>() : media::packets_of(clip);
  }
  media::Folder folder_;
  Harness harness_;
};

TEST_F(DecodeTest, GivesEveryPictureInTheOrderOfItsTime) {
  const auto ran = run_however_split(harness_, "decode", batch_of(packets(), harness_.a));
  std::vector<std::int64_t> expected;
  for (int i = 0; i < media::Folder::kClipFrames; ++i) expected.push_back(i * 100);
  EXPECT_EQ(times_ms(ran), expected);
  EXPECT_EQ(ran.counters.dropped, 0U);
  EXPECT_EQ(ran.batches.front().column(0).image(0).frame->width, 320);
}

TEST_F(DecodeTest, WaitsForAKeyframe) {
  std::vector<data::PacketRef> late = packets("-bf 0");
  ASSERT_EQ(late.size(), 20U);
  late.erase(late.begin(), late.begin() + 3);
  const auto ran = run_however_split(harness_, "decode", batch_of(late, harness_.a));
  EXPECT_EQ(times_ms(ran).front(), 1000);
  EXPECT_EQ(ran.counters.dropped, 7U);
}

TEST_F(DecodeTest, DecodesEachDeviceByItself) {
  const auto all = packets("-bf 0");
  data::BatchBuilder builder(data::make_schema({{"packet", data::Kind::packet}}));
  for (const data::PacketRef& packet : all) {
    for (const data::Device device : {harness_.a, harness_.b}) {
      builder.column(0).append_packet(packet);
      builder.end_record(packet->time_ns, device);
    }
  }
  EXPECT_EQ(harness_.run("decode", {builder.finish()}).records.size(), 2 * all.size());
}

TEST_F(DecodeTest, ChangesWithItsStream) {
  std::vector<data::PacketRef> all = packets();
  const std::string other = folder_.clip("other.mp4", "", "160x120");
  ASSERT_NE(other, "");
  for (const data::PacketRef& packet : media::packets_of(other)) all.push_back(packet);
  const auto ran = harness_.run("decode", {batch_of(all, harness_.a)});
  ASSERT_EQ(ran.records.size(), 40U);
  EXPECT_EQ(ran.batches[19].column(0).image(0).frame->width, 320);
  EXPECT_EQ(ran.batches[20].column(0).image(0).frame->width, 160);
}

TEST_F(DecodeTest, HoldsTheWatermarkBackWithItsPictures) {
  std::string mistakes;
  const data::Batch batch = batch_of(packets(), harness_.a);
  const auto plan = harness_.plan("decode", batch.schema(), mistakes);
  ASSERT_NE(plan, nullptr) << mistakes;
  class Kept final : public flow::Context {
   public:
    void emit(std::size_t, data::Batch out) override { newest_ns = out.time_ns(out.size() - 1); }
    void set_timer(flow::Key, std::int64_t) override {}
    void reject(const data::Batch&, std::size_t, const base::Error&) override {}
    void drop(std::size_t) override {}
    std::shared_ptr<flow::Deferred> defer() override { return nullptr; }
    std::int64_t newest_ns = -1;
  } context;
  const auto decode = plan->steps.back().prepared.make();
  bool held = false;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    decode->process(0, batch.slice(i, 1), context);
    const std::int64_t decoded_ns = batch.column(0).packet(i)->decode_order_ns;
    const std::int64_t passed_ns = decode->watermark(harness_.a, decoded_ns, context);
    EXPECT_LE(passed_ns, decoded_ns);
    held |= passed_ns < decoded_ns;
    if (i + 1 < batch.size()) continue;
    // At the end all that is still held back lies at or after what was passed.
    const std::int64_t end_ns = decode->watermark(harness_.a, std::int64_t{1} << 62, context);
    context.newest_ns = -1;
    decode->finish(context);
    EXPECT_LE(end_ns, context.newest_ns);
    held = true;
  }
  EXPECT_TRUE(held);
  EXPECT_EQ(decode->watermark(harness_.b, 5, context), 5);
}

TEST_F(DecodeTest, RejectsWhatIsNoVideo) {
  auto format = std::make_shared<data::StreamFormat>();
  format->codec = data::Codec::audio;
  format->codec_name = "aac";
  auto packet = std::make_shared<data::Packet>();
  packet->format = format;
  const auto ran = run_however_split(harness_, "decode", batch_of({packet, packet}, harness_.a));
  EXPECT_EQ(ran.counters.errors, 2U);
  EXPECT_THAT(ran.reasons.front(), ::testing::HasSubstr("aac"));
}

}  // namespace
}  // namespace weir::operators
#endif
