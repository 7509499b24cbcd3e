// The log of a class after its disk lost the end of it.
#include "link/class_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>
#include <utility>
#include <vector>

#include "link/scratch_test.h"
#include "store/blobs.h"
#include "store/digest.h"
#include "store/read_test.h"
#include "store/sync_test.h"

namespace weir::link {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::IsEmpty;

constexpr std::uint64_t kRecords = 6;
constexpr std::uint64_t kCommitted = 2;

class ClassLogTest : public testing::Test {
 protected:
  std::unique_ptr<ClassLog> open(const std::string& folder) {
    auto opened = ClassLog::open({.folder = folder,
                                  .of = Class::alert,
                                  .segment_bytes = segment_bytes_,
                                  .quota_bytes = 8 << 20,
                                  .pictures = pictures_,
                                  .log = log_,
                                  .clock = clock_});
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static void append(ClassLog& log, const std::string& id, const std::string& picture = "") {
    const std::string record =
        write_record({.id = id, .time_ns = 0, .body = "{}", .picture = picture});
    const std::string_view views[] = {record};
    EXPECT_TRUE(log.append(views, picture));
  }
  // The ids from the cursor on.
  static std::vector<std::string> waiting(ClassLog& log) {
    std::vector<std::string> ids;
    store::Log::Reader reader = log.log().read(log.cursor());
    while (const auto record = *reader.next()) {
      EXPECT_GE(record->offset, log.cursor());
      ids.push_back(read_record(record->bytes)->id);
    }
    return ids;
  }

  std::uint64_t segment_bytes_ = 1 << 20;
  Scratch scratch_;
  base::SystemClock clock_;
  base::MemoryLog log_;
  std::unique_ptr<store::Blobs> blobs_ =
      std::move(*store::Blobs::open({.folder = scratch_.path("pictures"), .log = log_}));
  Pictures pictures_{*blobs_, log_};
};

// What was committed is not sent again, what is left is, and what comes later has its own offsets.
TEST_F(ClassLogTest, cut_at_every_byte_sends_what_is_left_and_what_comes) {
  const std::string whole = scratch_.path("whole");
  std::vector<std::uintmax_t> ends;  // of the file, after each record
  std::string segment;
  {
    const auto log = open(whole);
    for (std::uint64_t i = 0; i < kRecords; ++i) {
      append(*log, std::to_string(i));
      ends.push_back(log->log().bytes());
    }
    EXPECT_TRUE(log->move_cursor(kCommitted));
    for (const auto& entry : std::filesystem::directory_iterator(whole + "/alert"))
      if (entry.path().extension() == ".log") segment = entry.path().filename();
  }
  for (std::uintmax_t cut = 0; cut <= ends.back(); ++cut) {
    const std::string folder = scratch_.path("cut-" + std::to_string(cut));
    std::filesystem::copy(whole, folder, std::filesystem::copy_options::recursive);
    std::filesystem::resize_file(folder + "/alert/" + segment, cut);
    std::vector<std::string> expected;
    for (std::uint64_t i = kCommitted; i < kRecords && ends[i] <= cut; ++i)
      expected.push_back(std::to_string(i));
    {
      const auto log = open(folder);
      ASSERT_THAT(waiting(*log), ElementsAreArray(expected)) << cut;
      append(*log, "later");
    }
    expected.emplace_back("later");
    const auto log = open(folder);
    ASSERT_THAT(waiting(*log), ElementsAreArray(expected)) << cut;
    EXPECT_EQ(log->dropped(), 0u);
  }
}

// A cursor that a power cut sets back must not lie before what is there.
TEST_F(ClassLogTest, the_cursor_is_synced_before_a_segment_goes) {
  segment_bytes_ = 8 << 10;
  std::vector<std::uint64_t> begins;  // of the log, at each sync of the cursor
  int error = 0;
  ClassLog* synced = nullptr;
  const store::testing::SyncWatch watch([&](const std::string& path) {
    if (!path.ends_with("alert.cursor")) return 0;
    begins.push_back(synced->log().begin());
    return error;
  });
  const auto log = open(scratch_.path("log"));
  synced = log.get();
  for (int i = 0; i < 2'000; ++i) append(*log, std::to_string(i));
  EXPECT_TRUE(log->move_cursor(1));
  EXPECT_THAT(begins, IsEmpty()) << "only where one goes";
  error = EIO;
  EXPECT_FALSE(log->move_cursor(1'500));
  EXPECT_EQ(log->log().begin(), 0u);
  EXPECT_EQ(log->cursor(), 1'500u);
  error = 0;
  EXPECT_TRUE(log->move_cursor(1'501));
  EXPECT_GT(log->log().begin(), 0u);
  EXPECT_THAT(begins, ElementsAre(0u, 0u));
  EXPECT_TRUE(log->drop_oldest());
  EXPECT_EQ(begins.size(), 3u);
  EXPECT_EQ(log->dropped(), log->log().begin() > 1'501 ? log->log().begin() - 1'501 : 0);
}

// What is committed is not lost, whoever removes it.
TEST_F(ClassLogTest, what_goes_while_it_is_committed_is_not_counted_as_lost) {
  segment_bytes_ = 8 << 10;
  ClassLog* committing = nullptr;
  const store::testing::SyncWatch watch([&](const std::string& path) {
    if (!path.ends_with("alert.cursor")) return 0;
    if (ClassLog* log = std::exchange(committing, nullptr)) EXPECT_TRUE(log->drop_oldest());
    return 0;
  });
  const auto log = open(scratch_.path("log"));
  for (int i = 0; i < 2'000; ++i) append(*log, std::to_string(i));
  committing = log.get();
  EXPECT_TRUE(log->move_cursor(1'500));
  EXPECT_EQ(committing, nullptr) << "one segment was dropped by another than the cursor";
  EXPECT_GT(log->log().begin(), 0u);
  EXPECT_EQ(log->dropped(), 0u);
}

TEST_F(ClassLogTest, a_place_that_cannot_be_read_leaves_the_pictures_unknown_but_for_those_behind) {
  constexpr std::uint64_t kBadPage = 4096;
  constexpr std::string_view kBadSegment = "/00000000000000000000.log";
  segment_bytes_ = 64 << 10;
  const std::string folder = scratch_.path("log");
  std::vector<std::string> digests;
  {
    const auto log = open(folder);
    while (log->log().bytes() < 2 * segment_bytes_) {
      digests.push_back(store::sha256(std::to_string(digests.size())));
      append(*log, std::to_string(digests.size()), digests.back());
    }
    EXPECT_TRUE(log->all_pictures_known());
    pictures_.release(Class::alert, log->log().end());
  }
  const store::testing::ReadWatch watch(
      [&](const std::string& path, store::testing::ReadRange read) {
        return path.ends_with(kBadSegment) && read.has(kBadPage) ? EIO : 0;
      });
  const auto log = open(folder);
  EXPECT_FALSE(log->all_pictures_known());
  EXPECT_THAT(log_.text(), testing::HasSubstr("cannot read all that waits"));
  EXPECT_TRUE(pictures_.needs(digests.front()));
  EXPECT_TRUE(pictures_.needs(digests.back()));
  const auto unknown = std::ranges::count_if(
      digests, [&](const std::string& digest) { return !pictures_.needs(digest); });
  EXPECT_GT(unknown, 0);
  EXPECT_LT(unknown, static_cast<std::ptrdiff_t>(2 * kBadPage / digests.front().size()));
}

}  // namespace
}  // namespace weir::link
