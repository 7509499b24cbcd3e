#pragma once

#include <gst/rtsp-server/rtsp-server.h>

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "clip.h"
#include "viewer.h"

namespace weir::sim {

// What goes wrong with a camera, for all who watch when its frame number `frame` is released. Who
// connects later sees a healthy camera.
struct Fault {
  enum class Kind {
    none,
    garbage,          // from that frame on, random bytes in the place of coded slices
    stall_mid_frame,  // the frame breaks off in the middle; RTCP and the connection live on
    lose_packets,     // half of the frame's RTP packets are lost; what follows comes
  };
  Kind kind = Kind::none;
  int64_t frame = 0;
};

// Parses `garbage-at=N`, `stall-mid-frame-at=N` and `lose-packets-at=N`; false when `text` is none.
bool parse_fault(const std::string& text, Fault* fault);

// A mount of an RTSP server behind which a camera films, watched or not. Every connection gets an
// RTP session of its own, which begins with the next keyframe released.
//
// One thread releases the frames; connections come and go on the server's threads. The server must
// be gone before its cameras.
class Camera {
 public:
  // `mount` begins with a slash. `watch_began` is called on one of the server's threads.
  Camera(std::string mount, Clip clip, Fault fault, std::function<void()> watch_began);
  ~Camera();
  Camera(const Camera&) = delete;
  Camera& operator=(const Camera&) = delete;

  const std::string& mount() const { return mount_; }
  const Clip& clip() const { return clip_; }
  bool watched();

  // Makes the camera reachable; where `role` is not null, only for who has it.
  void open(GstRTSPMountPoints* mounts, const char* role);
  // Sends `unit` to all viewers, stamped with the wall clock `unix_ns`. `decode_ns` is its time on
  // the camera's timeline, which goes on rising when the clip begins again.
  void release(const AccessUnit& unit, int64_t frame, int64_t decode_ns, int64_t unix_ns);
  // A frame passes that is sent to nobody.
  void lose_frame();
  // Ends all streams; from now on the camera is not found.
  void close(GstRTSPMountPoints* mounts);

 private:
  static void on_media(GstRTSPMediaFactory* factory, GstRTSPMedia* media, Camera* camera);
  static void on_need_data(GstElement* source, unsigned size, Camera* camera);
  static void on_unprepared(GstRTSPMedia* media, Camera* camera);
  void strike(int64_t frame);

  const std::string mount_;
  const Clip clip_;
  const Fault fault_;
  const std::function<void()> watch_began_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Viewer>> viewers_;
};

}  // namespace weir::sim
