// The log: offsets, segments, quota, readers in memory and on disk.
#include "store/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include "store/segment.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

using base::Code;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::names;
using testing::records;
using testing::TestFolder;
using testing::TestLog;

std::vector<std::string> texts(const std::vector<Log::Record>& all) {
  std::vector<std::string> out;
  for (const auto& record : all) out.push_back(record.bytes);
  return out;
}

// Appends records "0", "1" … padded to `bytes`, one at a time.
void fill(Log& log, int count, std::size_t bytes = 100) {
  for (int i = 0; i < count; ++i) {
    std::string record = std::to_string(log.end());
    record.resize(bytes, ' ');
    ASSERT_TRUE(log.append(record));
  }
}

void expect_numbered(const std::vector<Log::Record>& all, std::uint64_t from, std::uint64_t to) {
  ASSERT_EQ(all.size(), to - from);
  for (std::size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(all[i].offset, from + i);
    EXPECT_EQ(std::stoull(all[i].bytes), from + i);
  }
}

TEST(Log, records_come_back_with_their_offsets_also_when_opened_again) {
  const TestFolder folder;
  TestLog test(folder / "a/log");
  Log& log = test.open();
  EXPECT_EQ(log.end(), 0u);
  EXPECT_THAT(records(log), IsEmpty());
  EXPECT_EQ(log.append("one"), 0u);
  const std::vector<std::string_view> more = {"", "three", std::string_view("\0\xff", 2)};
  EXPECT_EQ(log.append_all(more), 1u);
  EXPECT_EQ(log.append_all({}), 4u);
  const auto all = ElementsAre("one", "", "three", std::string("\0\xff", 2));
  EXPECT_THAT(texts(records(log)), all);
  EXPECT_THAT(texts(records(log, 2)), ElementsAre("three", std::string("\0\xff", 2)));

  const std::string id = log.id();
  EXPECT_THAT(id, ::testing::MatchesRegex("[0-9a-f]{32}"));
  Log& again = test.open();
  EXPECT_EQ(again.id(), id);
  EXPECT_EQ(again.end(), 4u);
  EXPECT_THAT(texts(records(again)), all);
  EXPECT_EQ(again.append("five"), 4u);
  EXPECT_EQ(test.lines.text(), "");
}

TEST(Log, two_logs_have_two_ids) {
  const TestFolder folder;
  TestLog one(folder / "one"), two(folder / "two");
  EXPECT_NE(one.open().id(), two.open().id());
}

TEST(Log, a_folder_has_one_log_at_a_time) {
  const TestFolder folder;
  TestLog test(folder / "log");
  test.open();
  const auto second = Log::open({.folder = test.folder, .log = test.lines, .clock = test.clock});
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::conflict);
}

TEST(Log, a_reader_at_the_end_goes_on_when_there_is_more) {
  const TestFolder folder;
  TestLog test(folder / "log");
  Log& log = test.open();
  auto reader = log.read(0);
  EXPECT_FALSE(*reader.next());
  fill(log, 1);
  EXPECT_EQ((*reader.next())->offset, 0u);
  EXPECT_EQ(reader.offset(), 1u);
  EXPECT_FALSE(*reader.next());
  fill(log, 2);
  EXPECT_EQ((*reader.next())->offset, 1u);
  reader.seek(0);
  EXPECT_EQ((*reader.next())->offset, 0u);
}

TEST(Log, segments_are_begun_released_and_dropped) {
  const TestFolder folder;
  TestLog test(folder / "log");
  Log& log = test.open();
  fill(log, 100);
  const auto segments = names(test.folder, ".log");
  ASSERT_GT(segments.size(), 2u);
  const std::uint64_t second = *detail::first_of_name(segments[1]);
  expect_numbered(records(log), 0, 100);

  log.release(second - 1);
  EXPECT_EQ(log.begin(), 0u);
  const std::uint64_t before = log.bytes();
  log.release(second);
  EXPECT_EQ(log.begin(), second);
  EXPECT_LT(log.bytes(), before);
  EXPECT_EQ(names(test.folder, ".log").size(), segments.size() - 1);
  const auto left = records(log);
  expect_numbered(left, second, 100);
  EXPECT_EQ(left[0].skipped, second);
  EXPECT_EQ(left[1].skipped, 0u);

  const std::uint64_t third = *detail::first_of_name(segments[2]);
  EXPECT_EQ(log.drop_oldest(), third - second);
  EXPECT_EQ(log.begin(), third);

  log.release(log.end());
  EXPECT_EQ(names(test.folder, ".log").size(), 1u) << "the newest stays";
  EXPECT_EQ(log.drop_oldest(), log.end() - *detail::first_of_name(segments.back()));
  EXPECT_EQ(log.begin(), 100u);
  EXPECT_EQ(log.drop_oldest(), 0u);
  EXPECT_THAT(records(log), IsEmpty());
  fill(log, 1);
  expect_numbered(records(test.open()), 100, 101);
}

TEST(Log, the_quota_is_kept_and_room_is_made_by_releasing) {
  const TestFolder folder;
  TestLog test(folder / "log", 1 << 20, 16 * 1024);
  Log& log = test.open();
  const std::string record(1000, 'r');
  base::Result<std::uint64_t> last = 0;
  std::uint64_t count = 0;
  for (; (last = log.append(record)); ++count) ASSERT_LT(count, 100u);
  EXPECT_EQ(last.error().code, Code::limit);
  EXPECT_THAT(last.error().message, HasSubstr(test.folder));
  EXPECT_LE(log.bytes(), test.quota);
  EXPECT_GT(log.bytes(), test.quota - 1100);
  EXPECT_EQ(log.end(), count);
  EXPECT_EQ(records(log).size(), count);

  log.release(log.end());
  EXPECT_LE(log.bytes(), test.quota / 4) << "a segment has at most a quarter of the quota";
  EXPECT_TRUE(log.append(record));
}

