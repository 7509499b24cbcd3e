// What the tests of media share: clips made by the ffmpeg program, files in a folder of their own,
// all of a stream at once.
#pragma once

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "media/decoder.h"
#include "media/demuxer.h"

namespace weir::media {

// A folder that is gone after the test.
class Folder {
 public:
  Folder() {
    std::string pattern = testing::TempDir() + "weir-media-XXXXXX";
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::system(("rm -rf '" + path_ + "'").c_str()); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;

  std::string path(const std::string& name) const { return path_ + "/" + name; }

  std::string write(const std::string& name, const std::string& content) const {
    std::ofstream(path(name), std::ios::binary) << content;
    return path(name);
  }

  // Runs ffmpeg with these arguments and the file to make; "" where it fails.
  std::string ffmpeg(const std::string& arguments, const std::string& name) const {
    const std::string command =
        "ffmpeg -nostdin -v error -y " + arguments + " '" + path(name) + "'";
    return std::system(command.c_str()) == 0 ? path(name) : "";
  }

  // A moving picture of 20 frames, 10 a second, with a keyframe every ten.
  std::string clip(const std::string& name, const std::string& options = "",
                   const std::string& size = "320x240") const {
    return ffmpeg("-f lavfi -i testsrc2=size=" + size +
                      ":rate=10 -t 2 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -g 10 "
                      "-sc_threshold 0 " +
                      options,
                  name);
  }
  static constexpr int kClipFrames = 20;

 private:
  std::string path_;
};

inline std::string read_bytes(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

inline base::Result<std::unique_ptr<Demuxer>> open_file(const std::string& path,
                                                        const Demuxer::Options& options = {}) {
  static const base::SystemClock clock;
  return Demuxer::open(path, options, clock);
}

struct Packets {
  std::vector<data::PacketRef> video;  // of the best video stream
  base::Error end;                     // what ended it
};

inline Packets read_all(Demuxer& demuxer) {
  Packets all;
  while (true) {
    auto packet = demuxer.read();
    if (!packet) {
      all.end = packet.error();
      return all;
    }
    if ((*packet)->stream == demuxer.best_video()) all.video.push_back(std::move(*packet));
  }
}

// All packets of a file that must be whole.
inline std::vector<data::PacketRef> packets_of(const std::string& path) {
  auto demuxer = open_file(path);
  if (!demuxer) {
    ADD_FAILURE() << demuxer.error().message;
    return {};
  }
  Packets all = read_all(**demuxer);
  EXPECT_EQ(all.end.code, base::Code::ended) << all.end.message;
  return std::move(all.video);
}

inline std::unique_ptr<Decoder> decoder_for(const data::Packet& packet) {
  auto decoder = Decoder::open(packet.format);
  if (!decoder) {
    ADD_FAILURE() << decoder.error().message;
    return nullptr;
  }
  return std::move(*decoder);
}

inline void append(std::vector<DecodedFrame>& to, std::vector<DecodedFrame> more) {
  to.insert(to.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
}

// All frames of packets, the decoder flushed at the end.
inline std::vector<DecodedFrame> decode_all(Decoder& decoder,
                                            const std::vector<data::PacketRef>& packets) {
  std::vector<DecodedFrame> frames;
  for (const auto& packet : packets) append(frames, decoder.decode(packet));
  append(frames, decoder.flush());
  return frames;
}

inline std::vector<DecodedFrame> frames_of(const std::string& path) {
  const auto packets = packets_of(path);
  if (packets.empty()) return {};
  const auto decoder = decoder_for(*packets.front());
  return decoder == nullptr ? std::vector<DecodedFrame>() : decode_all(*decoder, packets);
}

}  // namespace weir::media
