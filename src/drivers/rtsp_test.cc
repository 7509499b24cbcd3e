// The rtsp driver: its contract, and against a real RTSP server where tests/sim/rtsp_camera is
// built beside this program.
#ifdef WEIR_MEDIA
#include "drivers/rtsp.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <semaphore>
#include <set>
#include <thread>

#include "drivers/all.h"
#include "media/decoder.h"
#include "media/demuxer.h"
#include "media/location.h"

namespace weir::drivers {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

std::shared_ptr<void> fill(std::shared_ptr<void> params, std::span<const contract::Param> known,
                           const std::vector<std::pair<std::string, data::Value>>& values) {
  for (const auto& [name, value] : values) {
    const auto param = std::ranges::find(known, name, &contract::Param::name);
    EXPECT_NE(param, known.end()) << name;
    param->set(params.get(), *param, value);
  }
  return params;
}

// What a test starts and looks at.
class RtspTest : public testing::Test {
 protected:
  using Settings = std::vector<std::pair<std::string, data::Value>>;

  static DeviceStart camera_at(const Settings& connect, const std::string& path) {
    const DriverType& type = rtsp_driver();
    DeviceStart start{1, "camera-1", fill(type.new_connect(), type.contract->connect, connect), {}};
    start.bindings.push_back(
        {"video", fill(type.new_bind(), type.contract->bind, {{"path", path}})});
    return start;
  }
  base::Result<std::unique_ptr<Driver>> start(const Settings& connect, const std::string& path) {
    return rtsp_driver().start(camera_at(connect, path), services);
  }
  static std::vector<Mistake> check(const Settings& connect, const std::string& path) {
    return rtsp_driver().check(camera_at(connect, path));
  }

