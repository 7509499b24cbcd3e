// The log after damage: cut at every byte, each byte flipped, segments exchanged, the disk full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>

#include "store/segment.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

using base::Code;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::names;
using testing::read;
using testing::records;
using testing::TestFolder;
using testing::TestLog;
using ::testing::UnorderedElementsAreArray;
using testing::write;

// The bytes of a record at an offset.
std::string text(std::uint64_t offset) {
  return "record " + std::to_string(offset) + std::string(offset % 7, '.');
}

// A log of some segments, whose files each try begins with.
class LogDamage : public ::testing::Test {
 protected:
  LogDamage() : test_(folder_ / "log", 1500) {
    Log& log = test_.open();
    while (names(test_.folder, ".log").size() < 4) append(log);
    for (int i = 0; i < 9; ++i) append(log);
    end_ = log.end();
    id_ = log.id();
    test_.log = nullptr;
    segments_ = names(test_.folder, ".log");
    for (const std::string& name : segments_) bytes_.push_back(read(test_.folder + "/" + name));
  }

  // Batches of one to three records, of which one block comes.
  void append(Log& log) {
    std::vector<std::string> texts;
    for (std::uint64_t i = 0; i <= log.end() % 3; ++i) texts.push_back(text(log.end() + i));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    ASSERT_TRUE(log.append_all(views));
  }

  std::uint64_t first(std::size_t segment) const {
    return *detail::first_of_name(segments_[segment]);
  }
  std::string path(std::size_t segment) const { return test_.folder + "/" + segments_[segment]; }

  std::vector<std::string> damaged() const {
    std::vector<std::string> paths;
    for (const std::string& name : names(test_.folder, "")) {
      if (name.contains(".damaged")) paths.push_back(test_.folder + "/" + name);
    }
    return paths;
  }

  // The files as they were, and nothing else.
  void restore() {
    test_.log = nullptr;
    for (const std::string& name : names(test_.folder, "")) {
      std::filesystem::remove(test_.folder + "/" + name);
    }
    for (std::size_t i = 0; i < segments_.size(); ++i) write(path(i), bytes_[i]);
  }

  // What is there is what was appended, in order; what is not there is said. Returns the offsets.
  std::vector<std::uint64_t> check(Log& log) {
    std::vector<std::uint64_t> offsets;
    std::uint64_t next = 0;
    for (const auto& record : records(log)) {
      EXPECT_EQ(record.bytes, text(record.offset));
      EXPECT_EQ(record.offset, next + record.skipped);
      next = record.offset + 1;
      offsets.push_back(record.offset);
    }
    return offsets;
  }

  // What is appended now is read after all else, also when the log is opened again.
  void check_goes_on(Log& log) {
    const std::uint64_t offset = log.end();
    ASSERT_EQ(log.append(text(offset)), offset);
    EXPECT_EQ(records(log, offset).front().bytes, text(offset));
    Log& again = test_.open();
    EXPECT_EQ(again.end(), offset + 1);
    EXPECT_EQ(check(again).back(), offset);
  }

  TestFolder folder_{TestFolder::Where::memory};
  TestLog test_;
  std::uint64_t end_ = 0;
  std::string id_;
  std::vector<std::string> segments_, bytes_;
};

TEST_F(LogDamage, the_newest_segment_may_be_cut_at_every_byte) {
  const std::size_t last = segments_.size() - 1;
  std::uint64_t before = first(last);
  for (std::size_t size = 0; size < bytes_[last].size(); ++size) {
    SCOPED_TRACE(size);
    restore();
    write(path(last), bytes_[last].substr(0, size));
    Log& log = test_.open();
    EXPECT_EQ(log.id(), id_);
    const auto offsets = check(log);
    ASSERT_EQ(offsets.size(), log.end()) << "from 0 on without a gap";
    ASSERT_GE(log.end(), before) << "never fewer with more bytes";
    before = log.end();
    check_goes_on(log);
  }
  EXPECT_GE(before, end_ - 3) << "one byte too few costs one block";
}

TEST_F(LogDamage, a_flipped_byte_of_an_earlier_segment_costs_one_block_or_none_in_its_header) {
  for (std::size_t at = 0; at < bytes_[1].size(); ++at) {
    SCOPED_TRACE(at);
    restore();
    std::string bytes = bytes_[1];
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    write(path(1), bytes);
    Log& log = test_.open();
    EXPECT_EQ(log.end(), end_);
    const auto offsets = check(log);
    if (at < detail::kSegmentHeaderBytes) {
      EXPECT_EQ(offsets.size(), end_);
    } else {
      ASSERT_LT(offsets.size(), end_);
      ASSERT_GE(offsets.size(), end_ - 3);
    }
  }
  const auto lines = static_cast<std::size_t>(std::ranges::count(test_.lines.text(), '\n'));
  EXPECT_EQ(lines, bytes_[1].size()) << "each was said once";
  check_goes_on(*test_.log);
}

