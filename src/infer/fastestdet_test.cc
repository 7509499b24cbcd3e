// FastestDet finds the people in a real video (WEIR_DATA).
#include <cstdlib>
#include <string>

#include <gtest/gtest.h>

#include "infer/model.h"
#include "infer/testing/model_folder_test.h"

#if WEIR_MEDIA
#include "media/decoder.h"
#include "media/demuxer.h"

namespace weir::infer {
namespace {

constexpr std::int64_t kSecondNs = 1'000'000'000;

// Whether somebody is in view at a second of one-by-one-person-detection.mp4, well within the times
// stated.
struct Moment {
  std::int64_t second;
  bool person;
};
constexpr Moment kMoments[] = {{2, false}, {10, true}, {15, true},  {21, false},
                               {30, true}, {40, true}, {47, false}, {55, true}};

TEST(FastestDet, SeesWhoIsThere) {
  const char* data = std::getenv("WEIR_DATA");
  if (data == nullptr) GTEST_SKIP() << "WEIR_DATA is not set";
  const std::string folder = "examples/detect-people/model";
  const auto model = load_model(testing::runtime(), folder, std::string(data) + "/FastestDet.onnx");
  ASSERT_TRUE(model) << model.error().message;
  const data::SchemaRef schema = data::make_schema({{"image", data::Kind::image}});
  const auto inference = make_inference(*model, *schema, {.classes = {"person"}, .score = 0.65});
  ASSERT_TRUE(inference) << inference.error().message;

  const base::SystemClock clock;
  const auto demuxer =
      media::Demuxer::open(std::string(data) + "/one-by-one-person-detection.mp4", {}, clock);
  ASSERT_TRUE(demuxer) << demuxer.error().message;
  const auto stream = static_cast<std::size_t>((*demuxer)->best_video());
  const auto decoder = media::Decoder::open((*demuxer)->streams()[stream]);
  ASSERT_TRUE(decoder) << decoder.error().message;
  const Moment* next = std::begin(kMoments);
  while (next != std::end(kMoments)) {
    const auto packet = (*demuxer)->read();
    ASSERT_TRUE(packet) << packet.error().message;
    if ((*packet)->stream != static_cast<int>(stream)) continue;
    for (const media::DecodedFrame& decoded : (*decoder)->decode(*packet)) {
      if (next == std::end(kMoments) || decoded.time_ns < next->second * kSecondNs) continue;
      data::BatchBuilder builder(schema);
      builder.column(0).append_image({decoded.frame, nullptr});
      builder.end_record(decoded.time_ns, 0);
      const auto columns = (*inference)->run(builder.finish());
      ASSERT_TRUE(columns) << columns.error().message;
      EXPECT_EQ(columns->at(1)->int64s()[0] > 0, next->person) << "at " << next->second << " s";
      ++next;
    }
  }
}

}  // namespace
}  // namespace weir::infer
#endif
