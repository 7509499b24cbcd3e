// Reads model packages.
#include "infer/package.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <fstream>
#include <initializer_list>
#include <limits>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "data/diagnostic.h"
#include "data/yaml.h"
#include "infer/decoder.h"
#include "infer/weights.h"

namespace weir::infer {
namespace {

using base::Code;
using data::Node;

constexpr std::string_view kPackageFile = "model.yaml";
constexpr std::string_view kClassification =
    "classification";  // as a task and as the way to decode it
constexpr std::int64_t kWindowMaxNs = std::int64_t{3600} * 1'000'000'000;
constexpr double kPixelMax = 255;

// `path` is for messages, `place` where the file is.
base::Result<std::string> read_file(const std::string& path, const std::string& place) {
  std::ifstream file(place, std::ios::binary);
  if (!file)
    return base::fail(Code::missing,
                      fmt::format("{}: cannot be read: {}", path, base::errno_text(errno)));
  std::string text(kPackageBytesMax + 1, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad() || (text.empty() && !file.eof()))
    return base::fail(Code::io, path + ": cannot be read, expected a file");
  if (text.size() > kPackageBytesMax) {
    return base::fail(Code::limit,
                      fmt::format("{}: is larger than {} bytes", path, kPackageBytesMax));
  }
  if (const std::string_view other = recognise_no_plain_text(text); !other.empty())
    return base::fail(Code::corrupt, fmt::format("{}: is {}", path, other));
  if (text.starts_with(base::kByteOrderMark)) text.erase(0, base::kByteOrderMark.size());
  return text;
}

// Files of a package lie in its folder.
bool plain_name(std::string_view name) {
  return !name.empty() && name.find('/') == std::string_view::npos && name != "." && name != "..";
}

PackageFiles files_of(const std::string& folder) {
  return {folder, [folder](const std::string& name) { return folder + "/" + name; }};
}

class PackageReader {
 public:
  explicit PackageReader(const PackageFiles& files)
      : files_(files), file_(fmt::format("{}/{}", files.folder, kPackageFile)) {}

  base::Result<Package> read() {
    TRY(const std::string text, read_file(file_, files_.path(std::string(kPackageFile))));
    const std::vector<Node> documents = data::parse_yaml(text, file_, diagnostics_);
    if (diagnostics_.empty()) {
      if (documents.size() == 1) {
        read_package(documents.front());
      } else {
        diagnostics_.add(file_, {}, Code::invalid,
                         fmt::format("has {} documents, expected one", documents.size()));
      }
    }
    if (diagnostics_.empty()) return std::move(package_);
    std::string message = diagnostics_.text();
    message.pop_back();
    return base::fail(diagnostics_.items().front().code, std::move(message));
  }

  void check_weights(const Package& package) {
    const std::string path = files_.path(package.weights);
    auto checked = infer::check_weights(path);
    if (checked || (checked.error().code == Code::missing && !weights_place_)) return;
    std::string& message = checked.error().message;
    message.replace(0, path.size(), fmt::format("{}/{}", files_.folder, package.weights));
    diagnostics_.add(file_, weights_place_.value_or(data::Position{}), checked.error().code,
                     "weights: " + message);
  }

  const data::Diagnostics& mistakes() const { return diagnostics_; }

 private:
  void read_package(const Node& node) {
    static constexpr std::array<std::string_view, 2> kTasks = {kClassification, "detection"};
    if (!mapping(node, "a model package", {"task", "inputs", "outputs", "labels", "weights"}))
      return;
    if (const Node* task = required(node, "task"))
      package_.task = static_cast<Task>(choice(*task, "task", kTasks));
    if (const Node* labels = required(node, "labels")) read_labels(*labels);
    if (const Node* inputs = only_item(node, "inputs")) read_input(*inputs);
    if (const Node* outputs = only_item(node, "outputs")) read_output(*outputs);
    if (const Node* weights = node.find("weights")) {
      package_.weights = text(*weights, "weights");
      weights_place_ = weights->position();
      if (!package_.weights.empty() && !plain_name(package_.weights)) {
        wrong(*weights, Code::invalid,
              "weights: expected the name of a file in the model's folder");
      }
    }
  }

