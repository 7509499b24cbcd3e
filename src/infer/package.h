// A model package: what model.yaml says of how columns become tensors and tensors become columns.
//
//   task: detection                   # or classification
//   inputs:
//     - tensor: input.1               # the model's own name
//       column: image                 # default image
//       resize: stretch               # default; or letterbox, in proportion with `pad` around
//       pad: 114                      # of letterbox, 0 to 255; default 0
//       channels: bgr                 # default rgb; or gray
//       layout: nchw                  # default; or nhwc
//       scale: 0.00392156862745098    # a value is (pixel * scale - mean) / std; default 1
//       mean: [0.485, 0.456, 0.406]   # a channel each, or one number for all; default 0
//       std: [0.229, 0.224, 0.225]    # as mean; default 1
//       last: {count: 8, every: 200ms, within: 4s}  # where the model takes several pictures
//   outputs:
//     - {tensor: "758", decode: fastestdet}  # a detector's decoder: infer/decoder.h
//     # or, where activation may be none (default), softmax or sigmoid:
//     - {tensor: logits, decode: classification, activation: softmax}
//   labels: coco.names                # a file of the folder, one label a line; or a list
//   weights: model.onnx               # default
//
// `last`: a tensor is kept when it comes `every` or more after the one kept before it. The model
// sees the last `count` kept ones, where the newest record's tensor, kept or not, is the last of
// them; tensors older than `within` are forgotten.
//
// Values; reading is a pure function over files, thread-safe.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/diagnostic.h"
#include "infer/model.h"

namespace weir::infer {

constexpr std::size_t kPackageBytesMax = 1024 * 1024;  // of model.yaml, and of a file of labels
constexpr std::size_t kLabelsMax = 100'000;
constexpr std::int64_t kWindowCountMax = 1'000;

enum class Resize : std::uint8_t { stretch, letterbox };
enum class Channels : std::uint8_t { rgb, bgr, gray };
enum class Layout : std::uint8_t { nchw, nhwc };
enum class Activation : std::uint8_t { none, softmax, sigmoid };

std::size_t channel_count(Channels channels);

struct Window {
  std::int64_t count = 1;
  std::int64_t every_ns = 0, within_ns = 0;
  friend bool operator==(const Window&, const Window&) = default;
};

struct InputSpec {
  std::string tensor;
  std::string column = "image";
  Resize resize = Resize::stretch;
  double pad = 0;
  Channels channels = Channels::rgb;
  Layout layout = Layout::nchw;
  double scale = 1;
  std::vector<double> mean = {}, std = {};  // a value a channel
  std::optional<Window> last = {};
};

struct OutputSpec {
  std::string tensor;
  std::string decode;
  Activation activation = Activation::none;  // of a classification
};

struct Package {
  Task task = Task::classification;
  InputSpec input;
  OutputSpec output;
  std::vector<std::string> labels;
  std::string weights = "model.onnx";  // in the folder
};

// Reads `folder`/model.yaml and the labels it names. An error holds every mistake found, each with
// file:line:column.
base::Result<Package> read_package(const std::string& folder);

// The files of a package, which may lie elsewhere than in one folder.
struct PackageFiles {
  std::string folder;                                        // that messages name
  std::function<std::string(const std::string& name)> path;  // on the disk; "" where there is none
};

// Adds what is wrong with a package as far as it shows without a runtime: mistakes in model.yaml,
// and labels or weights that are not there or are something else. Weights that model.yaml does not
// name need not be there: who loads the model may name others.
void check_package(const PackageFiles& files, data::Diagnostics& diagnostics);
void check_package(const std::string& folder, data::Diagnostics& diagnostics);

}  // namespace weir::infer
