// Decoder: the right pictures in the right order, and none that is damaged.
#include "media/decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "media/clips_test.h"

namespace weir::media {
namespace {

constexpr std::int64_t kFrameNs = 100'000'000;

// The planes of a frame without gaps, as `ffmpeg -f rawvideo` writes yuv420p.
std::string pixels_of(const data::Frame& frame) {
  std::string out;
  for (std::size_t i = 0; i < 3; ++i) {
    const int width = i == 0 ? frame.width : (frame.width + 1) / 2;
    const int height = i == 0 ? frame.height : (frame.height + 1) / 2;
    for (int y = 0; y < height; ++y) {
      const std::uint8_t* line = frame.planes[i].data + std::ptrdiff_t{y} * frame.planes[i].stride;
      out.append(reinterpret_cast<const char*>(line), static_cast<std::size_t>(width));
    }
  }
  return out;
}

std::string pixels_of(const std::vector<DecodedFrame>& frames) {
  std::string out;
  for (const auto& one : frames) out += pixels_of(*one.frame);
  return out;
}

double mean_difference(const std::string& a, const std::string& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += std::abs(static_cast<std::uint8_t>(a[i]) - static_cast<std::uint8_t>(b[i]));
  }
  return sum / static_cast<double>(a.size());
}

// The same packet with other bytes, in memory without padding.
data::PacketRef with_bytes(const data::Packet& packet, const std::string& bytes) {
  auto changed = std::make_shared<data::Packet>(packet);
  auto memory = std::make_shared<const std::vector<std::uint8_t>>(bytes.begin(), bytes.end());
  changed->bytes = *memory;
  changed->owner = memory;
  return changed;
}

data::PacketRef with_discontinuity(const data::Packet& packet) {
  auto changed = std::make_shared<data::Packet>(packet);
  changed->discontinuity = true;
  return changed;
}

std::string bytes_of(const data::Packet& packet) {
  return {packet.bytes.begin(), packet.bytes.end()};
}

TEST(Decoder, gives_each_picture_as_ffmpeg_does_in_order) {
  const Folder folder;
  for (const char* options : {"-bf 0", "-bf 3 -b-pyramid 1", "-bf 0 -tune zerolatency"}) {
    SCOPED_TRACE(options);
    const std::string path = folder.clip("clip.mp4", options);
    const auto frames = frames_of(path);
    ASSERT_EQ(frames.size(), static_cast<std::size_t>(Folder::kClipFrames));
    for (std::size_t i = 0; i < frames.size(); ++i) {
      EXPECT_EQ(frames[i].time_ns, static_cast<std::int64_t>(i) * kFrameNs);
    }
    EXPECT_EQ(frames[0].frame->width, 320);
    EXPECT_EQ(frames[0].frame->height, 240);
    EXPECT_EQ(frames[0].frame->format, data::PixelFormat::i420);
    EXPECT_EQ(frames[0].frame->range, data::ColorRange::limited);
    EXPECT_EQ(frames[0].frame->captured_ns, 0);
    const std::string raw = folder.ffmpeg("-i '" + path + "' -f rawvideo", "clip.yuv");
    EXPECT_TRUE(pixels_of(frames) == read_bytes(raw));
  }
}

TEST(Decoder, without_reordering_no_picture_is_held_back) {
  const Folder folder;
  const auto packets = packets_of(folder.clip("clip.mp4", "-bf 0"));
  ASSERT_FALSE(packets.empty());
  const auto decoder = decoder_for(*packets.front());
  for (const auto& packet : packets) {
    EXPECT_EQ(decoder->decode(packet).size(), 1u);
    EXPECT_FALSE(decoder->held_back_ns());
  }
}

TEST(Decoder, tells_how_far_back_held_back_pictures_reach) {
  const Folder folder;
  const auto packets = packets_of(folder.clip("clip.mp4", "-bf 3"));
  ASSERT_FALSE(packets.empty());
  const auto decoder = decoder_for(*packets.front());
  std::vector<std::int64_t> bounds;  // after each packet
  std::vector<DecodedFrame> frames;
  std::vector<std::size_t> frames_then;
  for (const auto& packet : packets) {
    append(frames, decoder->decode(packet));
    const auto held_back = decoder->held_back_ns();
    bounds.push_back(std::min(held_back.value_or(packet->time_ns), packet->decode_order_ns));
    frames_then.push_back(frames.size());
  }
  append(frames, decoder->flush());
  ASSERT_EQ(frames.size(), packets.size());
  EXPECT_LT(frames_then[2], 3u);
  for (std::size_t i = 0; i < packets.size(); ++i) {
    for (std::size_t later = frames_then[i]; later < frames.size(); ++later) {
      EXPECT_GE(frames[later].time_ns, bounds[i]) << "after packet " << i;
    }
  }
}

TEST(Decoder, converts_what_is_neither_i420_nor_nv12_and_keeps_the_range) {
  const Folder folder;
  struct Case {
    const char *name, *options;
    data::ColorRange range;
  };
  const Case cases[] = {
      {"422.mp4", "-pix_fmt yuv422p", data::ColorRange::limited},
      {"444.mp4", "-pix_fmt yuv444p10le", data::ColorRange::limited},
      {"full.mp4", "-pix_fmt yuvj420p", data::ColorRange::full},
      {"full422.mp4", "-pix_fmt yuvj422p", data::ColorRange::full},
      {"full.avi", "-pix_fmt yuvj444p -c:v mjpeg -q:v 2", data::ColorRange::full},
  };
  for (const Case& one : cases) {
    SCOPED_TRACE(one.name);
    const std::string path = folder.clip(one.name, one.options);
    const auto frames = frames_of(path);
    ASSERT_EQ(frames.size(), static_cast<std::size_t>(Folder::kClipFrames));
    EXPECT_EQ(frames[0].frame->format, data::PixelFormat::i420);
    EXPECT_EQ(frames[0].frame->range, one.range);
    const bool full = one.range == data::ColorRange::full;
    const std::string raw =
        folder.ffmpeg("-i '" + path + "' -f rawvideo -pix_fmt " + (full ? "yuvj420p" : "yuv420p"),
                      "reference.yuv");
    const std::string expected = read_bytes(raw);
    const std::string got = pixels_of(frames);
    ASSERT_EQ(got.size(), expected.size());
    EXPECT_LT(mean_difference(got, expected), 1.0);  // the ways to shrink colours differ a little
  }
}

TEST(Decoder, says_which_colours_a_stream_has) {
  const Folder folder;
  const auto matrix = [&](const std::string& options, const std::string& size) {
    const auto frames = frames_of(folder.clip("colours.mp4", options, size));
    return frames.empty() ? std::nullopt : std::optional(frames[0].frame->matrix);
  };
  EXPECT_EQ(matrix("-colorspace bt709", "64x64"), data::ColorMatrix::bt709);
  EXPECT_EQ(matrix("-colorspace smpte170m", "1280x720"), data::ColorMatrix::bt601);
  EXPECT_EQ(matrix("", "64x64"), data::ColorMatrix::bt601);
  EXPECT_EQ(matrix("", "1280x720"), data::ColorMatrix::bt709);
}

TEST(Decoder, follows_a_change_of_resolution) {
  const Folder folder;
  const std::string one = folder.clip("one.h264", "-bf 0", "320x240");
  const std::string two = folder.clip("two.h264", "-bf 0", "160x128");
  const auto frames = frames_of(folder.write("both.h264", read_bytes(one) + read_bytes(two)));
  ASSERT_EQ(frames.size(), 2u * Folder::kClipFrames);
  EXPECT_EQ(frames.front().frame->width, 320);
  EXPECT_EQ(frames.back().frame->width, 160);
  EXPECT_EQ(frames.back().frame->height, 128);
}

TEST(Decoder, begins_with_a_keyframe) {
  const Folder folder;
  auto packets = packets_of(folder.clip("clip.mp4", "-bf 0"));
  ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
  packets.erase(packets.begin(), packets.begin() + 3);
  const auto decoder = decoder_for(*packets.front());
  const auto frames = decode_all(*decoder, packets);
  EXPECT_EQ(frames.size(), 10u);
  EXPECT_EQ(decoder->counts().packets_dropped, 7);
  EXPECT_EQ(decoder->counts().errors, 0);
}

TEST(Decoder, after_a_discontinuity_goes_on_with_the_next_keyframe) {
  const Folder folder;
  auto packets = packets_of(folder.clip("clip.mp4", "-bf 0"));
  ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
  packets[5] = with_discontinuity(*packets[5]);
  const auto decoder = decoder_for(*packets.front());
  const auto frames = decode_all(*decoder, packets);
  ASSERT_EQ(frames.size(), 15u);
  EXPECT_EQ(frames[4].time_ns, 4 * kFrameNs);
  EXPECT_EQ(frames[5].time_ns, 10 * kFrameNs);
  EXPECT_EQ(decoder->counts().packets_dropped, 5);
}

TEST(Decoder, held_back_pictures_come_out_before_a_discontinuity) {
  const Folder folder;
  auto packets = packets_of(folder.clip("clip.mp4", "-bf 3"));
  ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
  packets[10] = with_discontinuity(*packets[10]);
  ASSERT_TRUE(packets[10]->keyframe);
  const auto decoder = decoder_for(*packets.front());
  EXPECT_EQ(decode_all(*decoder, packets).size(), packets.size());
}

TEST(Decoder, shows_nothing_damaged_before_the_next_keyframe) {
  const Folder folder;
  auto packets = packets_of(folder.clip("clip.mp4", "-bf 0"));
  ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
  std::string bytes = bytes_of(*packets[3]);
  for (std::size_t i = bytes.size() / 3; i < bytes.size(); ++i)
    bytes[i] = static_cast<char>(i * 37);
  packets[3] = with_bytes(*packets[3], bytes);
  const auto decoder = decoder_for(*packets.front());
  const auto frames = decode_all(*decoder, packets);
  ASSERT_EQ(frames.size(), 13u);
  EXPECT_EQ(frames[2].time_ns, 2 * kFrameNs);
  EXPECT_EQ(frames[3].time_ns, 10 * kFrameNs);
  EXPECT_EQ(decoder->counts().errors, 1);
  EXPECT_EQ(decoder->counts().frames, 13);
  EXPECT_EQ(decoder->counts().packets_dropped, 6);
  EXPECT_NE(decoder->last_error(), "");
}

// libavcodec makes up the missing picture and takes what it decodes from it for good.
TEST(Decoder, shows_nothing_that_refers_to_a_picture_that_never_came) {
  const Folder folder;
  for (const char* options : {"-bf 0", "-bf 0 -refs 3",
                              "-c:v libx265 -bf 0 -x265-params "
                              "log-level=error:keyint=10:bframes=0"}) {
    SCOPED_TRACE(options);
    auto packets = packets_of(folder.clip("clip.mp4", options));
    ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
    packets.erase(packets.begin() + 3);
    const auto decoder = decoder_for(*packets.front());
    const auto frames = decode_all(*decoder, packets);
    ASSERT_EQ(frames.size(), 13u);
    EXPECT_EQ(frames[2].time_ns, 2 * kFrameNs);
    EXPECT_EQ(frames[3].time_ns, 10 * kFrameNs);
    EXPECT_EQ(decoder->counts().errors, 1);
    EXPECT_EQ(decoder->counts().frames_dropped, 1);
    EXPECT_EQ(decoder->counts().packets_dropped, 5);
    EXPECT_THAT(decoder->last_error(), testing::HasSubstr("missing"));
  }
}

TEST(Decoder, shows_what_was_held_back_before_a_picture_that_never_came) {
  const Folder folder;
  const std::string path = folder.clip("clip.mp4", "-bf 3");
  auto packets = packets_of(path);
  ASSERT_EQ(packets.size(), static_cast<std::size_t>(Folder::kClipFrames));
  const std::string whole = pixels_of(frames_of(path));
  const std::size_t picture = whole.size() / Folder::kClipFrames;
  ASSERT_GT(packets[1]->time_ns, packets[2]->time_ns);  // pictures between refer to it
  packets.erase(packets.begin() + 1);
  const auto decoder = decoder_for(*packets.front());
  const auto frames = decode_all(*decoder, packets);
  ASSERT_EQ(frames.size(), 11u);
  EXPECT_EQ(frames.front().time_ns, 0);
  for (const DecodedFrame& one : frames) {
    const auto at = static_cast<std::size_t>(one.time_ns / kFrameNs);
    EXPECT_TRUE(pixels_of(*one.frame) == whole.substr(at * picture, picture)) << at;
  }
}

TEST(Decoder, packets_cut_anywhere_are_survived) {
  const Folder folder;
  const auto packets = packets_of(folder.clip("clip.mp4", "-bf 2", "64x48"));
  ASSERT_FALSE(packets.empty());
  const std::string bytes = bytes_of(*packets[0]);
  for (std::size_t size = 0; size < bytes.size(); size += bytes.size() / 60 + 1) {
    auto changed = packets;
    changed[0] = with_bytes(*packets[0], bytes.substr(0, size));
    const auto decoder = decoder_for(*packets.front());
    const auto frames = decode_all(*decoder, changed);
    EXPECT_GE(frames.size(), 10u) << "the second half is whole; cut at " << size;
  }
}

TEST(Decoder, bytes_in_any_memory_decode_alike) {
  const Folder folder;
  auto packets = packets_of(folder.clip("clip.mp4", "-bf 0"));
  ASSERT_FALSE(packets.empty());
  const auto direct = decode_all(*decoder_for(*packets.front()), packets);
  for (auto& packet : packets) packet = with_bytes(*packet, bytes_of(*packet));
  EXPECT_TRUE(pixels_of(decode_all(*decoder_for(*packets.front()), packets)) == pixels_of(direct));
}

TEST(Decoder, reads_the_time_a_camera_stamped) {
  // MISB ST 0604: 2023-11-14T22:13:20.123456Z is 0x00060A2425410640 microseconds.
  const std::string time("\x1F\x00\x06\xFF\x0A\x24\xFF\x25\x41\xFF\x06\x40", 12);
  const std::string sei =
      std::string("\0\0\0\1\x06\x05\x1C", 7) + "MISPmicrosectime" + time + "\x80";
  const Folder folder;
  auto packets = packets_of(folder.clip("clip.h264", "-bf 0"));
  ASSERT_FALSE(packets.empty());
  auto stamped =
      std::make_shared<data::Packet>(*with_bytes(*packets[4], sei + bytes_of(*packets[4])));
  stamped->received_ns = 77;
  packets[4] = stamped;
  const auto frames = decode_all(*decoder_for(*packets.front()), packets);
  ASSERT_EQ(frames.size(), static_cast<std::size_t>(Folder::kClipFrames));
  EXPECT_EQ(frames[3].frame->captured_ns, 0);
  EXPECT_EQ(frames[4].frame->captured_ns, 0x00060A2425410640LL * 1000);
  EXPECT_EQ(frames[4].frame->received_ns, 77);
  EXPECT_EQ(frames[5].frame->captured_ns, 0);
}

TEST(Decoder, frames_outlive_it) {
  const Folder folder;
  std::vector<DecodedFrame> frames = frames_of(folder.clip("clip.mp4", "-bf 0"));
  ASSERT_FALSE(frames.empty());
  EXPECT_EQ(pixels_of(*frames[0].frame).size(), 320u * 240 * 3 / 2);
}

TEST(Decoder, refuses_what_has_no_pictures) {
  auto sound = std::make_shared<data::StreamFormat>();
  sound->codec = data::Codec::audio;
  sound->codec_name = "aac";
  const auto decoder = Decoder::open(sound);
  ASSERT_FALSE(decoder);
  EXPECT_EQ(decoder.error().code, base::Code::wrong_type);
  EXPECT_THAT(decoder.error().message, testing::HasSubstr("aac"));
}

}  // namespace
}  // namespace weir::media