  void read_input(const Node& node) {
    static constexpr std::array<std::string_view, 2> kResizes = {"stretch", "letterbox"};
    static constexpr std::array<std::string_view, 3> kChannels = {"rgb", "bgr", "gray"};
    static constexpr std::array<std::string_view, 2> kLayouts = {"nchw", "nhwc"};
    if (!mapping(node, "an input",
                 {"tensor", "column", "resize", "pad", "channels", "layout", "scale", "mean", "std",
                  "last"})) {
      return;
    }
    InputSpec& input = package_.input;
    if (const Node* tensor = required(node, "tensor")) input.tensor = text(*tensor, "tensor");
    if (const Node* column = node.find("column")) input.column = text(*column, "column");
    if (const Node* resize = node.find("resize"))
      input.resize = static_cast<Resize>(choice(*resize, "resize", kResizes));
    if (const Node* channels = node.find("channels")) {
      input.channels = static_cast<Channels>(choice(*channels, "channels", kChannels));
    }
    if (const Node* layout = node.find("layout"))
      input.layout = static_cast<Layout>(choice(*layout, "layout", kLayouts));
    if (const Node* pad = node.find("pad")) {
      input.pad = number(*pad, "pad");
      if (input.resize != Resize::letterbox)
        wrong(*pad, Code::conflict, "pad: only `resize: letterbox` fills anything");
      if (input.pad < 0 || input.pad > kPixelMax)
        wrong(*pad, Code::invalid, "pad: expected 0 to 255");
    }
    if (const Node* scale = node.find("scale")) input.scale = number(*scale, "scale");
    input.mean = per_channel(node, "mean", 0);
    input.std = per_channel(node, "std", 1);
    if (std::ranges::any_of(input.std, [](double value) { return value == 0; })) {
      wrong(*node.find("std"), Code::invalid, "std: must not be 0");
    }
    if (const Node* last = node.find("last")) read_window(*last);
  }

  void read_window(const Node& node) {
    if (!mapping(node, "last", {"count", "every", "within"})) return;
    Window window;
    if (const Node* count = required(node, "count")) {
      const double value = number(*count, "count");
      if (value != std::floor(value) || value < 1 || value > static_cast<double>(kWindowCountMax)) {
        wrong(*count, Code::invalid,
              fmt::format("count: expected a whole number, 1 to {}", kWindowCountMax));
      } else {
        window.count = static_cast<std::int64_t>(value);
      }
    }
    if (const Node* every = required(node, "every")) window.every_ns = duration_ns(*every, "every");
    if (const Node* within = required(node, "within")) {
      window.within_ns = duration_ns(*within, "within");
      if (window.within_ns < (window.count - 1) * window.every_ns) {
        wrong(*within, Code::conflict,
              fmt::format("within: {} tensors every {} never lie within {}", window.count,
                          base::format_duration(window.every_ns),
                          base::format_duration(window.within_ns)));
      }
    }
    package_.input.last = window;
  }

  void read_output(const Node& node) {
    static constexpr std::array<std::string_view, 3> kActivations = {"none", "softmax", "sigmoid"};
    if (!mapping(node, "an output", {"tensor", "decode", "activation"})) return;
    OutputSpec& output = package_.output;
    if (const Node* tensor = required(node, "tensor")) output.tensor = text(*tensor, "tensor");
    if (const Node* decode = required(node, "decode")) {
      std::vector<std::string_view> ways;
      if (package_.task == Task::classification) ways.push_back(kClassification);
      for (const Decoder& decoder : decoders()) {
        if (package_.task == Task::detection) ways.push_back(decoder.name);
      }
      output.decode = ways[choice(*decode, "decode", ways)];
    }
    if (const Node* activation = node.find("activation")) {
      output.activation = static_cast<Activation>(choice(*activation, "activation", kActivations));
      if (package_.task != Task::classification) {
        wrong(*activation, Code::conflict,
              "activation: belongs to a classification, a detector's decoder knows its own");
      }
    }
  }

  void read_labels(const Node& node) {
    std::vector<std::string>& labels = package_.labels;
    if (node.is_scalar()) {
      read_label_file(node);
    } else if (node.is_sequence()) {
      for (const Node& item : node.items()) labels.push_back(text(item, "a label"));
    } else {
      wrong(node, Code::wrong_type,
            "labels: expected a list, or the name of a file in the model's folder");
      return;
    }
    if (labels.empty() && diagnostics_.empty()) wrong(node, Code::invalid, "labels: are empty");
    if (labels.size() > kLabelsMax)
      wrong(node, Code::limit, fmt::format("labels: are more than {}", kLabelsMax));
  }

  void read_label_file(const Node& node) {
    const std::string name = text(node, "labels");
    if (!plain_name(name)) {
      wrong(node, Code::invalid,
            "labels: expected a list, or the name of a file in the model's folder");
      return;
    }
    const auto content = read_file(fmt::format("{}/{}", files_.folder, name), files_.path(name));
    if (!content || base::invalid_utf8(*content)) {
      wrong(node, content ? Code::invalid : content.error().code,
            "labels: " + (content ? fmt::format("{}/{} is not UTF-8", files_.folder, name)
                                  : content.error().message));
      return;
    }
    for (std::string_view rest = *content; !rest.empty();) {
      const std::size_t end = std::min(rest.find('\n'), rest.size());
      std::string_view line = rest.substr(0, end);
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (line.ends_with('\r')) line.remove_suffix(1);
      if (!line.empty()) package_.labels.emplace_back(line);
    }
  }

  // ---- nodes ----

