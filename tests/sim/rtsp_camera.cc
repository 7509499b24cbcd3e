// rtsp_camera: plays clips as live cameras over RTSP, each frame stamped with its release time.
//
//   rtsp_camera --port 8554 --camera /camera-1=a.mp4 --camera /camera-2=b.mp4,c.mp4
//
// Prints one JSON object a line: `ready` with the port; `released` with the wall clock in
// nanoseconds for the first frame of each camera; `watched` and `left` as viewers come and go;
// `fault` when one strikes; `ended` at a clip's end. Runs until SIGINT or SIGTERM.
#include <glib-unix.h>
#include <gst/gst.h>
#include <gst/rtsp-server/rtsp-server.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <utility>

#include "camera.h"
#include "event.h"
#include "release_clock.h"

namespace {

using namespace weir::sim;

constexpr const char* kUsage =
    "usage: rtsp_camera --camera /MOUNT=CLIP[,CLIP...] [--camera ...] [options]\n"
    "  --port N               0, the default, lets the system choose\n"
    "  --user U --password P  ask for them, by digest authentication\n"
    "  --start-delay 2s       time from `ready` to the first frame, in s or ms; 0s by default\n"
    "  --start-when-watched   release the first frame when each camera has a viewer\n"
    "  --loop                 begin each clip again at its end; timestamps keep rising\n"
    "  --fault garbage-at=N   from frame N on, random bytes instead of coded slices\n"
    "  --fault stall-mid-frame-at=N  frame N breaks off, the connection stays open\n"
    "  --fault lose-packets-at=N  half of frame N's RTP packets are lost on the way\n"
    "A fault strikes who watches at that frame; who connects later is served well.\n";

constexpr const char* kAddress = "127.0.0.1";
constexpr const char* kRole = "viewer";
constexpr unsigned kSessionCleanupSeconds = 2;

struct Options {
  std::string port = "0";
  std::string user;
  std::string password;
  Schedule schedule;
  Fault fault;
  struct Mount {
    std::string path;
    Clip clip;
  };
  std::vector<Mount> mounts;
};

// True when `text` is a mount that needs no escaping in URLs and JSON.
bool plain_mount(std::string_view text) {
  constexpr std::string_view kPlain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_./";
  return text.size() > 1 && text.front() == '/' &&
         text.find_first_not_of(kPlain) == std::string_view::npos;
}

bool parse_delay(std::string_view text, int64_t* ns) {
  int64_t count = 0;
  const auto [rest, code] = std::from_chars(text.data(), text.data() + text.size(), count);
  const std::string_view unit(rest, text.data() + text.size());
  if (code != std::errc() || count < 0 || (unit != "s" && unit != "ms")) return false;
  *ns = count * (unit == "s" ? 1'000'000'000 : 1'000'000);
  return true;
}

// Reads `/mount=a.mp4,b.mp4`; on failure one sentence in `error`.
bool parse_camera(const std::string& text, Options::Mount* mount, std::string* error) {
  const size_t equals = text.find('=');
  mount->path = text.substr(0, equals);
  if (equals == std::string::npos || !plain_mount(mount->path)) {
    *error = "--camera expects /MOUNT=CLIP, not \"" + text + "\"";
    return false;
  }
  for (size_t begin = equals + 1; begin <= text.size();) {
    const size_t end = std::min(text.find(',', begin), text.size());
    mount->clip.append(read_clip(text.substr(begin, end - begin), error));
    if (!error->empty()) return false;
    begin = end + 1;
  }
  return true;
}

// Takes one option and its value; returns a sentence when it is not understood.
std::string take_option(std::string_view name, const std::string& value, Options* options) {
  std::string error;
  if (name == "--port") {
    options->port = value;
  } else if (name == "--user") {
    options->user = value;
  } else if (name == "--password") {
    options->password = value;
  } else if (name == "--camera") {
    Options::Mount mount;
    if (parse_camera(value, &mount, &error)) options->mounts.push_back(std::move(mount));
  } else if (name == "--fault") {
    if (!parse_fault(value, &options->fault)) error = "unknown fault \"" + value + "\"";
  } else if (name == "--start-delay") {
    if (!parse_delay(value, &options->schedule.delay_ns)) error = "no delay: \"" + value + "\"";
  } else {
    error = "unknown option " + std::string(name);
  }
  return error;
}

// Returns a sentence when the command line is not understood.
std::string parse_options(int argc, char** argv, Options* options) {
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    if (name == "--loop") {
      options->schedule.end = Schedule::End::begin_again;
    } else if (name == "--start-when-watched") {
      options->schedule.start = Schedule::Start::when_all_are_watched;
    } else if (i + 1 == argc) {
      return std::string(name) + " is unknown or lacks its value";
    } else if (std::string error = take_option(name, argv[++i], options); !error.empty()) {
      return error;
    }
  }
  return options->mounts.empty() ? "no --camera given" : "";
}

void require_password(GstRTSPServer* server, const Options& options) {
  GstRTSPAuth* auth = gst_rtsp_auth_new();
  GstRTSPToken* token =
      gst_rtsp_token_new(GST_RTSP_TOKEN_MEDIA_FACTORY_ROLE, G_TYPE_STRING, kRole, nullptr);
  gst_rtsp_auth_set_supported_methods(auth, GST_RTSP_AUTH_DIGEST);
  gst_rtsp_auth_set_realm(auth, "camera");
  gst_rtsp_auth_add_digest(auth, options.user.c_str(), options.password.c_str(), token);
  gst_rtsp_server_set_auth(server, auth);
  gst_rtsp_token_unref(token);
  g_object_unref(auth);
}

GstRTSPServer* make_server(const Options& options) {
  GstRTSPServer* server = gst_rtsp_server_new();
  gst_rtsp_server_set_address(server, kAddress);
  gst_rtsp_server_set_service(server, options.port.c_str());
  if (!options.user.empty()) require_password(server, options);
  // DESCRIBE waits for a keyframe: with a thread a client no other client waits with it.
  GstRTSPThreadPool* threads = gst_rtsp_server_get_thread_pool(server);
  gst_rtsp_thread_pool_set_max_threads(threads, -1);
  g_object_unref(threads);
  return server;
}

gboolean quit(gpointer loop) {
  g_main_loop_quit(static_cast<GMainLoop*>(loop));
  return G_SOURCE_CONTINUE;
}

// Forgets the sessions of viewers that went without a word.
gboolean clean_up_sessions(gpointer server) {
  GstRTSPSessionPool* pool = gst_rtsp_server_get_session_pool(static_cast<GstRTSPServer*>(server));
  gst_rtsp_session_pool_cleanup(pool);
  g_object_unref(pool);
  return G_SOURCE_CONTINUE;
}

GstRTSPFilterResult send_away(GstRTSPServer*, GstRTSPClient*, gpointer) {
  return GST_RTSP_FILTER_REMOVE;
}

int run(Options options) {
  ReleaseClock clock;
  std::vector<std::unique_ptr<Camera>> cameras;
  GstRTSPServer* server = make_server(options);
  GstRTSPMountPoints* mounts = gst_rtsp_server_get_mount_points(server);
  for (Options::Mount& mount : options.mounts) {
    cameras.push_back(std::make_unique<Camera>(std::move(mount.path), std::move(mount.clip),
                                               options.fault, [&] { clock.watch_began(); }));
    cameras.back()->open(mounts, options.user.empty() ? nullptr : kRole);
  }

  GMainLoop* loop = g_main_loop_new(nullptr, FALSE);
  g_unix_signal_add(SIGINT, quit, loop);
  g_unix_signal_add(SIGTERM, quit, loop);
  const guint listening = gst_rtsp_server_attach(server, nullptr);
  if (listening == 0) {
    std::fprintf(stderr, "rtsp_camera: cannot listen on %s:%s\n", kAddress, options.port.c_str());
    return 1;
  }
  g_timeout_add_seconds(kSessionCleanupSeconds, clean_up_sessions, server);
  print_event("ready", "", {{"port", gst_rtsp_server_get_bound_port(server)}});
  {
    const std::jthread releasing([&](std::stop_token stop) {
      clock.run(cameras, options.schedule, mounts, std::move(stop));
    });
    g_main_loop_run(loop);
  }
  g_source_remove(listening);
  gst_rtsp_server_client_filter(server, send_away, nullptr);
  g_object_unref(mounts);
  g_object_unref(server);
  gst_rtsp_thread_pool_cleanup();
  g_main_loop_unref(loop);
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  gst_init(nullptr, nullptr);
  Options options;
  const std::string error = parse_options(argc, argv, &options);
  if (!error.empty()) {
    std::fprintf(stderr, "rtsp_camera: %s\n%s", error.c_str(), kUsage);
    return 2;
  }
  return run(std::move(options));
}
