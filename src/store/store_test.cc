// What the store's tests share.
#include "store/store_test.h"

#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace weir::store::testing {

TestFolder::TestFolder(Where where) : path_(::testing::TempDir()) {
  constexpr const char* kMemory = "/dev/shm/";
  if (where == Where::memory && ::access(kMemory, W_OK) == 0) path_ = kMemory;
  path_ += "weir-store-XXXXXX";
  EXPECT_NE(::mkdtemp(path_.data()), nullptr);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string read(const std::string& path) {
  auto bytes = detail::read_file(path);
  EXPECT_TRUE(bytes) << bytes.error().message;
  return bytes.value_or("");
}

void write(const std::string& path, std::string_view bytes) {
  // A new file: ext4 writes one that was emptied to disk at once.
  EXPECT_TRUE(detail::unlink_file(path));
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  EXPECT_TRUE(file.flush()) << path;
}

std::vector<std::string> names(const std::string& folder, std::string_view ending) {
  auto all = detail::list_folder(folder);
  EXPECT_TRUE(all) << all.error().message;
  std::erase_if(*all, [&](const std::string& name) { return !name.ends_with(ending); });
  return *all;
}

SmallDisk::SmallDisk(std::uint64_t bytes) {
  const std::string options = "size=" + std::to_string(bytes);
  // A mount namespace of this process, so that nothing stays when it is killed.
  if (::unshare(CLONE_NEWNS) != 0 || ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) ||
      ::mount("tmpfs", path().c_str(), "tmpfs", 0, options.c_str()) != 0) {
    why_not_ = "a small disk cannot be mounted here: " + base::errno_text(errno);
  }
}

SmallDisk::~SmallDisk() {
  if (why_not_.empty()) ::umount(path().c_str());
}

void SmallDisk::fill(std::uint64_t free) {
  struct statvfs status = {};
  ASSERT_EQ(::statvfs(path().c_str(), &status), 0);
  const std::uint64_t there = status.f_bavail * status.f_frsize;
  ASSERT_GE(there, free);
  write(path() + "/filler", std::string(there - free, 'x'));
}

void SmallDisk::empty() {
  EXPECT_TRUE(detail::unlink_file(path() + "/filler"));
}

bool run_until_killed(std::int64_t cpu_ns, const std::function<void()>& work) {
  const pid_t child = ::fork();
  CHECK(child >= 0);
  if (child == 0) {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    sigevent kill = {};
    kill.sigev_notify = SIGEV_SIGNAL;
    kill.sigev_signo = SIGKILL;
    itimerspec when = {};
    when.it_value.tv_nsec = cpu_ns;
    timer_t timer = {};
    CHECK(::timer_create(CLOCK_PROCESS_CPUTIME_ID, &kill, &timer) == 0);
    CHECK(::timer_settime(timer, 0, &when, nullptr) == 0);
    work();
    ::_exit(1);
  }
  int status = 0;
  CHECK(::waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

Log& TestLog::open() {
  log = nullptr;
  auto opened = Log::open({.folder = folder,
                           .segment_bytes = segment,
                           .quota_bytes = quota,
                           .known_id = known_id,
                           .log = lines,
                           .clock = clock});
  EXPECT_TRUE(opened) << opened.error().message;
  log = std::move(*opened);
  return *log;
}

std::vector<Log::Record> records(Log& log, std::uint64_t from) {
  std::vector<Log::Record> all;
  auto reader = log.read(from);
  while (true) {
    auto record = reader.next();
    EXPECT_TRUE(record) << record.error().message;
    if (!record || !*record) return all;
    all.push_back(std::move(**record));
  }
}

}  // namespace weir::store::testing
