// A writer that is killed at any point: each append that returned is there, once, in order.
#include <gtest/gtest.h>

#include <atomic>
#include <random>
#include <string>
#include <vector>

#include "store/store_test.h"

namespace weir::store {
namespace {

using testing::records;
using testing::TestFolder;
using testing::TestLog;

constexpr int kRounds = 80;
constexpr std::uint64_t kSeed = 20261122;
constexpr std::uint64_t kBatchMax = 600;
constexpr std::uint64_t kKept = 2000;  // offsets before the end that are not released

struct Told {
  std::atomic<std::uint64_t> end = 0;       // offsets below it were appended
  std::atomic<std::uint64_t> released = 0;  // offsets below it may be gone
};

std::string content(std::uint64_t offset) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
  const std::size_t more = (offset * kGolden >> 40) % 300;
  return std::to_string(offset) + " " + std::string(more, static_cast<char>('a' + offset % 26));
}

// Appends alone and in batches, rolls, syncs and releases.
void write_on(const TestLog& test, testing::SharedMemory<Told>& told, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  base::MemoryLog lines;
  auto log = Log::open({.folder = test.folder,
                        .segment_bytes = test.segment,
                        .quota_bytes = test.quota,
                        .log = lines,
                        .clock = test.clock});
  while (log) {
    std::vector<std::string> texts;
    const std::uint64_t end = (*log)->end();
    const std::uint64_t count = random() % 4 == 0 ? 1 + random() % kBatchMax : 1;
    for (std::uint64_t i = 0; i < count; ++i) texts.push_back(content(end + i));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    if ((*log)->append_all(views) != end) break;
    told->end = end + count;
    if (random() % 64 == 0 && !(*log)->sync()) break;
    if (random() % 8 == 0 && told->end > kKept) {
      told->released = told->end - kKept;
      (*log)->release(told->released);
    }
  }
}

TEST(LogKilled, every_append_that_returned_is_there_once_and_in_order) {
  const TestFolder folder(TestFolder::Where::memory);
  TestLog test(folder / "log", 64 * 1024, 64 << 20);
  testing::SharedMemory<Told> told;
  std::mt19937_64 random(kSeed);
  std::string id;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    const auto cpu_ns = static_cast<std::int64_t>(1 + random() % 10'000'000);
    const std::uint64_t seed = random();
    ASSERT_TRUE(testing::run_until_killed(cpu_ns, [&] { write_on(test, told, seed); }));

    Log& log = test.open();
    ASSERT_TRUE(id.empty() || id == log.id());
    id = log.id();
    ASSERT_GE(log.end(), told->end);
    ASSERT_LE(log.end(), told->end + kBatchMax) << "at most the batch that was being appended";
    ASSERT_LE(log.begin(), told->released);
    std::uint64_t next = log.begin();
    for (const auto& record : records(log, next)) {
      ASSERT_EQ(record.offset, next++);
      ASSERT_EQ(record.bytes, content(record.offset));
    }
    ASSERT_EQ(next, log.end());
    told->end = log.end();
    test.log = nullptr;
  }
  EXPECT_GT(told->end, 0u);
}

}  // namespace
}  // namespace weir::store
