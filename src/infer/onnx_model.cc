// Loads models, and checks what model.yaml says against what the weights have.
#include "infer/onnx_model.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/check.h"

namespace weir::infer {
namespace {

using base::Code;

constexpr std::int64_t kSideMax = 16'384;  // pixels of what a model sees

std::vector<data::Field> columns_of(Task task) {
  if (task == Task::classification)
    return {{"label", data::Kind::string}, {"score", data::Kind::float64}};
  const data::Type box = data::Type::structure({{"label", data::Kind::string},
                                                {"score", data::Kind::float64},
                                                {"x", data::Kind::float64},
                                                {"y", data::Kind::float64},
                                                {"width", data::Kind::float64},
                                                {"height", data::Kind::float64}});
  return {{"objects", data::Type::list(box)}, {"count", data::Kind::int64}};
}

std::string names(std::span<const Port> ports) {
  std::string text;
  for (const Port& port : ports) text += fmt::format("{}'{}'", text.empty() ? "" : ", ", port.name);
  return text;
}

base::Result<const Port*> find_port(std::span<const Port> ports, const std::string& name,
                                    std::string_view what) {
  const auto found = std::ranges::find(ports, name, &Port::name);
  if (found != ports.end()) return &*found;
  return base::fail(Code::model, fmt::format("the model has no {} tensor '{}', it has {}", what,
                                             name, names(ports)));
}

// The shape that model.yaml asks for, with -1 where it leaves the choice to the model.
Shape expected_shape(const InputSpec& input) {
  const auto channels = static_cast<std::int64_t>(channel_count(input.channels));
  Shape shape = {1};
  if (input.last) shape.push_back(input.last->count);
  if (input.layout == Layout::nhwc) {
    shape.insert(shape.end(), {-1, -1, channels});
  } else {
    shape.insert(shape.end(), {channels, -1, -1});
  }
  return shape;
}

}  // namespace

base::Result<std::shared_ptr<const OnnxModel>> OnnxModel::make(
    std::string folder, Package package, std::shared_ptr<const Session> session) {
  std::shared_ptr<OnnxModel> model(new OnnxModel);
  model->folder_ = std::move(folder);
  model->package_ = std::move(package);
  model->session_ = std::move(session);
  model->decoder_ = find_decoder(model->package_.output.decode);
  model->outputs_ = columns_of(model->package_.task);
  TRY_DO(model->check_input());
  TRY_DO(model->check_output());
  return model;
}

base::Result<> OnnxModel::check_input() {
  const InputSpec& input = package_.input;
  TRY(const Port* port, find_port(session_->inputs(), input.tensor, "input"));
  if (session_->inputs().size() > 1) {
    return base::fail(
        Code::not_yet,
        fmt::format("the model takes the tensors {}, only models that take one can be used yet",
                    names(session_->inputs())));
  }
  if (port->type != "float32") {
    return base::fail(Code::model, fmt::format("input tensor '{}' is {}, expected float32",
                                               port->name, port->type));
  }
  Shape expected = expected_shape(input);
  input_shape_ = port->shape;
  bool fits = input_shape_.size() == expected.size();
  for (std::size_t i = 0; fits && i < expected.size(); ++i) {
    if (input_shape_[i] < 0) input_shape_[i] = expected[i];
    fits = expected[i] < 0 || input_shape_[i] == expected[i];
  }
  if (!fits) {
    return base::fail(Code::model,
                      fmt::format("input tensor '{}' has shape {}, but model.yaml says {}",
                                  port->name, format_shape(port->shape), format_shape(expected)));
  }
  const std::size_t first = input_shape_.size() - (input.layout == Layout::nhwc ? 3 : 2);
  const std::int64_t height = input_shape_[first];
  const std::int64_t width = input_shape_[first + 1];
  if (height < 0 || width < 0) {
    return base::fail(
        Code::model,
        fmt::format("input tensor '{}' has shape {}, expected a fixed height and width: export the "
                    "model with them",
                    port->name, format_shape(port->shape)));
  }
  if (height == 0 || width == 0 || height > kSideMax || width > kSideMax) {
    return base::fail(Code::limit,
                      fmt::format("input tensor '{}' has shape {}, expected sides of 1 to {}",
                                  port->name, format_shape(port->shape), kSideMax));
  }
  picture_size_ = {static_cast<int>(width), static_cast<int>(height)};
  return {};
}

// Shapes of outputs are often left open in the file, so a first run shows them; it warms the
// session up, too.
base::Result<> OnnxModel::check_output() {
  TRY(const Port* port, find_port(session_->outputs(), package_.output.tensor, "output"));
  if (port->type != "float32") {
    return base::fail(Code::model, fmt::format("output tensor '{}' is {}, expected float32",
                                               port->name, port->type));
  }
  const auto index = static_cast<std::size_t>(port - session_->outputs().data());
  TRY(output_shape_, session_->probe({&input_shape_, 1}, index));
  const std::size_t labels = package_.labels.size();
  if (decoder_ != nullptr) {
    const auto fits = decoder_->check(output_shape_, labels);
    if (!fits)
      return base::fail(fits.error().code,
                        fmt::format("output tensor '{}' {}", port->name, fits.error().message));
    return {};
  }
  if (output_shape_.empty() || output_shape_.back() != static_cast<std::int64_t>(labels) ||
      element_count(output_shape_) != output_shape_.back()) {
    return base::fail(Code::model,
                      fmt::format("output tensor '{}' has shape {}, but {} labels expect [1, {}]",
                                  port->name, format_shape(output_shape_), labels, labels));
  }
  return {};
}

base::Result<std::shared_ptr<const Model>> load_model(std::shared_ptr<const Runtime> runtime,
                                                      const std::string& folder,
                                                      const std::string& weights) {
  CHECK(runtime != nullptr);
  TRY(Package package, read_package(folder));
  const std::string path =
      weights.empty() ? fmt::format("{}/{}", folder, package.weights) : weights;
  TRY(auto session, Session::open(std::move(runtime), path));
  auto model = OnnxModel::make(folder, std::move(package), std::move(session));
  if (!model) {
    return base::fail(model.error().code, fmt::format("{}/model.yaml and {} do not fit: {}", folder,
                                                      path, model.error().message));
  }
  return *std::move(model);
}

}  // namespace weir::infer
