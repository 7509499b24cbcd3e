// An epoch is given out once, whatever became of the database and the clock.
#include "node/epoch.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/log.h"

namespace weir::node {
namespace {

class EpochTest : public ::testing::Test {
 protected:
  void SetUp() override {
    std::string name = ::testing::TempDir() + "weir-epoch-XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder_ = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<store::Database> open(const base::Clock& clock) {
    return *store::Database::open(
        {.path = folder_ + "/weir.db", .migrations = {kEpochTable}, .log = log_, .clock = clock});
  }
  // Of `count` starts of instances, one after the other, in a database that is then lost.
  void start_and_lose(const base::Clock& clock, int count) {
    auto database = open(clock);
    for (int i = 0; i < count; ++i) {
      const std::int64_t epoch = *next_epoch(*database, clock);
      EXPECT_TRUE(given_.insert(epoch).second) << epoch << " is given out again";
    }
    database.reset();
    std::filesystem::remove_all(folder_);
  }

  std::string folder_;
  base::MemoryLog log_;
  std::set<std::int64_t> given_;
};

TEST_F(EpochTest, does_not_repeat_when_a_database_is_lost_after_more_starts_than_seconds) {
  base::ManualClock clock(1'700'000'000'000'000'000);
  start_and_lose(clock, 40);
  clock.advance(12'000'000'000);
  start_and_lose(clock, 40);
}

TEST_F(EpochTest, does_not_repeat_when_a_database_is_lost_and_the_clock_begins_at_1970_again) {
  for (int boot = 0; boot < 3; ++boot) start_and_lose(base::ManualClock(2'000'000'000), 10);
}

TEST_F(EpochTest, rises_whatever_the_clock_does) {
  const base::ManualClock ahead(1'900'000'000'000'000'000);
  const base::ManualClock back(-1);
  std::int64_t before = *next_epoch(*open(ahead), ahead);
  for (const base::ManualClock* clock : {&back, &back, &ahead, &back}) {
    const std::int64_t epoch = *next_epoch(*open(*clock), *clock);
    EXPECT_GT(epoch, before);
    before = epoch;
  }
}

}  // namespace
}  // namespace weir::node
