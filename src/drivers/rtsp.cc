// rtsp: video of cameras that serve RTSP.
#ifdef WEIR_MEDIA
#include "drivers/rtsp.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "drivers/keyframe_check.h"
#include "drivers/stream_worker.h"
#include "media/demuxer.h"
#include "media/location.h"

namespace weir::drivers {

using base::Code;
using base::fail;
using base::Result;

namespace {

using contract::Duration;
using contract::param;
using contract::Param;

constexpr std::string_view kTransports[] = {"tcp", "udp"};
constexpr contract::Bounds kWaits = {.min = 0.1, .max = 300};  // seconds

struct ConnectParams {  // the initializers are the defaults
  std::string host;
  std::string user, password;
  media::Transport transport = media::Transport::tcp;
  Duration connect_timeout = {media::kOpenTimeoutNs};
  Duration timeout = {media::kReadTimeoutNs};
};

struct BindParams {
  std::string path;
};

constexpr Param kConnect[] = {
    param<&ConnectParams::host>("host", "Name or address, with the port where it is not 554.",
                                {.required = true}),
    param<&ConnectParams::user>("user", "User name, as it is: nothing needs to be encoded."),
    param<&ConnectParams::password>("password", "Password, as it is; never shown again."),
    param<&ConnectParams::transport>(
        "transport", "How pictures travel: `udp` loses some where the network does.",
        {.choices = kTransports}),
    param<&ConnectParams::connect_timeout>(
        "connect_timeout", "How long the camera may take to answer.", {.bounds = kWaits}),
    param<&ConnectParams::timeout>(
        "timeout", "How long no picture may come before the camera counts as frozen.",
        {.bounds = kWaits}),
};
constexpr Param kBind[] = {
    param<&BindParams::path>("path", "Path and query of the stream's URL, such as `/camera-1`.",
                             {.required = true}),
};
constexpr std::string_view kSecrets[] = {"password"};

constexpr DriverContract kContract = {
    .name = "rtsp",
    .summary = "Video of cameras that serve RTSP.",
    .description =
        "Publishes the video of a camera as packets, as long as something reads them: nothing is "
        "pulled that nobody "
        "looks at, and each stream is pulled once, however many read it. A camera that is frozen, "
        "gone, refuses the "
        "password or sends garbage is reported and tried again: after one second at first, after "
        "half a minute in "
        "the end. Sound is not read.",
    .since = "0.1",
    .connect = kConnect,
    .bind = kBind,
    .secrets = kSecrets,
    .example =
        "driver: rtsp\n"
        "connect: {host: \"192.168.1.20:554\", user: viewer, password: secret}\n"
        "bind: {video: {path: /camera-1}}\n",
};
static_assert(well_formed(kContract));

const ConnectParams& connect_of(const DeviceStart& start) {
  return *static_cast<const ConnectParams*>(start.connect.get());
}

const std::string& path_of(const Binding& binding) {
  return static_cast<const BindParams*>(binding.params.get())->path;
}

std::string url_of(const std::string& host, const std::string& path) {
  const bool slash = path.starts_with('/') || path.starts_with('?');
  return "rtsp://" + host + (slash ? "" : "/") + path;
}

Result<> check_text(std::string_view text) {
  const bool breaks_line = std::ranges::any_of(
      text, [](char c) { return static_cast<unsigned char>(c) <= 0x20 || c == 0x7f; });
  if (!breaks_line) return {};
  return fail(Code::invalid, "holds a space or a control character, expected none");
}

Result<> check_host(const std::string& host) {
  TRY_DO(check_text(host));
  if (host.find('@') != std::string::npos) {
    return fail(Code::invalid, "holds an '@': user and password are parameters of their own");
  }
  TRY_DO(media::parse_rtsp_url(url_of(host, ""), {}));
  return {};
}

Result<> check_path(const std::string& host, const std::string& path) {
  TRY_DO(check_text(path));
  TRY_DO(media::parse_rtsp_url(url_of(host, path), {}));
  return {};
}

// A path is checked behind a host that can be.
std::vector<Mistake> check_rtsp(const DeviceStart& start) {
  const ConnectParams& connect = connect_of(start);
  std::vector<Mistake> mistakes;
  const auto host = check_host(connect.host);
  if (!host) mistakes.push_back({"", "host", host.error()});
  const std::string known = host ? connect.host : "host";
  const media::Login login{connect.user, connect.password};
  if (const auto url = media::parse_rtsp_url(url_of(known, ""), login); !url)
    mistakes.push_back({"", "password", url.error()});
  for (const Binding& binding : start.bindings) {
    if (const auto path = check_path(known, path_of(binding)); !path)
      mistakes.push_back({binding.property, "path", path.error()});
  }
  return mistakes;
}

class CameraReader final : public PacketReader {
 public:
  CameraReader(std::unique_ptr<media::Demuxer> demuxer, std::string name, const base::Clock& clock)
      : demuxer_(std::move(demuxer)), name_(std::move(name)), clock_(clock) {}

