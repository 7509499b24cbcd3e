#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <stop_token>
#include <vector>

#include "camera.h"

namespace weir::sim {

// When the first frames are released, and what happens at the end of the clips.
struct Schedule {
  enum class Start { delayed, when_all_are_watched };
  enum class End { close, begin_again };
  Start start = Start::delayed;
  int64_t delay_ns = 0;
  End end = End::close;
};

// A frame later than this, because the program was stopped or starved, is lost: a camera does not
// send later what it could not send then.
inline constexpr int64_t kReleaseLatenessNsMax = 1'000'000'000;

// Releases the frames of all cameras by the timestamps of their clips, against one clock.
class ReleaseClock {
 public:
  // Wakes a clock that waits for viewers; may be called on any thread.
  void watch_began();

  // Runs until all cameras have closed, or until stopped. Prints the events `released` for the
  // first frame of each camera and `ended` at its end.
  void run(const std::vector<std::unique_ptr<Camera>>& cameras, const Schedule& schedule,
           GstRTSPMountPoints* mounts, std::stop_token stop);

 private:
  // How far a camera is in its clip.
  struct Reel {
    Camera* camera;
    size_t next = 0;        // index of the next access unit
    int64_t rounds_ns = 0;  // length of the rounds before this one
    int64_t frame = 0;      // frames passed, rounds before this one included
    int64_t lost = 0;
    int64_t due_ns() const { return rounds_ns + camera->clip().units[next].decode_ns; }
  };

  bool wait_for_viewers(const std::vector<std::unique_ptr<Camera>>& cameras,
                        const std::stop_token& stop);
  bool wait_until(int64_t steady_ns, const std::stop_token& stop);
  static void release(Reel& reel, int64_t late_ns);
  static bool advance(Reel& reel, Schedule::End end);

  std::mutex mutex_;
  std::condition_variable_any changed_;
};

}  // namespace weir::sim
