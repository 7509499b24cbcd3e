// plain_loop: the best plain program for what the benchmark `video` asks of Weir.
//
//   plain_loop VIDEO MODEL.onnx [--fastestdet SCORE]
//
// Demuxes, decodes with one thread, scales in the decoder's colours and runs the model on each
// frame, on one thread, with nothing in between: libavformat, libavcodec, libyuv and ONNX Runtime
// with the options that Weir gives them, every buffer made once. The model has one float32 input
// [1, 3, height, width], BGR, 0 to 1. Prints {"frames", "found"} as JSON.
#include <dlfcn.h>
#include <libyuv.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <vector>

#define ORT_API_MANUAL_INIT
#include <onnxruntime_c_api.h>
#include <onnxruntime_session_options_config_keys.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

extern "C" {
#include <libavcodec/avcodec.h>
#include <libavformat/avformat.h>
}

namespace {

[[noreturn]] void stop(const std::string& reason) {
  std::fprintf(stderr, "plain_loop: %s\n", reason.c_str());
  std::exit(1);
}

// A status that is not null ends the program.
class Api {
 public:
  explicit Api(const OrtApi* api) : api_(api) {}
  const OrtApi* operator->() const { return api_; }
  void operator()(OrtStatus* status) const {
    if (status != nullptr) stop(api_->GetErrorMessage(status));
  }

 private:
  const OrtApi* api_;
};

Api load_runtime() {
  std::array<char, 4096> path = {};
  if (readlink("/proc/self/exe", path.data(), path.size() - 1) <= 0) stop("no /proc/self/exe");
  const std::string program = path.data();
  const char* named = std::getenv("WEIR_ONNXRUNTIME");
  const std::string file =
      named != nullptr ? named
                       : program.substr(0, program.rfind('/')) + "/../lib/libonnxruntime.so";
  setenv("ORT_DISABLE_TELEMETRY", "1", 1);
  void* library = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) stop(dlerror());
  const auto base = reinterpret_cast<const OrtApiBase* (*)()>(dlsym(library, "OrtGetApiBase"));
  return Api(base()->GetApi(11));
}

// One value to another, its memory made once.
struct Tensor {
  std::string name;
  std::vector<std::int64_t> shape;
  std::vector<float> values;
  OrtValue* value = nullptr;
};

class Net {
 public:
  explicit Net(const char* path) : api_(load_runtime()) {
    OrtEnv* environment = nullptr;
    api_(api_->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "plain", &environment));
    OrtSessionOptions* options = nullptr;
    api_(api_->CreateSessionOptions(&options));
    api_(api_->SetIntraOpNumThreads(options, 1));
    api_(api_->SetInterOpNumThreads(options, 1));
    api_(api_->SetSessionExecutionMode(options, ORT_SEQUENTIAL));
    api_(api_->SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL));
    api_(api_->AddSessionConfigEntry(options, kOrtSessionOptionsConfigAllowIntraOpSpinning, "0"));
    api_(api_->CreateSession(environment, path, options, &session_));
    api_(api_->CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory_));
    describe(true, input);
    describe(false, output);
    if (input.shape.size() != 4 || input.shape[1] != 3)
      stop("the model's input is not [1, 3, height, width]");
  }

  void run() {
    const char* in = input.name.c_str();
    const char* out = output.name.c_str();
    const OrtValue* in_value = input.value;
    api_(api_->Run(session_, nullptr, &in, &in_value, 1, &out, 1, &output.value));
  }

  Tensor input, output;

 private:
  void describe(bool is_input, Tensor& tensor) {
    OrtAllocator* allocator = nullptr;
    api_(api_->GetAllocatorWithDefaultOptions(&allocator));
    char* name = nullptr;
    OrtTypeInfo* type = nullptr;
    if (is_input) {
      api_(api_->SessionGetInputName(session_, 0, allocator, &name));
      api_(api_->SessionGetInputTypeInfo(session_, 0, &type));
    } else {
      api_(api_->SessionGetOutputName(session_, 0, allocator, &name));
      api_(api_->SessionGetOutputTypeInfo(session_, 0, &type));
    }
    tensor.name = name;
    const OrtTensorTypeAndShapeInfo* info = nullptr;
    api_(api_->CastTypeInfoToTensorInfo(type, &info));
    std::size_t rank = 0;
    api_(api_->GetDimensionsCount(info, &rank));
    tensor.shape.resize(rank);
    api_(api_->GetDimensions(info, tensor.shape.data(), rank));
    std::size_t count = 1;
    for (std::int64_t& size : tensor.shape) {
      size = std::max<std::int64_t>(size, 1);
      count *= static_cast<std::size_t>(size);
    }
    tensor.values.resize(count);
    api_(api_->CreateTensorWithDataAsOrtValue(memory_, tensor.values.data(), count * sizeof(float),
                                              tensor.shape.data(), rank,
                                              ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &tensor.value));
  }

  Api api_;
  OrtSession* session_ = nullptr;
  OrtMemoryInfo* memory_ = nullptr;
};