TEST(Log, limits_are_said) {
  const TestFolder folder;
  TestLog test(folder / "log", 1 << 20, 64 << 20);
  Log& log = test.open();
  const std::string large(Log::kRecordBytesMax, 'l');
  EXPECT_EQ(log.append(large), 0u);
  const auto larger = log.append(large + "l");
  ASSERT_FALSE(larger);
  EXPECT_EQ(larger.error().code, Code::limit);
  EXPECT_EQ(log.end(), 1u);
  EXPECT_EQ(records(test.open())[0].bytes, large);
  const auto small = Log::open(
      {.folder = folder / "b", .quota_bytes = 10, .log = test.lines, .clock = test.clock});
  ASSERT_FALSE(small);
  EXPECT_EQ(small.error().code, Code::invalid);
}

TEST(Log, what_memory_does_not_hold_is_read_from_disk) {
  const TestFolder folder;
  TestLog test(folder / "log", 512 * 1024, 64 << 20);
  Log& log = test.open();
  auto slow = log.read(0);
  std::uint64_t expected = 0;
  for (int round = 0; round < 8; ++round) {
    fill(log, 400, 2000);
    for (int i = 0; i < 150; ++i, ++expected) {
      ASSERT_EQ(std::stoull((*slow.next())->bytes), expected);
    }
  }
  expect_numbered(records(log), 0, 3200);
  for (; expected < 3200; ++expected) ASSERT_EQ(std::stoull((*slow.next())->bytes), expected);
  EXPECT_FALSE(*slow.next());
}

TEST(Log, a_batch_of_many_blocks_is_appended_whole) {
  const TestFolder folder;
  TestLog test(folder / "log", 256 * 1024, 64 << 20);
  Log& log = test.open();
  std::vector<std::string> numbers;
  for (int i = 0; i < 100'000; ++i) numbers.push_back(std::to_string(i));
  const std::vector<std::string_view> views(numbers.begin(), numbers.end());
  EXPECT_EQ(log.append_all(views), 0u);
  expect_numbered(records(log), 0, 100'000);
  EXPECT_EQ(log.append_all(views), 100'000u);
  EXPECT_EQ(records(test.open(), 199'990).front().bytes, "99990");
  EXPECT_LT(test.log->bytes(), 2 * 100'000 * 6u + 2048) << "a byte a record, and the blocks";
}

TEST(Log, sync_covers_all_segments_that_were_written) {
  const TestFolder folder;
  TestLog test(folder / "log");
  Log& log = test.open();
  EXPECT_EQ(log.synced(), 0u);
  fill(log, 100);
  EXPECT_EQ(log.synced(), 0u);
  ASSERT_TRUE(log.sync());
  EXPECT_EQ(log.synced(), 100u);
  fill(log, 1);
  EXPECT_EQ(log.synced(), 100u);
  Log& again = test.open();
  EXPECT_EQ(again.synced(), 0u) << "who wrote it may not have synced it";
  ASSERT_TRUE(again.sync());
  EXPECT_EQ(again.synced(), 101u);
}

TEST(Log, raised_offsets_are_not_given_out_again) {
  const TestFolder folder;
  TestLog test(folder / "log");
  Log& log = test.open();
  fill(log, 3);
  ASSERT_TRUE(log.raise_end(2));
  EXPECT_EQ(log.end(), 3u);
  ASSERT_TRUE(log.raise_end(50));
  EXPECT_EQ(log.end(), 50u);
  auto reader = log.read(3);
  EXPECT_FALSE(*reader.next());
  Log& again = test.open();
  EXPECT_EQ(again.end(), 50u);
  fill(again, 1);
  const auto all = records(again);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[3].offset, 50u);
  EXPECT_EQ(all[3].skipped, 47u);
  EXPECT_EQ(again.raise_end(detail::kOffsetMax + 1).error().code, Code::invalid);
}

TEST(Log, readers_and_a_releasing_thread_go_with_the_writer) {
  const TestFolder folder;
  TestLog test(folder / "log", 64 * 1024, 4 << 20);
  Log& log = test.open();
  constexpr std::uint64_t kCount = 20'000;
  std::atomic<std::uint64_t> slowest = 0;
  const auto follow = [&](bool releases) {
    auto reader = log.read(0);
    std::uint64_t expected = 0;
    while (expected < kCount) {
      const auto record = reader.next();
      ASSERT_TRUE(record) << record.error().message;
      if (!*record) {
        std::this_thread::yield();
        continue;
      }
      ASSERT_EQ(std::stoull((*record)->bytes), expected);
      ASSERT_EQ((*record)->skipped, 0u);
      ++expected;
      if (releases) {
        log.release(std::min(expected, slowest.load()));
      } else {
        slowest = expected;
      }
    }
  };
  std::thread one([&] { follow(true); });
  std::thread two([&] { follow(false); });
  std::thread syncing([&] {
    while (log.synced() < kCount) ASSERT_TRUE(log.sync());
  });
  for (std::uint64_t i = 0; i < kCount;) {
    std::string record = std::to_string(i);
    record.resize(500, ' ');
    const auto appended = log.append(record);
    if (appended) {
      ++i;
    } else {
      ASSERT_EQ(appended.error().code, Code::limit);  // until the readers have made room
      std::this_thread::yield();
    }
  }
  one.join();
  two.join();
  syncing.join();
}

}  // namespace
}  // namespace weir::store
