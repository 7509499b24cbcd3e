// The log of a class after its disk lost the end of it.
#include "link/class_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "link/scratch_test.h"
#include "store/blobs.h"

namespace weir::link {
namespace {

using testing::ElementsAreArray;

constexpr std::uint64_t kRecords = 6;
constexpr std::uint64_t kCommitted = 2;

class ClassLogTest : public testing::Test {
 protected:
  std::unique_ptr<ClassLog> open(const std::string& folder) {
    auto opened = ClassLog::open({.folder = folder,
                                  .of = Class::alert,
                                  .segment_bytes = 1 << 20,
                                  .quota_bytes = 8 << 20,
                                  .pictures = pictures_,
                                  .log = log_,
                                  .clock = clock_});
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }
  static void append(ClassLog& log, const std::string& id) {
    const std::string record = write_record({.id = id, .time_ns = 0, .body = "{}"});
    const std::string_view views[] = {record};
    EXPECT_TRUE(log.append(views, ""));
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

}  // namespace
}  // namespace weir::link