// A frame to the planes of B, G, R in 0 to 1.
class Scaler {
 public:
  Scaler(int width, int height)
      : width_(width),
        height_(height),
        stride_((width + 31) / 32 * 32),
        yuv_(static_cast<std::size_t>(stride_) * static_cast<std::size_t>(height) * 2),
        bgr_(static_cast<std::size_t>(width) * static_cast<std::size_t>(height) * 3 + 4) {}

  void operator()(const AVFrame& frame, float* values) {
    if (frame.format != AV_PIX_FMT_YUV420P && frame.format != AV_PIX_FMT_YUVJ420P)
      stop("the video is not 4:2:0");
    std::uint8_t* y = yuv_.data();
    std::uint8_t* u = y + std::ptrdiff_t{stride_} * height_;
    std::uint8_t* v = u + std::ptrdiff_t{stride_} * ((height_ + 1) / 2) / 2;
    libyuv::I420Scale(frame.data[0], frame.linesize[0], frame.data[1], frame.linesize[1],
                      frame.data[2], frame.linesize[2], frame.width, frame.height, y, stride_, u,
                      stride_ / 2, v, stride_ / 2, width_, height_, libyuv::kFilterBox);
    const bool bt709 = frame.colorspace == AVCOL_SPC_BT709 ||
                       (frame.colorspace == AVCOL_SPC_UNSPECIFIED && frame.width >= 1280);
    libyuv::I420ToRGB24Matrix(y, stride_, u, stride_ / 2, v, stride_ / 2, bgr_.data(), width_ * 3,
                              bt709 ? &libyuv::kYuvH709Constants : &libyuv::kYuvI601Constants,
                              width_, height_);
    to_planes(values);
  }

 private:
  // Four pixels of three bytes at a time: a load of four bytes holds a pixel in its lower three.
  using Words = std::int32_t __attribute__((vector_size(16)));
  using Floats = float __attribute__((vector_size(16)));
  static constexpr float kScale = 1 / 255.0F;

  static std::int32_t load(const std::uint8_t* bytes) {
    std::int32_t word;
    std::memcpy(&word, bytes, sizeof(word));
    return word;
  }

  static void store(Words bytes, float* to) {
    const Floats values = __builtin_convertvector(bytes & 0xff, Floats) * kScale;
    std::memcpy(to, &values, sizeof(values));
  }

  void to_planes(float* values) const {
    const std::size_t count = static_cast<std::size_t>(width_) * static_cast<std::size_t>(height_);
    float* const blue = values;
    float* const green = values + count;
    float* const red = values + 2 * count;
    const std::uint8_t* from = bgr_.data();
    std::size_t i = 0;
    for (; i + 4 <= count; i += 4, from += 12) {
      const Words words = {load(from), load(from + 3), load(from + 6), load(from + 9)};
      store(words, blue + i);
      store(words >> 8, green + i);
      store(words >> 16, red + i);
    }
    for (; i < count; ++i, from += 3) {
      blue[i] = static_cast<float>(from[0]) * kScale;
      green[i] = static_cast<float>(from[1]) * kScale;
      red[i] = static_cast<float>(from[2]) * kScale;
    }
  }

  int width_, height_, stride_;
  std::vector<std::uint8_t> yuv_, bgr_;
};

struct Box {
  double score, x, y, width, height;
  std::size_t label;
};

bool overlap(const Box& a, const Box& b) {
  constexpr double kLimit = 0.45;
  const double width = std::min(a.x + a.width, b.x + b.width) - std::max(a.x, b.x);
  const double height = std::min(a.y + a.height, b.y + b.height) - std::max(a.y, b.y);
  if (width <= 0 || height <= 0) return false;
  const double both = width * height;
  return both >= kLimit * (a.width * a.height + b.width * b.height - both);
}