TEST_F(LogDamage, a_flipped_byte_of_the_newest_segment_costs_one_block_and_no_offset_twice) {
  const std::size_t last = segments_.size() - 1;
  for (std::size_t at = 0; at < bytes_[last].size(); ++at) {
    SCOPED_TRACE(at);
    restore();
    std::string bytes = bytes_[last];
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << at % 8));
    write(path(last), bytes);
    Log& log = test_.open();
    ASSERT_GE(log.end(), end_ - 3) << "what follows the damage says how far the log went";
    const auto offsets = check(log);
    ASSERT_GE(offsets.size(), at < detail::kSegmentHeaderBytes ? end_ : end_ - 3);
    check_goes_on(log);
  }
}

TEST_F(LogDamage, overwritten_headers_of_all_segments_cost_nothing_where_the_id_is_known) {
  for (std::size_t size = 1; size <= detail::kSegmentHeaderBytes; ++size) {
    SCOPED_TRACE(size);
    restore();
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      write(path(i), std::string(size, 'x') + bytes_[i].substr(size));
    }
    test_.known_id = id_;
    Log& log = test_.open();
    EXPECT_EQ(log.id(), id_);
    EXPECT_EQ(check(log).size(), end_);
    EXPECT_THAT(damaged(), IsEmpty());
    test_.known_id.clear();  // from now on a segment tells it
    check_goes_on(log);
    EXPECT_EQ(records(*test_.log).size(), end_ + 1);
  }
  EXPECT_THAT(test_.lines.text(), HasSubstr("its records are kept"));
}

TEST_F(LogDamage, a_beginning_that_is_overwritten_costs_the_blocks_in_it) {
  restore();
  const std::size_t size = bytes_[1].size() / 2;
  write(path(1), std::string(size, 'x') + bytes_[1].substr(size));
  const auto offsets = check(test_.open());
  EXPECT_GT(offsets.size(), end_ - (first(2) - first(1)));
  EXPECT_LT(offsets.size(), end_);
}

TEST_F(LogDamage, without_any_sound_block_the_log_goes_on_behind_where_the_id_is_known) {
  restore();
  for (std::size_t i = 0; i < segments_.size(); ++i) write(path(i), std::string(5000, '\0'));
  test_.known_id = id_;
  Log& log = test_.open();
  EXPECT_EQ(log.id(), id_);
  EXPECT_EQ(log.end(), first(segments_.size() - 1));
  EXPECT_EQ(damaged().size(), segments_.size());
  check_goes_on(log);
}

TEST_F(LogDamage, an_id_that_is_none_is_not_taken) {
  for (const std::string& id : {id_ + "00", std::string(32, 'x'), std::string(32, '-')}) {
    restore();
    for (std::size_t i = 0; i < segments_.size(); ++i) write(path(i), std::string(5000, '\0'));
    test_.known_id = id;
    Log& log = test_.open();
    EXPECT_NE(log.id(), id);
    EXPECT_EQ(log.id().size(), id_.size());
    EXPECT_EQ(log.end(), 0u);
  }
}

TEST_F(LogDamage, garbage_amid_a_segment_is_passed_over_and_said_once) {
  restore();
  std::string bytes = bytes_[1];
  bytes.replace(bytes.size() / 3, bytes.size() / 3, bytes.size() / 5, '?');
  write(path(1), bytes);
  Log& log = test_.open();
  const auto offsets = check(log);
  EXPECT_LT(offsets.size(), end_ - 5);
  EXPECT_GT(offsets.size(), end_ - (first(2) - first(1)));
  const std::string said = test_.lines.text();
  EXPECT_THAT(said, HasSubstr("damage in a segment is passed over"));
  EXPECT_THAT(said, HasSubstr(segments_[1]));
  check(log);
  EXPECT_EQ(test_.lines.text(), said);
}

TEST_F(LogDamage, a_segment_that_is_gone_is_a_gap) {
  restore();
  std::filesystem::remove(path(1));
  const auto offsets = check(test_.open());
  EXPECT_EQ(offsets.size(), end_ - (first(2) - first(1)));

  restore();
  Log& log = test_.open();
  std::filesystem::remove(path(1));  // while the log is open
  auto reader = log.read(first(1));
  const auto next = reader.next();
  EXPECT_EQ((*next)->offset, first(2));
  EXPECT_EQ((*next)->skipped, first(2) - first(1));
}

TEST_F(LogDamage, a_segment_of_another_log_is_set_aside) {
  restore();
  TestLog other(folder_ / "other");
  Log& foreign = other.open();
  while (names(other.folder, ".log").size() < 2) ASSERT_TRUE(foreign.append(text(0)));
  write(path(1), read(other.folder + "/" + names(other.folder, ".log")[0]));
  write(path(2), bytes_[1]);  // one of ours, with a wrong name
  Log& log = test_.open();
  EXPECT_EQ(check(log).size(), end_ - (first(3) - first(1)));
  EXPECT_EQ(damaged().size(), 2u);
}