  base::SystemClock clock;
  base::MemoryLog log;
  bus::Streams streams;
  const Services services{clock, log, streams, [] { return 0.0; }};
};

TEST_F(RtspTest, is_listed_and_its_parameters_have_their_defaults) {
  const DriverType* type = find("rtsp");
  ASSERT_NE(type, nullptr);
  EXPECT_EQ(find("telepathy"), nullptr);
  const auto params = type->new_connect();
  const auto value = [&](std::string_view name) {
    const auto param = std::ranges::find(type->contract->connect, name, &contract::Param::name);
    return param->get(params.get(), *param);
  };
  EXPECT_EQ(*value("transport").get<std::string>(), "tcp");
  EXPECT_EQ(value("timeout").get<data::Duration>()->ns, 5'000'000'000);
  EXPECT_EQ(value("connect_timeout").get<data::Duration>()->ns, 10'000'000'000);
}

TEST_F(RtspTest, refuses_addresses_that_cannot_be) {
  for (const std::string host :
       {"me:secret@cam", "ca m", "", "cam:0", "127.0.0.1:99999", "[::1", "cam\r\n"}) {
    const auto mistakes = check({{"host", host}}, "/video");
    ASSERT_EQ(mistakes.size(), 1u) << host;
    EXPECT_EQ(mistakes[0].property, "");
    EXPECT_EQ(mistakes[0].param, "host");
    EXPECT_EQ(mistakes[0].error.code, Code::invalid);
    EXPECT_THAT(mistakes[0].error.message, Not(HasSubstr("secret")));
  }
  for (const std::string path : {"/vi\r\ndeo", "/a b", "/a\tb"}) {
    const auto mistakes = check({{"host", "cam"}}, path);
    ASSERT_EQ(mistakes.size(), 1u) << path;
    EXPECT_EQ(mistakes[0].property, "video");
    EXPECT_EQ(mistakes[0].param, "path");
    EXPECT_EQ(mistakes[0].error.code, Code::invalid);
    EXPECT_THAT(mistakes[0].error.message, Not(HasSubstr(path)));
  }
  EXPECT_EQ(check({{"host", ""}}, "/a b").size(), 2u);
  for (const std::string path : {"/video", "video", "", "?channel=1", "/a@b", "/%20"}) {
    EXPECT_EQ(check({{"host", "cam"}}, path).size(), 0u) << path;
  }
  for (const std::string host : {"cam", "127.0.0.1:65535", "[::1]", "[fe80::1%eth0]:554"}) {
    EXPECT_EQ(check({{"host", host}}, "/video").size(), 0u) << host;
  }
}

TEST_F(RtspTest, refuses_credentials_that_no_request_holds) {
  const auto login = [](std::size_t bytes) {
    return check({{"host", "cam"}, {"user", "u"}, {"password", std::string(bytes, 'x')}}, "/video");
  };
  EXPECT_EQ(login(media::kCredentialsMax - 2).size(), 0u);
  const auto longer = login(media::kCredentialsMax - 1);
  ASSERT_EQ(longer.size(), 1u);
  EXPECT_EQ(longer[0].param, "password");
  EXPECT_EQ(longer[0].error.code, Code::limit);
  EXPECT_THAT(longer[0].error.message, Not(HasSubstr("xxx")));
}

TEST_F(RtspTest, a_property_is_bound_once) {
  const auto one = start({{"host", "cam"}}, "/a");
  ASSERT_TRUE(one);
  EXPECT_EQ(start({{"host", "cam"}}, "/b").error().code, Code::conflict);
}

// ---- against rtsp_camera ----

std::string beside_this_program(const std::string& name) {
  char path[4096] = {};
  if (readlink("/proc/self/exe", path, sizeof path - 1) <= 0) return "";
  const std::string self = path;
  const std::string found = self.substr(0, self.rfind('/') + 1) + name;
  return access(found.c_str(), X_OK) == 0 ? found : "";
}

// A camera in a process of its own.
class CameraProcess {
 public:
  explicit CameraProcess(std::vector<std::string> arguments) {
    int ends[2];
    if (pipe(ends) != 0) return;
    pid_ = fork();
    if (pid_ == 0) {
      prctl(PR_SET_PDEATHSIG, SIGKILL);
      dup2(ends[1], STDOUT_FILENO);
      std::vector<char*> argv;
      for (std::string& one : arguments) argv.push_back(one.data());
      argv.push_back(nullptr);
      execv(argv[0], argv.data());
      _exit(127);
    }
    close(ends[1]);
    lines_ = fdopen(ends[0], "r");
    const std::string ready = await("\"ready\"");
    const std::size_t at = ready.find("\"port\":");
    if (at != std::string::npos) port_ = std::atoi(ready.c_str() + at + 7);
  }
  ~CameraProcess() {
    if (pid_ > 0) {
      tell(SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    if (lines_ != nullptr) std::fclose(lines_);
  }
  CameraProcess(const CameraProcess&) = delete;
  CameraProcess& operator=(const CameraProcess&) = delete;

  void tell(int signal) const { kill(pid_, signal); }
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  // The next line with `part`; empty when the camera has ended.
  std::string await(const std::string& part) {
    char line[4096];
    while (std::fgets(line, sizeof line, lines_) != nullptr) {
      if (std::string(line).find(part) != std::string::npos) return line;
    }
    return "";
  }

 private:
  pid_t pid_ = -1;
  int port_ = 0;
  std::FILE* lines_ = nullptr;
};

class RtspCameraTest : public RtspTest {
 protected:
  void SetUp() override {
    program_ = beside_this_program("rtsp_camera");
    if (program_.empty()) GTEST_SKIP() << "rtsp_camera is not built beside this program";
    std::string pattern = testing::TempDir() + "weir-rtsp-XXXXXX";
    folder_ = mkdtemp(pattern.data());
    const std::string make =
        "ffmpeg -nostdin -v error -y -f lavfi -i testsrc2=size=160x128:rate=25 -t 2 -c:v libx264 "
        "-preset ultrafast -tune zerolatency -pix_fmt yuv420p -g 10 '" +
        clip() + "'";
    ASSERT_EQ(std::system(make.c_str()), 0);
  }
  void TearDown() override {
    if (!folder_.empty()) std::system(("rm -rf '" + folder_ + "'").c_str());
  }

  std::string clip() const { return folder_ + "/clip.mp4"; }
  std::set<std::string> pictures_of_clip() const {
    std::set<std::string> pictures;
    auto demuxer = media::Demuxer::open(clip(), {}, clock);
    if (!demuxer) return pictures;
    std::unique_ptr<media::Decoder> decoder;
    while (const auto packet = (*demuxer)->read()) {
      if (decoder == nullptr) decoder = std::move(*media::Decoder::open((*packet)->format));
      for (const auto& shown : decoder->decode(*packet)) pictures.insert(brightness(*shown.frame));
    }
    for (const auto& shown : decoder->flush()) pictures.insert(brightness(*shown.frame));
    return pictures;
  }
  static std::string brightness(const data::Frame& frame) {
    std::string out;
    for (int y = 0; y < frame.height; ++y) {
      const auto* line = frame.planes[0].data + std::ptrdiff_t{y} * frame.planes[0].stride;
      out.append(reinterpret_cast<const char*>(line), static_cast<std::size_t>(frame.width));
    }
    return out;
  }
  std::unique_ptr<CameraProcess> camera(const std::vector<std::string>& options = {}) const {
    std::vector<std::string> arguments = {program_, "--loop", "--camera", "/video=" + clip()};
    arguments.insert(arguments.end(), options.begin(), options.end());
    return std::make_unique<CameraProcess>(arguments);
  }
  std::unique_ptr<bus::StreamReader> open() {
    return *streams.open(1, "video", [this] { woken_.release(); });
  }
  data::PacketRef await_packet(bus::StreamReader& reader) {
    while (true) {
      auto next = reader.next();
      if (next.packet != nullptr) return next.packet;
      woken_.acquire();
    }
  }
  // Waits until the only stream is in this state; the test's own time limit ends what never comes.
  static Status await(const Driver& driver, State state) {
    while (driver.status()[0].state != state) std::this_thread::yield();
    return driver.status()[0];
  }

  std::string program_, folder_;
  std::counting_semaphore<> woken_{0};
};

const data::Duration kSoon{300'000'000};
constexpr double kFrameNs = 40'000'000;  // of the clip
constexpr double kRtpTickNs = 1e9 / 90'000;
constexpr int kProbedPackets = 5;

TEST_F(RtspCameraTest, brings_video_over_tcp_and_udp) {
  const auto source = camera();
  for (const char* transport : {"tcp", "udp"}) {
    SCOPED_TRACE(transport);
    auto driver = start({{"host", source->host()}, {"transport", transport}}, "/video");
    ASSERT_TRUE(driver) << driver.error().message;
    const std::int64_t before_ns = clock.wall_ns();
    const auto reader = open();
    data::PacketRef packet = await_packet(*reader);
    EXPECT_TRUE(packet->keyframe);
    EXPECT_TRUE(packet->discontinuity);
    EXPECT_EQ(packet->format->codec, data::Codec::h264);
    EXPECT_EQ(packet->format->width, 160);
    std::int64_t last_ns = 0;
    for (int i = 0; i < 30; ++i) {
      EXPECT_GT(packet->time_ns, last_ns);
      EXPECT_GE(packet->received_ns, before_ns);
      EXPECT_LE(packet->time_ns, clock.wall_ns());
      last_ns = packet->time_ns;
      packet = await_packet(*reader);
    }
    EXPECT_EQ((*driver)->status()[0].state, State::streaming);
  }
}

// Packets that were read to know the camera come out at once, but were not taken at once.
TEST_F(RtspCameraTest, the_first_pictures_keep_the_cameras_distances) {
  const auto source = camera({"--start-when-watched"});
  auto driver = start({{"host", source->host()}}, "/video");
  ASSERT_TRUE(driver) << driver.error().message;
  const auto reader = open();
  std::int64_t last_ns = await_packet(*reader)->time_ns;
  for (int i = 1; i < kProbedPackets; ++i) {
    const std::int64_t time_ns = await_packet(*reader)->time_ns;
    EXPECT_NEAR(static_cast<double>(time_ns - last_ns), kFrameNs, kRtpTickNs) << i;
    last_ns = time_ns;
  }
}

TEST_F(RtspCameraTest, shows_no_picture_that_packets_were_lost_of) {
  const auto source = camera({"--start-when-watched", "--fault", "lose-packets-at=23"});
  auto driver = start({{"host", source->host()}, {"transport", "udp"}}, "/video");
  ASSERT_TRUE(driver) << driver.error().message;
  const auto reader = open();
  data::PacketRef packet = await_packet(*reader);
  const auto decoder = media::Decoder::open(packet->format);
  ASSERT_TRUE(decoder);
  const std::set<std::string> whole = pictures_of_clip();
  int gaps = 0;  // the start of the stream is one
  for (int i = 0; i < 45; ++i, packet = await_packet(*reader)) {
    if (packet->discontinuity) ++gaps;
    for (const auto& shown : (*decoder)->decode(packet)) {
      EXPECT_TRUE(whole.contains(brightness(*shown.frame))) << i;
    }
  }
  EXPECT_GT(gaps, 1);
  EXPECT_GT((*decoder)->counts().packets_dropped, 0);
  EXPECT_GT((*decoder)->counts().frames, 20);
}

TEST_F(RtspCameraTest, notices_a_frozen_camera_and_comes_back_to_it) {
  const auto source = camera();
  auto driver = start({{"host", source->host()}, {"timeout", kSoon}}, "/video");
  ASSERT_TRUE(driver);
  const auto reader = open();
  await_packet(*reader);
  await(**driver, State::streaming);
  source->tell(SIGSTOP);
  EXPECT_THAT(await(**driver, State::frozen).last_error, HasSubstr("sent no packet for 300ms"));
  source->tell(SIGCONT);
  EXPECT_GE(await(**driver, State::streaming).connects, 2);
}

TEST_F(RtspCameraTest, stops_while_a_camera_is_frozen) {
  const auto source = camera();
  auto driver = start({{"host", source->host()}}, "/video");
  ASSERT_TRUE(driver);
  const auto reader = open();
  await_packet(*reader);
  source->tell(SIGSTOP);
  (*driver)->stop();
  EXPECT_EQ((*driver)->status()[0].state, State::stopped);
}

TEST_F(RtspCameraTest, says_what_a_camera_refuses_and_never_the_password) {
  const auto source = camera({"--user", "viewer", "--password", "p@ss:w/rd"});
  {
    auto driver =
        start({{"host", source->host()}, {"user", "viewer"}, {"password", "verysecret"}}, "/video");
    const auto reader = open();
    EXPECT_THAT(await(**driver, State::failed).last_error,
                HasSubstr("refuses this user and password"));
  }
  {
    auto driver = start({{"host", source->host()}}, "/video");
    const auto reader = open();
    EXPECT_THAT(await(**driver, State::failed).last_error,
                HasSubstr("refuses access without user and password"));
  }
  {
    auto driver =
        start({{"host", source->host()}, {"user", "viewer"}, {"password", "p@ss:w/rd"}}, "/video");
    const auto reader = open();
    await_packet(*reader);
  }
  EXPECT_THAT(log.text(), Not(HasSubstr("verysecret")));
  EXPECT_THAT(log.text(), Not(HasSubstr("w/rd")));
}

TEST_F(RtspCameraTest, says_that_a_path_is_not_there) {
  const auto source = camera();
  auto driver = start({{"host", source->host()}}, "/nothing");
  const auto reader = open();
  EXPECT_THAT(await(**driver, State::failed).last_error, HasSubstr("does not serve this path"));
}

TEST_F(RtspCameraTest, notices_noise_in_the_place_of_pictures_and_comes_back) {
  const auto source = camera({"--start-when-watched", "--fault", "garbage-at=30"});
  auto driver = start({{"host", source->host()}}, "/video");
  const auto reader = open();
  EXPECT_THAT(await(**driver, State::failed).last_error, HasSubstr("cannot be decoded"));
  EXPECT_GE(await(**driver, State::streaming).connects, 2);
}

TEST_F(RtspCameraTest, notices_a_stream_that_stands_still_within_a_frame_and_comes_back) {
  const auto source = camera({"--start-when-watched", "--fault", "stall-mid-frame-at=20"});
  auto driver = start({{"host", source->host()}, {"timeout", kSoon}}, "/video");
  const auto reader = open();
  await(**driver, State::frozen);
  EXPECT_GE(await(**driver, State::streaming).connects, 2);
}

TEST_F(RtspCameraTest, notices_that_a_camera_is_gone) {
  auto source = camera();
  auto driver = start({{"host", source->host()}, {"timeout", kSoon}}, "/video");
  const auto reader = open();
  await_packet(*reader);
  source.reset();
  await(**driver, State::failed);
  EXPECT_GE((*driver)->status()[0].failures, 1);
}

}  // namespace
}  // namespace weir::drivers
#endif
