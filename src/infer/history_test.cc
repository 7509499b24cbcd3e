// Which tensors a model that takes several of them sees.
#include "infer/history.h"

#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::infer {
namespace {

using ::testing::ElementsAre;

constexpr std::int64_t kMillisecond = 1'000'000;

// A history of tensors of two values, which are both the time of their record in milliseconds.
class Times {
 public:
  Times(std::int64_t count, std::int64_t every_ms, std::int64_t within_ms)
      : window_{count, every_ms * kMillisecond, within_ms * kMillisecond}, history_(window_, 2) {}

  // The times the model sees at `time_ms`; nothing where there are too few.
  std::optional<std::vector<int>> at(std::int64_t time_ms) {
    std::vector<float> tensors(static_cast<std::size_t>(window_.count) * 2, -1);
    tensors[tensors.size() - 2] = tensors[tensors.size() - 1] = static_cast<float>(time_ms);
    if (!history_.join(time_ms * kMillisecond, tensors)) return std::nullopt;
    std::vector<int> times;
    for (std::size_t i = 0; i < tensors.size(); i += 2) {
      EXPECT_EQ(tensors[i], tensors[i + 1]);
      times.push_back(static_cast<int>(tensors[i]));
    }
    return times;
  }

 private:
  Window window_;
  History history_;
};

TEST(History, GivesNothingUntilFull) {
  Times times(3, 200, 1000);
  EXPECT_EQ(times.at(0), std::nullopt);
  EXPECT_EQ(times.at(200), std::nullopt);
  EXPECT_THAT(times.at(400).value(), ElementsAre(0, 200, 400));
  EXPECT_THAT(times.at(600).value(), ElementsAre(200, 400, 600));
}

TEST(History, SeesTheNewestEvenBetweenKeptOnes) {
  Times times(3, 200, 1000);
  for (const int time : {0, 200, 400}) times.at(time);
  EXPECT_THAT(times.at(500).value(), ElementsAre(200, 400, 500));
  EXPECT_THAT(times.at(520).value(), ElementsAre(200, 400, 520));
  EXPECT_THAT(times.at(600).value(), ElementsAre(200, 400, 600));
  EXPECT_THAT(times.at(800).value(), ElementsAre(400, 600, 800));
}

TEST(History, KeepsWhatComesATenthTooEarly) {
  Times times(2, 200, 1000);
  times.at(0);
  EXPECT_THAT(times.at(179).value(), ElementsAre(0, 179));
  EXPECT_THAT(times.at(180).value(), ElementsAre(0, 180));
  EXPECT_THAT(times.at(190).value(), ElementsAre(180, 190));
}

TEST(History, ForgetsWhatIsTooOld) {
  Times times(3, 200, 1000);
  for (const int time : {0, 200, 400}) times.at(time);
  EXPECT_THAT(times.at(1200).value(), ElementsAre(200, 400, 1200));
  EXPECT_EQ(times.at(2201), std::nullopt);
  EXPECT_EQ(times.at(2300), std::nullopt);
  EXPECT_EQ(times.at(2401), std::nullopt) << "2300 was not kept";
  EXPECT_THAT(times.at(2601).value(), ElementsAre(2201, 2401, 2601));
}

TEST(History, BeginsAnewWhereTimeGoesBack) {
  Times times(2, 200, 1000);
  for (const int time : {5000, 5200}) times.at(time);
  EXPECT_EQ(times.at(100), std::nullopt);
  EXPECT_THAT(times.at(300).value(), ElementsAre(100, 300));
}

TEST(History, OfOneIsTheNewest) {
  Times times(1, 200, 1000);
  EXPECT_THAT(times.at(0).value(), ElementsAre(0));
  EXPECT_THAT(times.at(7).value(), ElementsAre(7));
}

}  // namespace
}  // namespace weir::infer