TEST_F(LogDamage, without_any_sound_segment_the_log_begins_anew_with_another_id) {
  restore();
  for (std::size_t i = 0; i < segments_.size(); ++i) write(path(i), std::string(5000, '\0'));
  Log& log = test_.open();
  EXPECT_NE(log.id(), id_);
  EXPECT_EQ(log.end(), 0u);
  EXPECT_EQ(damaged().size(), segments_.size());
  check_goes_on(log);
}

TEST_F(LogDamage, of_segments_set_aside_only_the_newest_are_kept) {
  restore();
  for (std::size_t i = 0; i < 2 * Log::kDamagedMax; ++i) {
    write(test_.folder + "/" + detail::segment_name(1'000'000 + i), std::string(100, 'x'));
  }
  EXPECT_EQ(test_.open().end(), 1'000'000 + 2 * Log::kDamagedMax - 1);
  EXPECT_EQ(damaged().size(), Log::kDamagedMax);
}

TEST_F(LogDamage, a_segment_that_is_set_aside_takes_no_earlier_ones_name) {
  const std::string name = test_.folder + "/" + detail::segment_name(0);
  test_.log = nullptr;
  for (const std::string& segment : segments_)
    std::filesystem::remove(test_.folder + "/" + segment);
  write(name + ".damaged", "of an earlier version");
  write(name + ".damaged-x", "mine");
  constexpr std::size_t kRounds = Log::kDamagedMax + 4;
  for (std::size_t i = 1; i <= kRounds; ++i) {
    SCOPED_TRACE(i);
    write(name, std::string(100 + i, 'x'));
    test_.open();
    test_.log = nullptr;
    std::vector<std::string> kept = {name + ".damaged-x"};
    for (std::size_t n = i; n > 0 && n + Log::kDamagedMax > i; --n) {
      kept.push_back(name + ".damaged-" + std::to_string(n));
      EXPECT_EQ(read(kept.back()), std::string(100 + n, 'x'));
    }
    if (i < Log::kDamagedMax) kept.push_back(name + ".damaged");
    EXPECT_THAT(damaged(), UnorderedElementsAreArray(kept));
  }
}

TEST_F(LogDamage, other_files_are_left_alone) {
  restore();
  write(test_.folder + "/notes.log", "mine");
  write(test_.folder + "/0000000000000000000x.log", "mine");
  EXPECT_EQ(check(test_.open()).size(), end_);
  EXPECT_EQ(read(test_.folder + "/notes.log"), "mine");
  EXPECT_EQ(read(test_.folder + "/0000000000000000000x.log"), "mine");
}

TEST(LogFullDisk, refuses_and_goes_on_when_there_is_room) {
  testing::SmallDisk disk(1 << 20);
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  TestLog test(disk.path() + "/log", 64 * 1024);
  Log& log = test.open();
  std::uint64_t appended = 0;
  for (; appended < 10; ++appended) ASSERT_TRUE(log.append(text(appended)));
  for (int round = 0; round < 3; ++round) {
    disk.fill(20 * 1024);
    // Batches of more than a page, which end amid a write.
    while (true) {
      std::vector<std::string> texts;
      for (std::uint64_t i = 0; i < 300; ++i) texts.push_back(text(appended + i));
      const std::vector<std::string_view> views(texts.begin(), texts.end());
      const auto done = log.append_all(views);
      if (!done) {
        EXPECT_EQ(done.error().code, Code::io);
        EXPECT_THAT(done.error().message, HasSubstr("No space left"));
        break;
      }
      ASSERT_EQ(*done, appended);
      appended += 300;
      ASSERT_LT(appended, 100'000u);
    }
    EXPECT_EQ(log.end(), appended);
    EXPECT_EQ(records(log).size(), appended);
    disk.empty();
    ASSERT_EQ(log.append(text(appended)), appended);
    ++appended;
  }
  EXPECT_THAT(test.lines.text(), HasSubstr("cannot append to a log"));
  EXPECT_EQ(std::ranges::count(test.lines.text(), '\n'), 1) << "said once in a while";
  const auto all = records(test.open());
  ASSERT_EQ(all.size(), appended);
  for (std::uint64_t i = 0; i < appended; ++i) EXPECT_EQ(all[i].bytes, text(i));
}

TEST(LogFullDisk, opens_where_there_is_no_room) {
  testing::SmallDisk disk(1 << 20);
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  TestLog test(disk.path() + "/log");
  ASSERT_TRUE(test.open().append("one"));
  disk.fill(0);
  Log& log = test.open();
  EXPECT_EQ(records(log).size(), 1u);
  EXPECT_TRUE(log.sync());
}

}  // namespace
}  // namespace weir::store