  bool mapping(const Node& node, std::string_view what,
               std::initializer_list<std::string_view> keys) {
    if (!node.is_mapping()) {
      wrong(node, Code::wrong_type,
            fmt::format("{}: is {}, expected a map with {}", what, node.type_name(),
                        fmt::join(keys, ", ")));
      return false;
    }
    for (const data::YamlMember& member : node.members()) {
      if (std::ranges::find(keys, member.key) != keys.end()) continue;
      const std::string_view near = base::nearest(member.key, {keys.begin(), keys.size()});
      diagnostics_.add(file_, member.position, Code::unknown_name,
                       fmt::format("{} has no '{}', expected {}", what, member.key,
                                   near.empty() ? fmt::format("{}", fmt::join(keys, ", "))
                                                : fmt::format("'{}'?", near)));
    }
    return true;
  }

  const Node* required(const Node& node, std::string_view key) {
    const Node* found = node.find(key);
    if (found == nullptr) wrong(node, Code::missing, fmt::format("'{}' is missing", key));
    return found;
  }

  // A list, for the day when a model may take or give several.
  const Node* only_item(const Node& node, std::string_view key) {
    const Node* list = required(node, key);
    if (list == nullptr) return nullptr;
    if (!list->is_sequence() || list->items().empty()) {
      wrong(*list, Code::wrong_type, fmt::format("{}: expected a list", key));
      return nullptr;
    }
    if (list->items().size() > 1) {
      wrong(*list, Code::not_yet,
            fmt::format("{}: has {} items, only models with one can be used yet", key,
                        list->items().size()));
      return nullptr;
    }
    return &list->items().front();
  }

  std::string text(const Node& node, std::string_view what) {
    if (node.is_scalar() && !node.text().empty()) return node.text();
    wrong(node, Code::wrong_type,
          fmt::format("{}: is {}, expected a string", what, node.type_name()));
    return {};
  }

  double number(const Node& node, std::string_view what) {
    const auto value = node.is_scalar() ? data::to_value(node) : data::Value();
    if (value) {
      if (const auto* whole = value->get<std::int64_t>()) return static_cast<double>(*whole);
      if (const auto* real = value->get<double>(); real != nullptr && std::isfinite(*real))
        return *real;
    }
    wrong(node, Code::wrong_type,
          fmt::format("{}: is {}, expected a number", what, node.type_name()));
    return 1;
  }

  std::int64_t duration_ns(const Node& node, std::string_view what) {
    const auto parsed = base::parse_duration_ns(node.text());
    if (parsed && *parsed >= 0 && *parsed <= kWindowMaxNs) return *parsed;
    wrong(node, Code::invalid,
          fmt::format("{}: expected a duration such as 200ms, at most {}", what,
                      base::format_duration(kWindowMaxNs)));
    return 0;
  }

  std::size_t choice(const Node& node, std::string_view what,
                     std::span<const std::string_view> choices) {
    const auto found = std::ranges::find(choices, std::string_view(node.text()));
    if (node.is_scalar() && found != choices.end())
      return static_cast<std::size_t>(found - choices.begin());
    wrong(
        node, Code::unknown_name,
        fmt::format("{}: is '{}', expected {}", what,
                    node.is_scalar() ? node.text() : node.type_name(), fmt::join(choices, " or ")));
    return 0;
  }

  std::vector<double> per_channel(const Node& parent, std::string_view key, double otherwise) {
    const std::size_t count = channel_count(package_.input.channels);
    const Node* node = parent.find(key);
    if (node == nullptr) return std::vector<double>(count, otherwise);
    if (!node->is_sequence()) return std::vector<double>(count, number(*node, key));
    std::vector<double> values;
    for (const Node& item : node->items()) values.push_back(number(item, key));
    if (values.size() != count) {
      wrong(
          *node, Code::invalid,
          fmt::format("{}: has {} numbers, expected one a channel: {}", key, values.size(), count));
      values.resize(count, 1);
    }
    return values;
  }

  void wrong(const Node& node, Code code, std::string message) {
    diagnostics_.add(file_, node.position(), code, std::move(message));
  }

  const PackageFiles& files_;
  const std::string file_;
  Package package_;
  std::optional<data::Position> weights_place_;  // where model.yaml names them
  data::Diagnostics diagnostics_;
};

}  // namespace

std::size_t channel_count(Channels channels) {
  return channels == Channels::gray ? 1 : 3;
}

base::Result<Package> read_package(const std::string& folder) {
  const PackageFiles files = files_of(folder);
  return PackageReader(files).read();
}

void check_package(const std::string& folder, data::Diagnostics& diagnostics) {
  check_package(files_of(folder), diagnostics);
}

void check_package(const PackageFiles& files, data::Diagnostics& diagnostics) {
  PackageReader reader(files);
  const auto package = reader.read();
  if (package) reader.check_weights(*package);
  for (const data::Diagnostic& mistake : reader.mistakes().items()) diagnostics.add(mistake);
  if (!package && reader.mistakes().empty())
    diagnostics.add("", {}, package.error().code, package.error().message);
}

}  // namespace weir::infer
