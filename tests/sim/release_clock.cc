// The release clock: one thread that lets each camera's next frame go when it is due.
#include "release_clock.h"

#include <algorithm>
#include <chrono>

#include "event.h"

namespace weir::sim {
namespace {

int64_t steady_ns() {
  return std::chrono::nanoseconds(std::chrono::steady_clock::now().time_since_epoch()).count();
}

int64_t unix_ns() {
  return std::chrono::nanoseconds(std::chrono::system_clock::now().time_since_epoch()).count();
}

}  // namespace

void ReleaseClock::watch_began() {
  const std::lock_guard lock(mutex_);
  changed_.notify_all();
}

void ReleaseClock::run(const std::vector<std::unique_ptr<Camera>>& cameras,
                       const Schedule& schedule, GstRTSPMountPoints* mounts, std::stop_token stop) {
  if (schedule.start == Schedule::Start::when_all_are_watched && !wait_for_viewers(cameras, stop)) {
    return;
  }
  std::vector<Reel> reels;
  for (const auto& camera : cameras) reels.push_back({.camera = camera.get()});

  const int64_t start_ns = steady_ns() + schedule.delay_ns;
  while (!reels.empty()) {
    const auto reel = std::ranges::min_element(reels, {}, &Reel::due_ns);
    if (!wait_until(start_ns + reel->due_ns(), stop)) return;
    release(*reel, steady_ns() - start_ns - reel->due_ns());
    if (advance(*reel, schedule.end)) continue;
    reel->camera->close(mounts);
    print_event("ended", reel->camera->mount(),
                {{"frames", reel->frame}, {"lost", reel->lost}, {"at", unix_ns()}});
    reels.erase(reel);
  }
}

bool ReleaseClock::wait_for_viewers(const std::vector<std::unique_ptr<Camera>>& cameras,
                                    const std::stop_token& stop) {
  std::unique_lock lock(mutex_);
  return changed_.wait(lock, stop, [&] {
    return std::ranges::all_of(cameras, [](const auto& camera) { return camera->watched(); });
  });
}

bool ReleaseClock::wait_until(int64_t steady_ns, const std::stop_token& stop) {
  const std::chrono::steady_clock::time_point due{std::chrono::nanoseconds(steady_ns)};
  std::unique_lock lock(mutex_);
  changed_.wait_until(lock, stop, due, [] { return false; });
  return !stop.stop_requested();
}

void ReleaseClock::release(Reel& reel, int64_t late_ns) {
  if (late_ns > kReleaseLatenessNsMax) {
    reel.camera->lose_frame();
    ++reel.lost;
    return;
  }
  const int64_t now = unix_ns();
  reel.camera->release(reel.camera->clip().units[reel.next], reel.frame, reel.due_ns(), now);
  if (reel.frame == 0) {
    print_event("released", reel.camera->mount(), {{"frame", reel.frame}, {"at", now}});
  }
}

bool ReleaseClock::advance(Reel& reel, Schedule::End end) {
  ++reel.frame;
  ++reel.next;
  if (reel.next < reel.camera->clip().units.size()) return true;
  if (end == Schedule::End::close) return false;
  reel.next = 0;
  reel.rounds_ns += reel.camera->clip().length_ns;
  return true;
}

}  // namespace weir::sim
