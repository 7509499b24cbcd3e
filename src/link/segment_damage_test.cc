// A node whose segments were overwritten, from the first byte on or as a whole.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "link/hub_test.h"

namespace weir::link {
namespace {

// The segments of a node's alerts, by their names.
std::vector<std::string> alert_segments(const TestNode& node) {
  std::vector<std::string> paths;
  for (const auto& entry : std::filesystem::directory_iterator(node.folder() + "/alert"))
    if (entry.path().extension() == ".log") paths.push_back(entry.path());
  std::ranges::sort(paths);
  return paths;
}

void overwrite(const std::string& path, std::size_t bytes) {
  std::fstream(path, std::ios::binary | std::ios::in | std::ios::out) << std::string(bytes, 'x');
}

class SegmentDamage : public testing::Test {
 protected:
  SegmentDamage() { hub_.close(); }

  Scratch scratch_;
  TestHub hub_{scratch_};
};

TEST_F(SegmentDamage, an_overwritten_header_of_the_only_segment_costs_nothing) {
  TestNode node(scratch_, hub_);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(node.append(Class::alert));
  node.close();
  ASSERT_EQ(alert_segments(node).size(), 1u);
  overwrite(alert_segments(node)[0], 12);
  node.open();
  EXPECT_EQ(node.of(Class::alert).backlog, 100u);
  EXPECT_TRUE(node.append(Class::alert));
  node.close();
  node.open();
  hub_.open();
  node.expect_all_arrive();
  EXPECT_EQ(node.of(Class::alert).dropped, 0u);
}

TEST_F(SegmentDamage, an_overwritten_beginning_of_the_only_segment_costs_what_is_told) {
  TestNode node(scratch_, hub_);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(node.append(Class::alert));
  node.close();
  ASSERT_EQ(alert_segments(node).size(), 1u);
  overwrite(alert_segments(node)[0], 1'000);
  hub_.open();
  node.open();
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  const auto kept = hub_.kept();
  EXPECT_GT(gaps(kept), 0);
  EXPECT_LT(gaps(kept), 20);
  EXPECT_EQ(arrived(kept, "app/alert/"), 100 - gaps(kept));
  EXPECT_EQ(node.of(Class::alert).dropped, static_cast<std::uint64_t>(gaps(kept)));
}

// The name of the newest says how many records the earlier ones had.
TEST_F(SegmentDamage, segments_without_a_sound_block_are_a_gap) {
  TestNode node(scratch_, hub_, [](Uplink::Options& options) { options.segment_bytes = 16 << 10; });
  while (alert_segments(node).size() < 3) EXPECT_TRUE(node.append(Class::alert));
  node.close();
  const auto segments = alert_segments(node);
  for (const std::string& path : segments) overwrite(path, std::filesystem::file_size(path));
  const auto lost = std::stoll(std::filesystem::path(segments.back()).stem());
  EXPECT_GT(lost, 0);
  hub_.open();
  node.open();
  EXPECT_EQ(node.backlog(), static_cast<std::uint64_t>(lost));
  EXPECT_TRUE(net::await([&] { return node.backlog() == 0; }));
  EXPECT_EQ(gaps(hub_.kept()), lost);
  EXPECT_EQ(node.of(Class::alert).dropped, static_cast<std::uint64_t>(lost));
  EXPECT_TRUE(node.uplink->append(Class::alert, {.id = "later", .time_ns = 0, .body = "{}"}));
  EXPECT_TRUE(net::await([&] { return hub_.kept().contains("later"); }));
}

}  // namespace
}  // namespace weir::link
