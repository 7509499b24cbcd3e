// frame_rate keeps evenly spaced records, for each device by itself.
#include <gtest/gtest.h>

#include "operators/harness_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

constexpr std::int64_t kMs = 1'000'000;

data::Batch at(data::Device device, const std::vector<std::int64_t>& times_ns) {
  data::BatchBuilder builder(data::make_schema({{"n", data::Kind::int64}}));
  for (std::size_t i = 0; i < times_ns.size(); ++i) {
    builder.column(0).append_int64(static_cast<std::int64_t>(i));
    builder.end_record(times_ns[i], device);
  }
  return builder.finish();
}

std::vector<std::int64_t> kept(const testing::Ran& ran) {
  std::vector<std::int64_t> out;
  for (const data::Batch& batch : ran.batches) {
    for (std::size_t i = 0; i < batch.size(); ++i)
      out.push_back(batch.column(0).int64s()[batch.row(i)]);
  }
  return out;
}

std::vector<std::int64_t> every(std::int64_t distance_ns, std::size_t count,
                                std::int64_t jitter_ns = 0) {
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < count; ++i) {
    out.push_back(static_cast<std::int64_t>(i) * distance_ns +
                  (i % 2 == 0 ? jitter_ns : -jitter_ns));
  }
  return out;
}

TEST(FrameRate, OfTenASecondKeepsEachFifthForTwo) {
  Harness harness;
  const auto ran =
      run_however_split(harness, "frame_rate: {rate: 2}", at(harness.a, every(100 * kMs, 31)));
  EXPECT_EQ(kept(ran), (std::vector<std::int64_t>{0, 5, 10, 15, 20, 25, 30}));
  EXPECT_EQ(ran.counters.dropped, 0U);
}

TEST(FrameRate, RoundedTimesAndJitterChangeNothing) {
  Harness harness;
  EXPECT_EQ(
      kept(harness.run("frame_rate: {rate: 2}", {at(harness.a, every(100 * kMs, 16, 3 * kMs))})),
      (std::vector<std::int64_t>{0, 5, 10, 15}));
  // 30 pictures a second in whole milliseconds.
  std::vector<std::int64_t> times;
  for (std::int64_t i = 0; i < 90; ++i) times.push_back(i * 1000 / 30 * kMs);
  EXPECT_EQ(kept(harness.run("frame_rate: {rate: 1}", {at(harness.a, times)})),
            (std::vector<std::int64_t>{0, 30, 60}));
}

TEST(FrameRate, KeepsAllWhereTheRateIsNotReached) {
  Harness harness;
  EXPECT_EQ(
      kept(harness.run("frame_rate: {rate: 50}", {at(harness.a, every(100 * kMs, 20, 4 * kMs))}))
          .size(),
      20U);
}

TEST(FrameRate, GoesOnAfterAGapAndWhenTimeGoesBack) {
  Harness harness;
  const auto ran =
      harness.run("frame_rate: {rate: 1}",
                  {at(harness.a, {0, 500 * kMs, 60'300 * kMs, 60'800 * kMs, 61'000 * kMs,
                                  2'000 * kMs, 2'400 * kMs, 3'000 * kMs})});
  EXPECT_EQ(kept(ran), (std::vector<std::int64_t>{0, 2, 4, 5, 7}));
}

TEST(FrameRate, CountsForEachDeviceByItself) {
  Harness harness;
  const auto schema = data::make_schema({{"n", data::Kind::int64}});
  data::BatchBuilder builder(schema);
  for (std::int64_t i = 0; i < 20; ++i) {
    builder.column(0).append_int64(i);
    builder.end_record(i / 2 * 100 * kMs + (i % 2) * 50 * kMs, i % 2 == 0 ? harness.a : harness.b);
  }
  const auto ran = run_however_split(harness, "frame_rate: {rate: 2}", builder.finish());
  EXPECT_EQ(kept(ran), (std::vector<std::int64_t>{0, 1, 10, 11}));
}

}  // namespace
}  // namespace weir::operators
