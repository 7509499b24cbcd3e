// A writer that is killed at any point: each append that returned is there, once, in order.
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <csignal>
#include <new>
#include <random>
#include <string>

#include "store/store_test.h"

namespace weir::store {
namespace {

using testing::records;
using testing::TestFolder;
using testing::TestLog;

constexpr int kRounds = 80;
constexpr std::uint64_t kSeed = 20261122;

// What the writer tells, in memory that outlives it.
struct Told {
  std::atomic<std::uint64_t> end = 0;       // offsets below it were appended
  std::atomic<std::uint64_t> released = 0;  // offsets below it may be gone
  std::atomic<bool> failed = false;
};

class SharedTold {
 public:
  SharedTold()
      : memory_(::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS,
                       -1, 0)),
        told_(new(memory_) Told) {}
  ~SharedTold() { ::munmap(memory_, sizeof(Told)); }
  SharedTold(const SharedTold&) = delete;
  SharedTold& operator=(const SharedTold&) = delete;
  Told* operator->() { return told_; }

 private:
  void* memory_;
  Told* told_;
};

std::string text(std::uint64_t offset) {
  constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15;
  const std::size_t more = (offset * kGolden >> 40) % 300;
  return std::to_string(offset) + " " + std::string(more, static_cast<char>('a' + offset % 26));
}

// Appends alone and in batches, rolls, syncs and releases, until it is killed.
[[noreturn]] void write_on(const TestLog& test, SharedTold& told, std::uint64_t seed) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
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
    const std::uint64_t count = random() % 4 == 0 ? 1 + random() % 600 : 1;
    for (std::uint64_t i = 0; i < count; ++i) texts.push_back(text(end + i));
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    if ((*log)->append_all(views) != end) break;
    told->end = end + count;
    if (random() % 16 == 0 && !(*log)->sync()) break;
    if (random() % 8 == 0 && told->end > 2000) {
      told->released = told->end - 2000;
      (*log)->release(told->end - 2000);
    }
  }
  told->failed = true;
  ::_exit(1);
}

TEST(LogKilled, every_append_that_returned_is_there_once_and_in_order) {
  const TestFolder folder;
  TestLog test(folder / "log", 64 * 1024, 64 << 20);
  SharedTold told;
  std::mt19937_64 random(kSeed);
  std::string id;
  std::uint64_t unsaid = 0;
  for (int round = 0; round < kRounds; ++round) {
    SCOPED_TRACE(round);
    const std::uint64_t enough = told->end + random() % 150;
    const std::uint64_t seed = random();
    const pid_t writer = ::fork();
    ASSERT_GE(writer, 0);
    if (writer == 0) write_on(test, told, seed);
    while (told->end < enough && !told->failed) ::sched_yield();
    ::kill(writer, SIGKILL);
    int status = 0;
    ASSERT_EQ(::waitpid(writer, &status, 0), writer);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the writer ended by itself";

    Log& log = test.open();
    ASSERT_TRUE(id.empty() || id == log.id());
    id = log.id();
    ASSERT_GE(log.end(), told->end);
    ASSERT_LE(log.end(), told->end + 600) << "at most the batch that was being appended";
    ASSERT_LE(log.begin(), told->released);
    unsaid += log.end() - told->end;
    std::uint64_t next = log.begin();
    for (const auto& record : records(log, next)) {
      ASSERT_EQ(record.offset, next++);
      ASSERT_EQ(record.bytes, text(record.offset));
    }
    ASSERT_EQ(next, log.end());
    told->end = log.end();
    test.log = nullptr;
  }
  EXPECT_GT(unsaid, 0u) << "some were killed between the write and the word of it";
}

}  // namespace
}  // namespace weir::store
