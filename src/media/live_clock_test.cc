// LiveClock: a camera's clock on ours, through jitter, drift, stalls and jumps.
#include "media/live_clock.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

namespace weir::media {
namespace {

constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kSecond = 1'000 * kMs;
constexpr std::int64_t kFrame = 40 * kMs;
constexpr std::int64_t kWall = 1'700'000'000 * kSecond;  // when the camera's timestamp is 0

// A camera whose packets arrive `late_ns` after they were taken.
class Camera {
 public:
  std::int64_t map(std::int64_t media_ns, std::int64_t late_ns = 0) {
    return clock_.map(arrival(media_ns, late_ns));
  }
  void learn(std::int64_t media_ns, std::int64_t late_ns) {
    clock_.learn(arrival(media_ns, late_ns));
  }
  std::int64_t wall_set_ns = 0;

 private:
  LiveClock::Arrival arrival(std::int64_t media_ns, std::int64_t late_ns) const {
    const std::int64_t since = media_ns + late_ns;
    return {media_ns, kWall + since + wall_set_ns, 5 * kSecond + since};
  }

  LiveClock clock_;
};

TEST(LiveClock, on_a_quiet_network_gives_the_arrival) {
  Camera camera;
  for (int i = 0; i < 100; ++i) EXPECT_EQ(camera.map(i * kFrame), kWall + i * kFrame);
}

TEST(LiveClock, one_late_packet_moves_nothing) {
  Camera camera;
  for (int i = 0; i < 1'000; ++i) {
    const std::int64_t late = i == 500 ? 900 * kMs : 0;
    EXPECT_EQ(camera.map(i * kFrame, late), kWall + i * kFrame) << i;
  }
}

TEST(LiveClock, jitter_does_not_show_in_the_distances) {
  Camera camera;
  std::int64_t last = camera.map(0);
  for (int i = 1; i < 1'000; ++i) {
    const std::int64_t late = i * 7919 % 30 * kMs;
    const std::int64_t time = camera.map(i * kFrame, late);
    EXPECT_NEAR(static_cast<double>(time - last), static_cast<double>(kFrame), 0.1 * kMs) << i;
    last = time;
  }
}

TEST(LiveClock, a_network_that_stood_still_and_catches_up_leaves_the_distances_alone) {
  Camera camera;
  for (int i = 0; i < 1'000; ++i) {
    // 8 s of packets arrive at once.
    const std::int64_t late = i >= 300 && i < 500 ? (500 - i) * kFrame : 0;
    EXPECT_EQ(camera.map(i * kFrame, late), kWall + i * kFrame) << i;
  }
}

TEST(LiveClock, a_burst_at_the_start_does_not_put_times_into_the_future) {
  Camera camera;
  for (int i = 0; i < 200; ++i) {
    const std::int64_t late = i < 50 ? (50 - i) * kFrame : 0;
    const std::int64_t arrival = kWall + i * kFrame + late;
    EXPECT_LE(camera.map(i * kFrame, late), arrival + 50) << i;
  }
}

TEST(LiveClock, a_burst_that_it_has_learnt_of_keeps_its_distances) {
  Camera camera;
  constexpr int kBurst = 13;  // come with the last of them
  const auto late = [](int i) { return i < kBurst ? (kBurst - 1 - i) * kFrame : 0; };
  for (int i = 0; i < kBurst; ++i) camera.learn(i * kFrame, late(i));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(camera.map(i * kFrame, late(i)), kWall + i * kFrame);
}

TEST(LiveClock, what_it_learns_puts_no_picture_behind_its_arrival) {
  LiveClock clock;
  // Reordered pictures I0 P3 B1 B2, all at once.
  constexpr std::int64_t kPlaces[] = {0, 3, 1, 2};
  for (const std::int64_t place : kPlaces) clock.learn({place * kFrame, kWall, kWall});
  for (const std::int64_t place : kPlaces) {
    EXPECT_EQ(clock.map({place * kFrame, kWall, kWall}), kWall + (place - 3) * kFrame);
  }
}

TEST(LiveClock, follows_a_camera_clock_that_drifts) {
  for (const std::int64_t ppm : {-200, 200}) {
    LiveClock clock;
    for (std::int64_t i = 0; i < 25 * 600; ++i) {
      const std::int64_t real = i * kFrame;
      const std::int64_t media = real + real * ppm / 1'000'000;
      const std::int64_t time = clock.map({media, kWall + real, real});
      EXPECT_NEAR(static_cast<double>(time - kWall), static_cast<double>(real), 5.0 * kMs) << i;
    }
  }
}

TEST(LiveClock, a_camera_that_begins_anew_is_followed_and_time_goes_on_rising) {
  LiveClock clock;
  std::int64_t real = 0;
  std::int64_t last = 0;
  for (int round = 0; round < 2; ++round) {
    for (int i = 0; i < 500; ++i, real += kFrame) {
      const std::int64_t time = clock.map({i * kFrame, kWall + real, real});
      EXPECT_GT(time, last);
      EXPECT_NEAR(static_cast<double>(time - kWall), static_cast<double>(real), 1.0 * kMs);
      last = time;
    }
  }
}

TEST(LiveClock, a_camera_clock_set_forward_is_followed) {
  LiveClock clock;
  std::int64_t last = 0;
  for (int i = 0; i < 1'000; ++i) {
    const std::int64_t real = i * kFrame;
    const std::int64_t media = real + (i < 500 ? 0 : 3'600 * kSecond);
    const std::int64_t time = clock.map({media, kWall + real, real});
    EXPECT_GT(time, last);
    EXPECT_LE(time, kWall + real + 1'000) << i;
    last = time;
  }
}

TEST(LiveClock, reordered_pictures_keep_their_places) {
  // Decoding order I0 P3 B1 B2 P6 B4 B5 …; each arrives when it is decoded.
  std::vector<std::int64_t> media, times;
  std::int64_t arrival = 0;
  LiveClock clock;
  const auto arrive = [&](std::int64_t frame) {
    media.push_back(frame * kFrame);
    times.push_back(clock.map({frame * kFrame, kWall + arrival, arrival}));
    arrival += kFrame;
  };
  arrive(0);
  for (int i = 0; i < 100; ++i) {
    for (const int frame : {3, 1, 2}) arrive(3 * i + frame);
  }
  for (std::size_t a = 4; a < media.size(); ++a) {
    for (std::size_t b = 4; b < media.size(); ++b) {
      if (media[a] < media[b]) {
        ASSERT_LT(times[a], times[b]);
      }
    }
  }
}

TEST(LiveClock, the_wall_clock_set_forward_is_followed_and_set_back_is_not) {
  Camera camera;
  for (int i = 0; i < 100; ++i) camera.map(i * kFrame);
  camera.wall_set_ns = 3'600 * kSecond;
  std::int64_t last = 0;
  for (int i = 100; i < 600; ++i) last = camera.map(i * kFrame);
  EXPECT_EQ(last, kWall + 3'600 * kSecond + 599 * kFrame);
  camera.wall_set_ns = 0;
  for (int i = 600; i < 1'200; ++i) {
    const std::int64_t time = camera.map(i * kFrame);
    EXPECT_GT(time, last);
    last = time;
  }
  EXPECT_EQ(last, kWall + 3'600 * kSecond + 1'199 * kFrame);
}

}  // namespace
}  // namespace weir::media