// How many objects the output of FastestDet holds.
std::size_t count_objects(const Tensor& output, double least, std::vector<Box>& boxes) {
  const auto rows = static_cast<std::size_t>(output.shape[2]);
  const auto columns = static_cast<std::size_t>(output.shape[3]);
  const std::size_t cells = rows * columns;
  const std::size_t labels = static_cast<std::size_t>(output.shape[1]) - 5;
  const auto at = [&](std::size_t channel, std::size_t cell) {
    return double{output.values[channel * cells + cell]};
  };
  boxes.clear();
  for (std::size_t cell = 0; cell < cells; ++cell) {
    if (std::pow(at(0, cell), 0.6) < least) continue;  // class probabilities are at most 1
    std::size_t label = 0;
    for (std::size_t i = 1; i < labels; ++i) {
      if (at(5 + i, cell) > at(5 + label, cell)) label = i;
    }
    const double score = std::pow(at(0, cell), 0.6) * std::pow(at(5 + label, cell), 0.4);
    if (score < least) continue;
    const double x = (static_cast<double>(cell % columns) + std::tanh(at(1, cell))) /
                     static_cast<double>(columns);
    const double y =
        (static_cast<double>(cell / columns) + std::tanh(at(2, cell))) / static_cast<double>(rows);
    const double width = 1 / (1 + std::exp(-at(3, cell)));
    const double height = 1 / (1 + std::exp(-at(4, cell)));
    boxes.push_back({score, x - width / 2, y - height / 2, width, height, label});
  }
  std::ranges::stable_sort(boxes, std::ranges::greater(), &Box::score);
  std::size_t kept = 0;
  for (const Box& box : boxes) {
    const auto stronger = boxes.begin() + static_cast<std::ptrdiff_t>(kept);
    const bool weaker = std::any_of(boxes.begin(), stronger, [&](const Box& other) {
      return other.label == box.label && overlap(other, box);
    });
    if (!weaker) boxes[kept++] = box;
  }
  return kept;
}

class Video {
 public:
  explicit Video(const char* path) {
    if (avformat_open_input(&format_, path, nullptr, nullptr) < 0)
      stop(std::string("cannot open ") + path);
    if (avformat_find_stream_info(format_, nullptr) < 0) stop("no streams found");
    const AVCodec* codec = nullptr;
    stream_ = av_find_best_stream(format_, AVMEDIA_TYPE_VIDEO, -1, -1, &codec, 0);
    if (stream_ < 0) stop("no video found");
    context_ = avcodec_alloc_context3(codec);
    avcodec_parameters_to_context(context_, format_->streams[stream_]->codecpar);
    context_->thread_count = 1;
    if (context_->has_b_frames == 0) context_->flags |= AV_CODEC_FLAG_LOW_DELAY;
    if (avcodec_open2(context_, codec, nullptr) < 0) stop("the video cannot be decoded");
  }

  // The next frame, valid until the next call; null at the end.
  const AVFrame* next() {
    for (;;) {
      const int got = avcodec_receive_frame(context_, frame_);
      if (got == 0) return frame_;
      if (got != AVERROR(EAGAIN)) return nullptr;
      feed();
    }
  }

 private:
  void feed() {
    while (av_read_frame(format_, packet_) >= 0) {
      const bool wanted = packet_->stream_index == stream_;
      if (wanted) avcodec_send_packet(context_, packet_);
      av_packet_unref(packet_);
      if (wanted) return;
    }
    avcodec_send_packet(context_, nullptr);
  }

  AVFormatContext* format_ = nullptr;
  AVCodecContext* context_ = nullptr;
  AVPacket* packet_ = av_packet_alloc();
  AVFrame* frame_ = av_frame_alloc();
  int stream_ = -1;
};

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3 && !(argc == 5 && std::strcmp(argv[3], "--fastestdet") == 0)) {
    stop("expected VIDEO MODEL.onnx [--fastestdet SCORE]");
  }
  const bool detector = argc == 5;
  const double score = detector ? std::atof(argv[4]) : 0;
  Video video(argv[1]);
  Net net(argv[2]);
  Scaler scale(static_cast<int>(net.input.shape[3]), static_cast<int>(net.input.shape[2]));
#if defined(__SSE2__)
  _mm_setcsr(_mm_getcsr() | 0x8040);  // subnormal numbers are zero: MXCSR.FTZ, MXCSR.DAZ
#endif
  std::vector<Box> boxes;
  std::size_t frames = 0;
  std::size_t found = 0;
  while (const AVFrame* frame = video.next()) {
    scale(*frame, net.input.values.data());
    net.run();
    found += detector ? count_objects(net.output, score, boxes) : 1;
    ++frames;
  }
  std::printf("{\"frames\": %zu, \"found\": %zu}\n", frames, found);
  return 0;
}
