// Demuxer: times, and what is no video.
#include "media/demuxer.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <set>
#include <thread>

#include "media/clips_test.h"

namespace weir::media {
namespace {

using base::Code;
using testing::HasSubstr;

constexpr std::int64_t kClipFrameNs = 100'000'000;

// The times of a clip of 20 frames, 10 a second.
std::set<std::int64_t> clip_times(std::int64_t base_ns = 0) {
  std::set<std::int64_t> times;
  for (int i = 0; i < Folder::kClipFrames; ++i) times.insert(base_ns + i * kClipFrameNs);
  return times;
}

std::set<std::int64_t> times_of(const std::vector<data::PacketRef>& packets) {
  std::set<std::int64_t> times;
  for (const auto& packet : packets) times.insert(packet->time_ns);
  return times;
}

void expect_decoding_order(const std::vector<data::PacketRef>& packets) {
  for (std::size_t i = 1; i < packets.size(); ++i) {
    EXPECT_GE(packets[i]->decode_order_ns, packets[i - 1]->decode_order_ns) << i;
  }
}

TEST(Demuxer, knows_the_streams_of_a_file) {
  const Folder folder;
  const std::string path = folder.ffmpeg(
      "-f lavfi -i testsrc2=size=320x240:rate=10 -f lavfi -i sine -t 1 -c:v libx264 -c:a aac",
      "sound.mp4");
  auto demuxer = open_file(path);
  ASSERT_TRUE(demuxer) << demuxer.error().message;
  const auto streams = (*demuxer)->streams();
  ASSERT_EQ(streams.size(), 2u);
  EXPECT_FALSE((*demuxer)->live());
  EXPECT_EQ((*demuxer)->best_video(), 0);
  EXPECT_EQ(streams[0]->codec, data::Codec::h264);
  EXPECT_EQ(streams[0]->codec_name, "h264");
  EXPECT_EQ(streams[0]->width, 320);
  EXPECT_EQ(streams[0]->height, 240);
  EXPECT_DOUBLE_EQ(streams[0]->frame_rate, 10);
  EXPECT_EQ(streams[1]->codec, data::Codec::audio);
}

TEST(Demuxer, first_picture_of_a_file_has_the_base_time_wherever_its_timestamps_begin) {
  const Folder folder;
  const std::string plain = folder.clip("plain.mp4", "-bf 0");
  for (const std::string& path :
       {plain, folder.clip("reordered.mp4", "-bf 3 -b-pyramid 1"),
        folder.clip("reordered.ts", "-bf 2"), folder.clip("reordered.mkv", "-bf 2"),
        folder.ffmpeg("-i '" + plain + "' -c copy", "copy.ts"),
        folder.ffmpeg("-i '" + plain + "' -c copy -output_ts_offset 1000", "late.mkv")}) {
    SCOPED_TRACE(path);
    const auto packets = packets_of(path);
    ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
    EXPECT_EQ(times_of(packets), clip_times());
    expect_decoding_order(packets);
    EXPECT_TRUE(packets.front()->keyframe);
    EXPECT_EQ(packets.front()->received_ns, 0);
  }
}

TEST(Demuxer, base_time_can_be_given) {
  const Folder folder;
  Demuxer::Options options;
  options.base_ns = 1'700'000'000'000'000'000;
  auto demuxer = open_file(folder.clip("clip.mp4", "-bf 2"), options);
  ASSERT_TRUE(demuxer) << demuxer.error().message;
  EXPECT_EQ(times_of(read_all(**demuxer).video), clip_times(options.base_ns));
}

TEST(Demuxer, an_edit_list_that_leaves_out_the_start_is_followed) {
  const Folder folder;
  const std::string whole = folder.clip("whole.mp4", "-bf 0");
  const std::string later = folder.ffmpeg("-ss 0.5 -i '" + whole + "' -c copy", "later.mp4");
  const auto frames = frames_of(later);
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(frames.front().time_ns, 0);
}

TEST(Demuxer, missing_timestamps_follow_from_the_frame_rate) {
  const Folder folder;
  const auto packets = packets_of(
      folder.ffmpeg("-i '" + folder.clip("clip.mp4", "-bf 0") + "' -c copy -f h264", "bare.h264"));
  ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
  EXPECT_EQ(packets.front()->time_ns, 0);
  for (std::size_t i = 1; i < packets.size(); ++i) {
    EXPECT_GT(packets[i]->time_ns, packets[i - 1]->time_ns);
  }
}

std::vector<std::int64_t> frame_times(const std::string& path) {
  std::vector<std::int64_t> times;
  for (const DecodedFrame& frame : frames_of(path)) times.push_back(frame.time_ns);
  return times;
}

TEST(Demuxer, pictures_without_times_of_presentation_have_them_in_the_order_they_are_shown) {
  const Folder folder;
  const std::string clip = folder.clip("clip.mp4", "-bf 3 -b-pyramid 1");
  const std::string hevc = "-c:v libx265 -x265-params log-level=none:bframes=3 -f hevc";
  std::vector<std::int64_t> expected;
  for (int i = 0; i < Folder::kClipFrames; ++i) expected.push_back(i * kClipFrameNs);
  for (const std::string& path :
       {folder.ffmpeg("-i '" + clip + "' -c copy -f h264", "bare.h264"),
        folder.ffmpeg("-i '" + clip + "' " + hevc, "bare.hevc"),
        folder.ffmpeg("-i '" + clip + "' -c copy", "h264.avi"),
        folder.ffmpeg("-i '" + clip + "' -c:v mpeg4 -bf 2", "mpeg4.avi")}) {
    SCOPED_TRACE(path);
    EXPECT_EQ(frame_times(path), expected);
  }
}

TEST(Demuxer, a_clock_that_begins_anew_is_told_and_goes_on) {
  const Folder folder;
  const std::string clip = read_bytes(folder.clip("clip.ts", "-bf 2"));
  const std::string path = folder.write("joined.ts", clip + clip + clip);
  std::set<std::int64_t> expected;
  for (int i = 0; i < 3 * Folder::kClipFrames; ++i) expected.insert(i * kClipFrameNs);
  const auto packets = packets_of(path);
  EXPECT_EQ(packets.size(), expected.size());
  EXPECT_EQ(times_of(packets), expected);
  expect_decoding_order(packets);

  base::MemoryLog log;
  Demuxer::Options options;
  options.log = &log;
  auto demuxer = open_file(path, options);
  ASSERT_TRUE(demuxer) << demuxer.error().message;
  read_all(**demuxer);
  const std::string text = log.text();
  EXPECT_EQ(std::ranges::count(text, '\n'), 2) << text;
  EXPECT_THAT(text, HasSubstr("the file's clock begins anew"));
  EXPECT_THAT(text, HasSubstr("time=1970-01-01T00:00:04.000000000Z"));
}

TEST(Demuxer, names_what_is_no_video) {
  const Folder folder;
  struct Case {
    std::string path, says;
    Code code;
  };
  const Case cases[] = {
      {folder.path("none.mp4"), "No such file", Code::missing},
      {folder.path(""), "is a folder", Code::wrong_type},
      {folder.write("empty.mp4", ""), "is empty", Code::corrupt},
      {folder.write("text.mp4", "Dear reader,\nthis is gr\xC3\xBC\xC3\x9F Gott.\n"),
       "is a text file, not a video", Code::corrupt},
      {folder.write("pointer.mp4",
                    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n"),
       "is a Git LFS pointer, not a video; run `git lfs pull`", Code::corrupt},
      {folder.write("noise.mp4", std::string("\x01\x02\x03\xFF\x00\x80", 6)),
       "is not a video that can be read", Code::corrupt},
      {folder.write("rows.csv.gz", std::string("\x1F\x8B\x08\0\0\0\0\0", 8)),
       "is compressed with gzip", Code::wrong_type},
      {folder.ffmpeg("-f lavfi -i testsrc2=size=64x48 -frames:v 2", "moving.gif"),
       "has a format that is not read as a video; expected MP4, MOV", Code::wrong_type},
      {folder.ffmpeg("-f lavfi -i testsrc2=size=320x240 -frames:v 1", "still.jpg"),
       "has a format that is not read as a video; expected MP4, MOV", Code::wrong_type},
      {folder.write("list.mp4", "ffconcat version 1.0\nfile /etc/passwd\n"), "is a text file",
       Code::corrupt},
  };
  for (const Case& one : cases) {
    const auto demuxer = open_file(one.path);
    ASSERT_FALSE(demuxer) << one.path;
    EXPECT_EQ(demuxer.error().code, one.code) << demuxer.error().message;
    EXPECT_THAT(demuxer.error().message, HasSubstr(one.says));
    EXPECT_THAT(demuxer.error().message, HasSubstr(one.path));
  }
}

TEST(Demuxer, a_file_cut_off_anywhere_is_told_or_read_to_its_new_end) {
  const Folder folder;
  for (const std::string name :
       {"index-first.mp4", "index-last.mp4", "clip.mkv", "clip.ts", "clip.avi", "clip.flv"}) {
    const bool first = name == "index-first.mp4";
    const std::string whole =
        read_bytes(folder.clip(name, first ? "-bf 2 -movflags +faststart" : "-bf 2", "64x48"));
    ASSERT_GT(whole.size(), 1000u);
    for (std::size_t size = 1; size < whole.size(); size += whole.size() / 40) {
      SCOPED_TRACE(name + " cut at " + std::to_string(size));
      const std::string path = folder.write("cut-" + name, whole.substr(0, size));
      auto demuxer = open_file(path);
      if (!demuxer) {
        EXPECT_EQ(demuxer.error().code, Code::corrupt) << demuxer.error().message;
        continue;
      }
      const Packets all = read_all(**demuxer);
      EXPECT_THAT(all.end.code, testing::AnyOf(Code::corrupt, Code::ended)) << all.end.message;
      // An MP4 says in its index how long it is, Matroska, AVI and FLV at their beginning; of
      // MPEG-TS every packet has 188 bytes.
      if (first || name == "clip.mkv" || name == "clip.avi" || name == "clip.flv" ||
          (name == "clip.ts" && size % 188 != 0)) {
        EXPECT_EQ(all.end.code, Code::corrupt) << all.end.message;
        EXPECT_THAT(all.end.message, HasSubstr("is cut off"));
        EXPECT_THAT(all.end.message, testing::Not(HasSubstr(path)));
      }
      if (all.video.empty()) continue;
      if (const auto decoder = Decoder::open(all.video.front()->format)) {
        decode_all(**decoder, all.video);
      }
    }
  }
}

// Without the size in its metadata, as a camera's recorder leaves it.
TEST(Demuxer, an_flv_ends_with_the_size_of_its_last_tag) {
  const Folder folder;
  const std::string whole = read_bytes(folder.clip("clip.flv", "-bf 0 -flvflags no_metadata"));
  const auto end_of = [&](std::size_t size) {
    auto demuxer = open_file(folder.write("cut.flv", whole.substr(0, size)));
    EXPECT_TRUE(demuxer);
    return demuxer ? read_all(**demuxer).end : base::Error{};
  };
  EXPECT_EQ(end_of(whole.size()).code, Code::ended);
  // The last tag tells of the end of the sequence: 11 bytes, 5 of data and the tag's size.
  EXPECT_EQ(end_of(whole.size() - 14).code, Code::corrupt);
  EXPECT_THAT(end_of(whole.size() - 14).message, HasSubstr("its last tag is not whole"));
}

TEST(Demuxer, a_picture_cut_off_is_told) {
  const Folder folder;
  const std::string path =
      folder.ffmpeg("-f lavfi -i testsrc2=size=320x240 -frames:v 1", "still.png");
  EXPECT_EQ(frames_of(path).size(), 1u);
  const std::string whole = read_bytes(path);
  auto demuxer = open_file(folder.write("cut.png", whole.substr(0, whole.size() / 2)));
  ASSERT_TRUE(demuxer) << demuxer.error().message;
  const base::Error end = read_all(**demuxer).end;
  EXPECT_EQ(end.code, Code::corrupt);
  EXPECT_THAT(end.message, HasSubstr("is cut off: its last chunk, IEND, is missing"));
}

TEST(Demuxer, packets_outlive_it) {
  const Folder folder;
  data::PacketRef kept;
  std::string before;
  {
    auto demuxer = open_file(folder.clip("clip.mp4"));
    ASSERT_TRUE(demuxer) << demuxer.error().message;
    auto packet = (*demuxer)->read();
    ASSERT_TRUE(packet);
    kept = *packet;
    before.assign(kept->bytes.begin(), kept->bytes.end());
  }
  EXPECT_EQ(std::string(kept->bytes.begin(), kept->bytes.end()), before);
}

TEST(Demuxer, a_login_is_for_cameras_and_given_once) {
  const Folder folder;
  Demuxer::Options options;
  options.user = "admin";
  options.password = "p@ss";
  EXPECT_EQ(open_file(folder.clip("clip.mp4"), options).error().code, Code::invalid);
  const auto twice = open_file("rtsp://other:secret@127.0.0.1:9/video", options);
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().code, Code::conflict);
  EXPECT_THAT(twice.error().message, testing::Not(HasSubstr("secret")));
}

// A camera that takes connections and says nothing.
class SilentServer {
 public:
  SilentServer() {
    socket_ = socket(AF_INET, SOCK_STREAM, 0);
    sockaddr_in address = {};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    const bool bound = bind(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0 &&
                       listen(socket_, 16) == 0 &&
                       getsockname(socket_, reinterpret_cast<sockaddr*>(&address), &size) == 0;
    port_ = bound ? ntohs(address.sin_port) : 0;
  }
  ~SilentServer() { close(socket_); }
  std::string url() const { return "rtsp://127.0.0.1:" + std::to_string(port_) + "/video"; }

 private:
  int socket_ = -1;
  int port_ = 0;
};

TEST(Demuxer, a_camera_that_says_nothing_meets_the_deadline_and_no_message_holds_the_password) {
  const SilentServer server;
  Demuxer::Options options;
  options.open_timeout_ns = 50'000'000;
  options.user = "admin";
  options.password = "geheim";
  const auto demuxer = open_file(server.url(), options);
  ASSERT_FALSE(demuxer);
  EXPECT_EQ(demuxer.error().code, Code::timeout);
  EXPECT_EQ(demuxer.error().message, server.url() + " did not answer within 50ms");
}

TEST(Demuxer, nobody_at_the_address_is_a_network_failure) {
  std::string url;
  {
    const SilentServer server;
    url = server.url();
  }
  const auto demuxer = open_file(url);
  ASSERT_FALSE(demuxer);
  EXPECT_EQ(demuxer.error().code, Code::network);
  EXPECT_THAT(demuxer.error().message, HasSubstr(url + " cannot be reached"));
}

TEST(Demuxer, opening_can_be_cancelled_from_another_thread) {
  const SilentServer server;
  std::atomic<bool> cancel = false;
  Demuxer::Options options;
  options.open_timeout_ns = 3'600'000'000'000;
  options.cancel = &cancel;
  std::thread canceller([&] { cancel = true; });
  const auto demuxer = open_file(server.url(), options);
  canceller.join();
  ASSERT_FALSE(demuxer);
  EXPECT_EQ(demuxer.error().code, Code::ended);
}

}  // namespace
}  // namespace weir::media