  Result<data::PacketRef> read() override {
    TRY(data::PacketRef packet, demuxer_->read());
    if (packet->stream == demuxer_->best_video()) {
      if (auto checked = check_.look(packet, clock_.monotonic_ns()); !checked) {
        return fail(checked.error().code, name_ + ": " + checked.error().message);
      }
    }
    return packet;
  }

 private:
  std::unique_ptr<media::Demuxer> demuxer_;
  const std::string name_;
  const base::Clock& clock_;
  KeyframeCheck check_;
};

Connect connect_to(const std::string& url, const ConnectParams& params, const base::Clock& clock) {
  media::Demuxer::Options options;
  options.open_timeout_ns = params.connect_timeout.ns;
  options.read_timeout_ns = params.timeout.ns;
  options.transport = params.transport;
  options.user = params.user;
  options.password = params.password;
  return [url, options,
          &clock](const std::atomic<bool>& cancel) -> Result<std::unique_ptr<PacketReader>> {
    media::Demuxer::Options with_cancel = options;
    with_cancel.cancel = &cancel;
    TRY(auto demuxer, media::Demuxer::open(url, with_cancel, clock));
    return std::make_unique<CameraReader>(std::move(demuxer), media::shown(url), clock);
  };
}

class RtspDriver final : public Driver {
 public:
  ~RtspDriver() override { stop(); }

  Result<> add(const DeviceStart& start, const Binding& binding, const Services& services);

  void stop() override {
    for (const auto& worker : workers_) worker->begin_stop();
    for (const auto& worker : workers_) worker->end_stop();
  }

  std::vector<Status> status() const override {
    std::vector<Status> all;
    for (const auto& worker : workers_) all.push_back(worker->status());
    return all;
  }

 private:
  std::vector<std::unique_ptr<StreamWorker>> workers_;
};

Result<> RtspDriver::add(const DeviceStart& start, const Binding& binding,
                         const Services& services) {
  const ConnectParams& connect = connect_of(start);
  const std::string url = url_of(connect.host, path_of(binding));
  TRY(auto worker, StreamWorker::start({start.device, start.name, binding.property},
                                       connect_to(url, connect, services.clock), services));
  workers_.push_back(std::move(worker));
  return {};
}

Result<std::unique_ptr<Driver>> start_rtsp(const DeviceStart& start, const Services& services) {
  auto driver = std::make_unique<RtspDriver>();
  for (const Binding& binding : start.bindings) TRY_DO(driver->add(start, binding, services));
  return driver;
}

}  // namespace

const DriverType& rtsp_driver() {
  static constexpr DriverType kType = {
      &kContract,
      []() -> std::shared_ptr<void> { return std::make_shared<ConnectParams>(); },
      []() -> std::shared_ptr<void> { return std::make_shared<BindParams>(); },
      &check_rtsp,
      &start_rtsp,
  };
  return kType;
}

}  // namespace weir::drivers
#endif
