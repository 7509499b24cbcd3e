// RTP sessions: maps the camera's timeline to the pipeline's, drops what a viewer cannot take.
#include "viewer.h"

#include <algorithm>
#include <utility>

namespace weir::sim {

Viewer::Viewer(GstElement* source, GstElement* payloader)
    : source_(GST_APP_SRC(gst_object_ref(source))),
      payloader_(GST_ELEMENT(gst_object_ref(payloader))) {}

Viewer::~Viewer() {
  gst_object_unref(source_);
  gst_object_unref(payloader_);
}

void Viewer::cut_next_frame(Cut cut) {
  cuts_next_ = true;
  cut_ = cut;
  GstPad* pad = gst_element_get_static_pad(payloader_, "src");
  const auto packets =
      static_cast<GstPadProbeType>(GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST);
  gst_pad_add_probe(pad, packets, &Viewer::sift, this, nullptr);
  gst_object_unref(pad);
}

void Viewer::push(std::span<const uint8_t> bytes, const AccessUnit& unit, int64_t decode_ns) {
  if (!takes(unit)) return;
  if (!shift_known_) {
    const GstClockTime now = gst_element_get_current_running_time(GST_ELEMENT(source_));
    shift_ns_ = static_cast<int64_t>(now) - decode_ns;
    shift_known_ = true;
  }
  const auto running_time = [&](int64_t ns) {
    return static_cast<GstClockTime>(std::max<int64_t>(ns + shift_ns_, 0));
  };
  GstBuffer* buffer = gst_buffer_new_memdup(bytes.data(), bytes.size());
  GST_BUFFER_DTS(buffer) = running_time(decode_ns);
  GST_BUFFER_PTS(buffer) = running_time(decode_ns + unit.present_ns - unit.decode_ns);
  if (std::exchange(cuts_next_, false)) {
    cut_half_ = bytes.size() / 2;
    cut_pts_ = GST_BUFFER_PTS(buffer);
  }
  gst_app_src_push_buffer(source_, buffer);
}

bool Viewer::takes(const AccessUnit& unit) {
  if (!ready_) return false;
  if (gst_app_src_get_current_level_time(source_) > kBacklogNsMax) {
    in_sequence_ = false;
  } else if (unit.keyframe) {
    in_sequence_ = true;
  }
  return in_sequence_;
}

bool Viewer::passes(GstBuffer* packet) {
  const bool within = GST_BUFFER_PTS(packet) == cut_pts_;
  if (within) cut_sent_ += gst_buffer_get_size(packet);
  if (!within && cut_ == Cut::rest_of_frame) return true;
  return cut_sent_ <= cut_half_;
}

GstPadProbeReturn Viewer::sift(GstPad*, GstPadProbeInfo* probe, void* self) {
  auto* viewer = static_cast<Viewer*>(self);
  if (!(probe->type & GST_PAD_PROBE_TYPE_BUFFER_LIST)) {
    return viewer->passes(GST_PAD_PROBE_INFO_BUFFER(probe)) ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
  }
  GstBufferList* list = gst_buffer_list_make_writable(GST_PAD_PROBE_INFO_BUFFER_LIST(probe));
  probe->data = list;
  for (guint i = 0; i < gst_buffer_list_length(list);) {
    if (viewer->passes(gst_buffer_list_get(list, i))) {
      ++i;
    } else {
      gst_buffer_list_remove(list, i, 1);
    }
  }
  return gst_buffer_list_length(list) > 0 ? GST_PAD_PROBE_OK : GST_PAD_PROBE_DROP;
}

}  // namespace weir::sim
