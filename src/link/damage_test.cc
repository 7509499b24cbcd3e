// What the disk can do to a node: damaged segments and pictures, quotas, processes killed at any
// point. What was appended is at the hub or told of as a gap.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <climits>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>

#include "link/hub_test.h"
#include "store/log.h"
#include "store/read_test.h"

namespace weir::link {
namespace {

using base::Code;
using testing::HasSubstr;

std::string read_file(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

class Damage : public testing::Test {
 protected:
  Scratch scratch_;
  TestHub hub_{scratch_};
};

TEST_F(Damage, a_damaged_place_in_a_log_costs_what_is_told) {
  hub_.close();
  TestNode node(scratch_, hub_);
  constexpr int kRecords = 300;
  for (int i = 0; i < kRecords; ++i) EXPECT_TRUE(node.append(Class::alert));
  node.close();
  for (const auto& entry : std::filesystem::directory_iterator(node.folder() + "/alert")) {
    std::string bytes = read_file(entry.path());
    const std::size_t at = bytes.find("app/alert/150");
    if (at == std::string::npos) continue;
    bytes[at + 11] ^= 1;
    std::ofstream(entry.path(), std::ios::binary) << bytes;
  }
  hub_.open();
  node.open();
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  const auto kept = hub_.kept();
  const std::int64_t lost = gaps(kept);
  EXPECT_EQ(lost, 1);
  EXPECT_EQ(arrived(kept, "app/alert/"), kRecords - lost);
  EXPECT_EQ(node.of(Class::alert).dropped, static_cast<std::uint64_t>(lost));
  EXPECT_FALSE(kept.contains("app/alert/150"));
}

// A node with many alerts, of which a page amid a segment cannot be read so many times. Some have a
// picture, but none on that page.
class Unreadable : public Damage {
 protected:
  static constexpr int kRecords = 3'000;

  Unreadable() {
    hub_.close();
    for (int i = 0; i < kRecords; ++i)
      EXPECT_TRUE(node_.append(Class::alert, i % 200 == 0 ? picture(i, 3'000) : ""));
    node_.close();
    for (const auto& entry : std::filesystem::directory_iterator(node_.folder() + "/alert")) {
      const std::size_t at = read_file(entry.path()).find("app/alert/700");
      if (at == std::string::npos) continue;
      path_ = entry.path();
      position_ = at;
    }
  }

  std::string path_;
  std::uint64_t position_ = 0;
  std::atomic<int> failures_ = 0, failed_ = 0;
  const store::testing::ReadWatch watch_{
      [this](const std::string& path, store::testing::ReadRange read) {
        if (path != path_ || !read.has(position_) || failures_ == 0) return 0;
        --failures_;
        ++failed_;
        return EIO;
      }};
  TestNode node_{scratch_, hub_, [](Uplink::Options& options) {
                   options.segment_bytes = 64 << 10;
                   options.quotas.alert = 8 << 20;
                   options.commit_deadline_ns = 60'000'000'000;
                 }};
};

TEST_F(Unreadable, place_that_the_disk_gives_later_is_no_loss) {
  constexpr int kFailures = 12;  // of which opening sees four, and two make up a try to send
  failures_ = kFailures;
  hub_.open();
  node_.open();
  node_.expect_all_arrive();
  EXPECT_EQ(failed_, kFailures);
  EXPECT_EQ(node_.of(Class::alert).dropped, 0u);
}

TEST_F(Unreadable, place_is_a_gap_in_the_end_and_what_lies_behind_is_sent) {
  failures_ = INT_MAX;
  hub_.open();
  node_.open();
  EXPECT_TRUE(net::await([&] { return node_.backlog() == 0; }));
  const auto kept = hub_.kept();
  const std::int64_t lost = gaps(kept);
  EXPECT_GT(lost, 0);
  EXPECT_LT(lost, 200) << "a page, not the segment";
  EXPECT_EQ(arrived(kept, "app/alert/"), kRecords - lost);
  EXPECT_EQ(node_.of(Class::alert).dropped, static_cast<std::uint64_t>(lost));
  EXPECT_THAT(node_.log.text(), HasSubstr("a place of a log is given up"));
}

TEST_F(Unreadable, place_when_the_node_starts_removes_no_picture) {
  failures_ = INT_MAX;
  {
    const auto uplink = Uplink::open({.folder = node_.folder(),
                                      .node = "gate",
                                      .token = "secret",
                                      .hub_url = "",
                                      .mqtt_host = "",
                                      .log = node_.log,
                                      .clock = hub_.clock});  // nothing is sent
    ASSERT_TRUE(uplink) << uplink.error().message;
  }
  EXPECT_GT(failed_, 0);
  failures_ = 0;
  hub_.open();
  node_.open();
  node_.expect_all_arrive();
}

// As a node writes it that is set back to an earlier version afterwards.
TEST_F(Damage, a_record_of_a_later_version_is_told_of_as_a_gap) {
  TestNode node(scratch_, hub_);
  node.close();
  {
    auto log = store::Log::open(
        {.folder = node.folder() + "/alert", .log = node.log, .clock = hub_.clock});
    ASSERT_TRUE(log);
    std::string record = write_record({.id = "later", .time_ns = 0, .body = "{}"});
    ++record.front();
    ASSERT_TRUE((*log)->append(record));
  }
  node.open();
  EXPECT_TRUE(node.append(Class::alert));
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  EXPECT_EQ(gaps(hub_.kept()), 1);
  EXPECT_TRUE(hub_.kept().contains("app/alert/0"));
  EXPECT_EQ(node.of(Class::alert).dropped, 1u);
  EXPECT_THAT(node.log.text(), HasSubstr("version"));
}

TEST_F(Damage, a_log_cut_anywhere_keeps_what_is_before_and_takes_what_comes) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 6; ++round) {
    const Scratch scratch;
    TestHub hub(scratch);
    TestNode node(scratch, hub);
    const int before = static_cast<int>(random() % 20);
    for (int i = 0; i < before; ++i) EXPECT_TRUE(node.append(Class::alert));
    EXPECT_TRUE(net::await([&] { return hub.size() == static_cast<std::size_t>(before); }));
    hub.close();
    for (int i = 0; i < 20; ++i) EXPECT_TRUE(node.append(Class::alert));
    node.close();
    for (const auto& entry : std::filesystem::directory_iterator(node.folder() + "/alert")) {
      if (entry.path().extension() != ".log") continue;
      const auto size = std::filesystem::file_size(entry.path());
      std::filesystem::resize_file(entry.path(), random() % (size + 1));
    }
    node.open();
    std::vector<std::string> later;
    for (int i = 0; i < 10; ++i) {
      later.push_back("later/" + std::to_string(i));
      EXPECT_TRUE(
          node.uplink->append(Class::alert, {.id = later.back(), .time_ns = i, .body = "{}"}));
    }
    hub.open();
    EXPECT_TRUE(net::await([&] { return node.backlog() == 0; })) << round;
    const auto kept = hub.kept();
    for (const std::string& id : later) EXPECT_TRUE(kept.contains(id)) << id << ", round " << round;
    EXPECT_GE(arrived(kept, "app/alert/"), before);
  }
}

TEST_F(Damage, a_damaged_picture_goes_missing_and_not_its_record) {
  hub_.close();
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(node.append(Class::alert, "one picture"));
  EXPECT_TRUE(node.append(Class::alert, "another picture"));
  node.close();
  {
    auto blobs = store::Blobs::open({.folder = node.folder() + "/pictures", .log = node.log});
    ASSERT_TRUE(blobs);
    std::ofstream((*blobs)->path(store::sha256("one picture")), std::ios::binary) << "one pixture";
  }
  hub_.open();
  node.open();
  node.appended["app/alert/0"] = "";
  node.expect_all_arrive();
  EXPECT_EQ(node.uplink->status().pictures_lost, 1u);
  EXPECT_THAT(node.log.text(), HasSubstr("a picture is lost"));
}

TEST_F(Damage, a_picture_that_was_lost_and_is_raised_again_comes_with_its_record) {
  hub_.close();
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(node.append(Class::alert, "a picture"));
  node.close();
  {
    auto blobs = store::Blobs::open({.folder = node.folder() + "/pictures", .log = node.log});
    ASSERT_TRUE(blobs);
    std::ofstream((*blobs)->path(store::sha256("a picture")), std::ios::binary) << "a pixture";
  }
  hub_.commits_to_fail = 1'000'000;  // so that the first record still waits
  hub_.open();
  node.open();
  EXPECT_TRUE(net::await([&] { return node.uplink->status().pictures_lost == 1; }));
  EXPECT_TRUE(node.append(Class::alert, "a picture"));
  hub_.commits_to_fail = 0;
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  const Received second = hub_.kept()["app/alert/1"];
  EXPECT_EQ(second.record.picture, store::sha256("a picture"));
  EXPECT_TRUE(second.picture_there);
}

TEST_F(Damage, a_picture_without_its_record_is_cleared_away) {
  TestNode node(scratch_, hub_);
  node.close();
  {
    auto blobs = store::Blobs::open({.folder = node.folder() + "/pictures", .log = node.log});
    ASSERT_TRUE((*blobs)->put("killed before the append"));
  }
  node.open();
  EXPECT_EQ(node.uplink->status().picture_bytes, 0u);
}

TEST_F(Damage, results_beyond_the_quota_push_out_the_oldest_and_say_how_many) {
  hub_.close();
  TestNode node(scratch_, hub_, [](Uplink::Options& options) {
    options.quotas.result = 64 << 10;
    options.segment_bytes = 8 << 10;
  });
  constexpr int kRecords = 3'000;
  for (int i = 0; i < kRecords; ++i) EXPECT_TRUE(node.append(Class::result));
  EXPECT_LE(node.of(Class::result).log_bytes, 64u << 10);
  const std::uint64_t dropped = node.of(Class::result).dropped;
  EXPECT_GT(dropped, 0u);
  node.close();
  node.open();
  hub_.open();
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  const auto kept = hub_.kept();
  EXPECT_EQ(gaps(kept), static_cast<std::int64_t>(dropped));
  EXPECT_EQ(arrived(kept, "app/result/") + gaps(kept), kRecords);
  EXPECT_TRUE(kept.contains("app/result/2999"));
}

TEST_F(Damage, alerts_beyond_the_quota_are_refused_and_none_is_lost) {
  hub_.close();
  TestNode node(scratch_, hub_, [](Uplink::Options& options) {
    options.quotas.alert = 32 << 10;
    options.segment_bytes = 8 << 10;
  });
  while (node.append(Class::alert)) {
  }
  EXPECT_EQ(node.of(Class::alert).refused, 1u);
  hub_.open();
  node.expect_all_arrive();
  EXPECT_TRUE(node.append(Class::alert));
  node.expect_all_arrive();
}

TEST_F(Damage, pictures_beyond_the_quota_push_out_those_of_less_worth) {
  hub_.close();
  TestNode node(scratch_, hub_,
                [](Uplink::Options& options) { options.quotas.pictures = 100'000; });
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(node.append(Class::bulk, picture(i, 10'000)));
  for (int i = 10; i < 19; ++i) EXPECT_TRUE(node.append(Class::alert, picture(i, 10'000)));
  EXPECT_EQ(node.of(Class::bulk).dropped, 9u);
  EXPECT_EQ(node.uplink
                ->append(Class::alert, {.id = "a", .time_ns = 0, .body = "{}"}, picture(20, 20'000))
                .error()
                .code,
            Code::limit);
  std::erase_if(node.appended, [](const auto& one) { return one.first.starts_with("app/bulk"); });
  hub_.open();
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  const auto kept = hub_.kept();
  // The sender may hold one of them already when it is pushed out.
  EXPECT_EQ(arrived(kept, "app/bulk/") + gaps(kept), 9);
  EXPECT_EQ(arrived(kept, "app/alert/"), 9);
}

// Appends, and says what was kept, until it is killed.
[[noreturn]] void append_until_killed(const std::string& folder, TestHub& hub, int told,
                                      int round) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  base::MemoryLog log;
  auto uplink = Uplink::open({.folder = folder,
                              .node = "gate",
                              .token = "secret",
                              .hub_url = hub.url(),
                              .mqtt_host = "127.0.0.1",
                              .mqtt_port = hub.broker.port(),
                              .log = log,
                              .clock = hub.clock});
  for (int i = 0; uplink; ++i) {
    const Class of = kAllClasses[i % 3];
    const std::string id = std::to_string(round) + "." + std::to_string(i);
    const Record record{.id = id, .time_ns = i, .body = "{}"};
    if (!(*uplink)->append(of, record, i % 4 == 0 ? picture(i, 3'000) : "")) break;
    const std::string line = id + "\n";
    if (::write(told, line.data(), line.size()) < 0) break;
  }
  ::_exit(1);
}

TEST_F(Damage, a_node_killed_at_any_point_loses_nothing_it_kept) {
#if defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "a child of a process with threads starts threads, which TSan forbids";
#endif
  constexpr int kRounds = 6;
  std::mt19937_64 random(20261122);
  const std::string folder = scratch_.path("node");
  std::vector<std::string> told;
  for (int round = 0; round < kRounds; ++round) {
    int ends[2];
    ASSERT_EQ(::pipe(ends), 0);
    const pid_t child = ::fork();
    if (child == 0) append_until_killed(folder, hub_, ends[1], round);
    ::close(ends[1]);
    // Killed after so many bytes of what it says, wherever it is then.
    std::string text;
    const std::size_t enough = random() % 1'500;
    char buffer[64];
    for (ssize_t size = 1; size > 0;) {
      if (text.size() >= enough) ::kill(child, SIGKILL);
      size = ::read(ends[0], buffer, sizeof buffer);
      if (size > 0) text.append(buffer, static_cast<std::size_t>(size));
    }
    ::close(ends[0]);
    int status = 0;
    ::waitpid(child, &status, 0);
    EXPECT_TRUE(WIFSIGNALED(status));
    for (std::size_t at = 0; text.find('\n', at) != std::string::npos;) {
      const std::size_t end = text.find('\n', at);
      told.push_back(text.substr(at, end - at));
      at = end + 1;
    }
  }
  TestNode node(scratch_, hub_);
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  const auto kept = hub_.kept();
  EXPECT_GT(told.size(), 20u);
  for (const std::string& id : told) ASSERT_TRUE(kept.contains(id)) << id << " is lost";
  for (const auto& [id, received] : kept) EXPECT_TRUE(received.picture_there) << id;
  EXPECT_LE(kept.size(), told.size() + kRounds);  // one a round may be kept and not said
  EXPECT_EQ(node.uplink->status().picture_bytes, 0u);
}

}  // namespace
}  // namespace weir::link
