// PacketTimes: repair of what a container gives.
#include "media/packet_times.h"

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace weir::media {
namespace {

constexpr std::int64_t kStep = 100;

TEST(PacketTimes, a_file_keeps_its_distances) {
  PacketTimes times(1e9 / kStep, PacketTimes::Reordering::possible);
  const EventTimes first = times.of_file({0, -kStep, kStep}, 5'000);
  EXPECT_EQ(first.time_ns, 5'000);
  EXPECT_EQ(first.decode_order_ns, 5'000 - kStep);
  const EventTimes second = times.of_file({2 * kStep, 0, kStep}, 5'000);
  EXPECT_EQ(second.time_ns, 5'000 + 2 * kStep);
  EXPECT_EQ(second.decode_order_ns, 5'000);
}

TEST(PacketTimes, without_a_time_of_presentation_that_of_decoding_counts_then_the_rate) {
  PacketTimes times(1e9 / kStep, PacketTimes::Reordering::none);
  EXPECT_EQ(times.of_file({{}, 70, 0}, 0).time_ns, 70);
  EXPECT_EQ(times.of_file({{}, {}, 0}, 0).time_ns, 70 + kStep);
  EXPECT_EQ(times.of_file({{}, {}, 30}, 0).time_ns, 70 + 2 * kStep);
  EXPECT_EQ(times.of_file({{}, {}, 0}, 0).time_ns, 70 + 2 * kStep + 30);
}

TEST(PacketTimes, without_a_time_of_presentation_that_of_decoding_leads_as_far_as_at_first) {
  PacketTimes times(1e9 / kStep, PacketTimes::Reordering::possible);
  EXPECT_EQ(times.of_file({2 * kStep, 0, kStep}, 0).time_ns, 2 * kStep);
  EXPECT_EQ(times.of_file({{}, kStep, kStep}, 0).time_ns, 3 * kStep);
}

// A clip of ten pictures a second, as {presentation, decoding} in tenths of a second.
constexpr std::int64_t kTenth = 100'000'000;
constexpr int kReordered[][2] = {{1, 0}, {4, 1}, {2, 2}, {3, 3}, {7, 4}, {5, 5}, {6, 6}};

TEST(PacketTimes, a_clock_that_begins_anew_goes_on_behind_the_last_picture) {
  PacketTimes times(10, PacketTimes::Reordering::possible);
  for (int clip = 0; clip < 3; ++clip) {
    EXPECT_EQ(times.restarts(), clip == 0 ? 0 : clip - 1);
    for (const auto& [present, decode] : kReordered) {
      EXPECT_EQ(times.of_file({present * kTenth, decode * kTenth, kTenth}, 0).time_ns,
                (7 * clip + present) * kTenth);
    }
  }
  EXPECT_EQ(times.restarts(), 2);
}

TEST(PacketTimes, without_times_of_decoding_only_more_than_reordering_is_a_restart) {
  PacketTimes times(10, PacketTimes::Reordering::possible);
  times.of_file({30 * kTenth, {}, kTenth}, 0);
  EXPECT_EQ(times.of_file({15 * kTenth, {}, kTenth}, 0).time_ns, 15 * kTenth);
  times.of_file({30 * kTenth, {}, kTenth}, 0);
  EXPECT_EQ(times.restarts(), 0);
  EXPECT_EQ(times.of_file({0, {}, kTenth}, 0).time_ns, 31 * kTenth);
  EXPECT_EQ(times.restarts(), 1);
}

TEST(PacketTimes, a_small_step_back_and_a_stray_packet_are_no_restart) {
  PacketTimes times(10, PacketTimes::Reordering::none);
  times.of_file({50 * kTenth, 50 * kTenth, kTenth}, 0);
  EXPECT_EQ(times.of_file({46 * kTenth, 46 * kTenth, kTenth}, 0).time_ns, 50 * kTenth);
  EXPECT_EQ(times.restarts(), 0);
  times.of_file({kTenth, kTenth, kTenth}, 0);
  EXPECT_EQ(times.of_file({52 * kTenth, 52 * kTenth, kTenth}, 0).time_ns, 52 * kTenth);
}

TEST(PacketTimes, nothing_comes_before_the_decode_order_of_a_packet) {
  const ContainerTimes odd[] = {{0, 0, 0},    {300, {}, 0}, {100, {}, 0},  {200, {}, 0},
                                {50, 400, 0}, {{}, 10, 0},  {600, 500, 0}, {{}, {}, 0}};
  PacketTimes file(1e9 / kStep, PacketTimes::Reordering::possible);
  PacketTimes camera(1e9 / kStep, PacketTimes::Reordering::possible);
  std::int64_t file_order = std::numeric_limits<std::int64_t>::min();
  std::int64_t camera_order = file_order;
  std::int64_t arrival = 1'000'000;
  for (const ContainerTimes& one : odd) {
    const EventTimes a = file.of_file(one, 0);
    EXPECT_GE(a.decode_order_ns, file_order);
    EXPECT_GE(a.time_ns, a.decode_order_ns);
    file_order = a.decode_order_ns;
    const EventTimes b = camera.of_camera(one, arrival, arrival);
    EXPECT_GE(b.decode_order_ns, camera_order);
    EXPECT_GE(b.time_ns, b.decode_order_ns);
    camera_order = b.decode_order_ns;
    arrival += kStep;
  }
}

TEST(PacketTimes, learns_only_from_packets_that_have_a_time) {
  PacketTimes times(1e9 / kStep, PacketTimes::Reordering::none);
  times.learn({{}, {}, 0}, 0, 0);
  times.learn({{}, 10 * kStep, 0}, 5'000, 5'000);
  EXPECT_EQ(times.of_camera({9 * kStep, {}, 0}, 5'000, 5'000).time_ns, 5'000 - kStep);
  EXPECT_EQ(times.of_camera({10 * kStep, {}, 0}, 5'000, 5'000).time_ns, 5'000);
}

TEST(PacketTimes, absurd_distances_do_not_overflow) {
  PacketTimes times(1e-30, PacketTimes::Reordering::possible);
  constexpr std::int64_t kFar = std::int64_t{1} << 59;
  times.of_file({kFar, -kFar, 0}, 0);
  for (int i = 0; i < 5'000'000; ++i) times.of_file({{}, {}, 3'600'000'000'000}, 0);
  EXPECT_LE(times.of_file({{}, {}, 0}, 0).time_ns, PacketTimes::kExpectedNsMax);
  for (int i = 0; i < 100; ++i) {
    times.of_file({kFar, kFar, 0}, kFar);
    EXPECT_GE(times.of_file({-kFar, -kFar, 0}, kFar).time_ns, 0);
  }
}

}  // namespace
}  // namespace weir::media
