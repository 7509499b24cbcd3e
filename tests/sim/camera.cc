// One simulated camera: each frame released goes to the RTSP sessions of all who watch.
#include "camera.h"

#include <algorithm>
#include <charconv>
#include <random>
#include <string_view>
#include <system_error>
#include <utility>

#include "event.h"
#include "stamp.h"

namespace weir::sim {
namespace {

// h264parse, not the payloader, repeats the parameter sets: with its own config-interval,
// rtph264pay splits IDR pictures of several slices in two.
constexpr const char* kLaunch =
    "( appsrc name=source is-live=true format=time max-bytes=0"
    " caps=video/x-h264,stream-format=byte-stream,alignment=au"
    " ! h264parse config-interval=-1 ! rtph264pay name=pay0 pt=96 )";

// Bytes of a slice left whole: its start code and NAL unit header.
constexpr size_t kSliceHead = 5;

struct Unref {
  void operator()(GstElement* element) const { gst_object_unref(element); }
};
using Element = std::unique_ptr<GstElement, Unref>;

Element source_of(GstRTSPMedia* media) {
  const Element bin(gst_rtsp_media_get_element(media));
  return Element(gst_bin_get_by_name(GST_BIN(bin.get()), "source"));
}

Element payloader_of(GstRTSPMedia* media) {
  const Element bin(gst_rtsp_media_get_element(media));
  return Element(gst_bin_get_by_name(GST_BIN(bin.get()), "pay0"));
}

// The access unit with random bytes in place of its slices; the same for the same frame number.
std::vector<uint8_t> garbled(std::vector<uint8_t> bytes, int64_t frame) {
  std::minstd_rand random(static_cast<uint32_t>(frame + 1));
  for (size_t i = first_slice(bytes) + kSliceHead; i < bytes.size(); ++i) {
    bytes[i] = static_cast<uint8_t>(random() >> 8);
  }
  return bytes;
}

}  // namespace

bool parse_fault(const std::string& text, Fault* fault) {
  const size_t equals = text.find('=');
  if (equals == std::string::npos) return false;
  const std::string_view name(text.data(), equals);
  if (name == "garbage-at") {
    fault->kind = Fault::Kind::garbage;
  } else if (name == "stall-mid-frame-at") {
    fault->kind = Fault::Kind::stall_mid_frame;
  } else if (name == "lose-packets-at") {
    fault->kind = Fault::Kind::lose_packets;
  } else {
    return false;
  }
  const char* end = text.data() + text.size();
  const auto [rest, code] = std::from_chars(text.data() + equals + 1, end, fault->frame);
  return code == std::errc() && rest == end && fault->frame >= 0;
}

Camera::Camera(std::string mount, Clip clip, Fault fault, std::function<void()> watch_began)
    : mount_(std::move(mount)),
      clip_(std::move(clip)),
      fault_(fault),
      watch_began_(std::move(watch_began)) {}

Camera::~Camera() = default;

bool Camera::watched() {
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(viewers_, [](const auto& viewer) { return viewer->ready(); });
}

void Camera::open(GstRTSPMountPoints* mounts, const char* role) {
  GstRTSPMediaFactory* factory = gst_rtsp_media_factory_new();
  gst_rtsp_media_factory_set_launch(factory, kLaunch);
  gst_rtsp_media_factory_set_shared(factory, FALSE);
  if (role != nullptr) {
    gst_rtsp_media_factory_add_role(factory, role, GST_RTSP_PERM_MEDIA_FACTORY_ACCESS,
                                    G_TYPE_BOOLEAN, TRUE, GST_RTSP_PERM_MEDIA_FACTORY_CONSTRUCT,
                                    G_TYPE_BOOLEAN, TRUE, nullptr);
  }
  g_signal_connect(factory, "media-configure", G_CALLBACK(&Camera::on_media), this);
  gst_rtsp_mount_points_add_factory(mounts, mount_.c_str(), factory);
}

void Camera::release(const AccessUnit& unit, int64_t frame, int64_t decode_ns, int64_t unix_ns) {
  const auto unix_us = static_cast<uint64_t>(unix_ns / 1000);
  const std::lock_guard lock(mutex_);
  if (fault_.kind != Fault::Kind::none && fault_.frame == frame) strike(frame);
  const std::vector<uint8_t> bytes = stamped(unit.bytes, unix_us);
  for (const auto& viewer : viewers_) {
    if (viewer->content() == Viewer::Content::garbage) {
      viewer->push(garbled(bytes, frame), unit, decode_ns);
    } else {
      viewer->push(bytes, unit, decode_ns);
    }
  }
}

void Camera::lose_frame() {
  const std::lock_guard lock(mutex_);
  for (const auto& viewer : viewers_) viewer->await_keyframe();
}

void Camera::close(GstRTSPMountPoints* mounts) {
  gst_rtsp_mount_points_remove_factory(mounts, mount_.c_str());
  const std::lock_guard lock(mutex_);
  for (const auto& viewer : viewers_) viewer->end();
}

void Camera::strike(int64_t frame) {
  for (const auto& viewer : viewers_) {
    switch (fault_.kind) {
      case Fault::Kind::none: break;
      case Fault::Kind::garbage: viewer->turn_to_garbage(); break;
      case Fault::Kind::stall_mid_frame:
        viewer->cut_next_frame(Viewer::Cut::all_that_follows);
        break;
      case Fault::Kind::lose_packets: viewer->cut_next_frame(Viewer::Cut::rest_of_frame); break;
    }
  }
  print_event("fault", mount_,
              {{"frame", frame}, {"viewers", static_cast<int64_t>(viewers_.size())}});
}

void Camera::on_media(GstRTSPMediaFactory*, GstRTSPMedia* media, Camera* camera) {
  const Element source = source_of(media);
  {
    const std::lock_guard lock(camera->mutex_);
    camera->viewers_.push_back(std::make_unique<Viewer>(source.get(), payloader_of(media).get()));
  }
  g_signal_connect(source.get(), "need-data", G_CALLBACK(&Camera::on_need_data), camera);
  g_signal_connect(media, "unprepared", G_CALLBACK(&Camera::on_unprepared), camera);
}

// A live source asks for data only while its pipeline plays: from then on its clock runs.
void Camera::on_need_data(GstElement* source, unsigned, Camera* camera) {
  {
    const std::lock_guard lock(camera->mutex_);
    const auto viewer = std::ranges::find_if(
        camera->viewers_, [&](const auto& v) { return v->fed_by(source) && !v->ready(); });
    if (viewer == camera->viewers_.end()) return;
    (*viewer)->become_ready();
    print_event("watched", camera->mount_,
                {{"viewers", static_cast<int64_t>(camera->viewers_.size())}});
  }
  camera->watch_began_();
}

void Camera::on_unprepared(GstRTSPMedia* media, Camera* camera) {
  const Element source = source_of(media);
  const std::lock_guard lock(camera->mutex_);
  const size_t gone =
      std::erase_if(camera->viewers_, [&](const auto& v) { return v->fed_by(source.get()); });
  if (gone == 0) return;
  print_event("left", camera->mount_, {{"viewers", static_cast<int64_t>(camera->viewers_.size())}});
}

}  // namespace weir::sim
