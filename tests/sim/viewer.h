#pragma once

#include <gst/app/gstappsrc.h>

#include <atomic>
#include <cstdint>
#include <span>

#include "clip.h"

namespace weir::sim {

// A viewer that does not keep up loses frames, up to the next keyframe, once this much is waiting.
inline constexpr uint64_t kBacklogNsMax = 2'000'000'000;

// One RTP session of a camera: feeds the `appsrc` of its pipeline, beginning with a keyframe.
//
// All calls come from under the camera's lock; what runs on the pipeline's own thread is private.
// Must outlive the pipeline's last buffer.
class Viewer {
 public:
  enum class Content { clip, garbage };
  enum class Cut { all_that_follows, rest_of_frame };

  // Holds references on both elements of one pipeline.
  Viewer(GstElement* source, GstElement* payloader);
  ~Viewer();
  Viewer(const Viewer&) = delete;
  Viewer& operator=(const Viewer&) = delete;

  bool fed_by(const GstElement* source) const { return source_ == GST_APP_SRC_CAST(source); }
  // True once the pipeline has asked for its first frame; before, it takes none.
  bool ready() const { return ready_; }
  void become_ready() { ready_ = true; }

  Content content() const { return content_; }
  void turn_to_garbage() { content_ = Content::garbage; }
  // The next frame pushed breaks off in the middle of its RTP packets; they are numbered as if all
  // were sent.
  void cut_next_frame(Cut cut);
  // The stream has a gap: it goes on with a keyframe.
  void await_keyframe() { in_sequence_ = false; }

  // Sends `bytes`, which stand for `unit`, or drops them as long as a keyframe is awaited.
  // `decode_ns` is the unit's time on the camera's timeline.
  void push(std::span<const uint8_t> bytes, const AccessUnit& unit, int64_t decode_ns);
  void end() { gst_app_src_end_of_stream(source_); }

 private:
  bool takes(const AccessUnit& unit);
  bool passes(GstBuffer* packet);
  static GstPadProbeReturn sift(GstPad* pad, GstPadProbeInfo* probe, void* viewer);

  GstAppSrc* const source_;
  GstElement* const payloader_;
  bool ready_ = false;
  bool in_sequence_ = false;
  bool shift_known_ = false;
  int64_t shift_ns_ = 0;  // from the camera's timeline to the pipeline's running time
  Content content_ = Content::clip;
  bool cuts_next_ = false;
  Cut cut_ = Cut::all_that_follows;

  std::atomic<GstClockTime> cut_pts_ = GST_CLOCK_TIME_NONE;  // the frame that breaks off
  std::atomic<size_t> cut_half_ = 0;                         // half of its bytes
  size_t cut_sent_ = 0;                                      // pipeline's thread only
};

}  // namespace weir::sim
