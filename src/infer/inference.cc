// One lane's use of a model: pictures in, columns out.
#include <algorithm>
#include <cmath>
#include <unordered_map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/check.h"
#include "base/text.h"
#include "infer/history.h"
#include "infer/onnx_model.h"

namespace weir::infer {
namespace {

using base::Code;

class OnnxInference final : public Inference {
 public:
  struct Parts {
    std::shared_ptr<const OnnxModel> model;
    DecodeOptions options;
    std::size_t column = 0;  // of the pictures
    Tensor input, output;
  };

  explicit OnnxInference(Parts parts)
      : parts_(std::move(parts)),
        pictures_(parts_.model->package().input, parts_.model->picture_size()),
        input_name_(parts_.model->package().input.tensor.c_str()),
        output_name_(parts_.model->package().output.tensor.c_str()) {
    const auto& wanted = parts_.options.classes;
    for (const std::string& label : parts_.model->labels()) {
      wanted_.push_back(wanted.empty() || std::ranges::find(wanted, label) != wanted.end());
    }
    for (const data::Field& field : parts_.model->outputs()) builders_.emplace_back(field.type);
  }

  base::Result<std::vector<data::ColumnRef>> run(const data::Batch& batch) override {
    for (data::ColumnBuilder& builder : builders_) builder.reserve(batch.size());
    const data::Column& pictures = batch.column(parts_.column);
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const std::size_t row = batch.row(i);
      const bool seen = !pictures.is_null(row) && pictures.image(row).frame != nullptr;
      base::Result<> done;
      if (seen) done = infer(pictures.image(row), batch.device(i), batch.time_ns(i));
      if (!seen) append_nulls();
      if (!done) {
        for (data::ColumnBuilder& builder : builders_) builder.finish();
        return std::unexpected(done.error());
      }
    }
    std::vector<data::ColumnRef> columns;
    for (data::ColumnBuilder& builder : builders_) columns.push_back(builder.finish());
    return columns;
  }

 private:
  struct DeviceState {
    PolygonMask mask;
    std::unique_ptr<History> history;  // where the model takes several tensors
  };

  base::Result<> infer(const data::Image& image, data::Device device, std::int64_t time_ns) {
    const OnnxModel& model = *parts_.model;
    const std::optional<Window>& window = model.package().input.last;
    DeviceState& state = devices_[device];
    const std::span<float> values = parts_.input.values();
    const std::size_t size =
        window ? values.size() / static_cast<std::size_t>(window->count) : values.size();
    TRY(const std::optional<View> view, pictures_.fill(image, state.mask, values.last(size)));
    if (!view) {
      append_nulls();
      return {};
    }
    if (window) {
      if (state.history == nullptr) state.history = std::make_unique<History>(*window, size);
      if (!state.history->join(time_ns, values)) {
        append_nulls();
        return {};
      }
    }
    const OrtValue* input = parts_.input.value();
    OrtValue* output = parts_.output.value();
    TRY_DO(model.session().run({&input_name_, 1}, {&input, 1}, {&output_name_, 1}, {&output, 1}));
    if (model.decoder() != nullptr) {
      append_objects(*view);
    } else {
      append_label();
    }
    return {};
  }

  void append_nulls() {
    for (data::ColumnBuilder& builder : builders_) builder.append_null();
  }

  // The likeliest label. Outputs that are no numbers give null.
  void append_label() {
    const std::span<const float> values = std::as_const(parts_.output).values();
    const auto best = std::ranges::max_element(values);
    const double top = *best;
    double score = top;
    double sum = 0;
    switch (parts_.model->package().output.activation) {
      case Activation::none: break;
      case Activation::sigmoid: score = 1 / (1 + std::exp(-top)); break;
      case Activation::softmax:
        for (const float value : values) sum += std::exp(value - top);
        score = 1 / sum;
        break;
    }
    if (!std::isfinite(score) ||
        std::ranges::any_of(values, [](float value) { return std::isnan(value); })) {
      append_nulls();
      return;
    }
    builders_[0].append_text(
        parts_.model->labels()[static_cast<std::size_t>(best - values.begin())]);
    builders_[1].append_float64(score);
  }

  void append_objects(const View& view) {
    const OnnxModel& model = *parts_.model;
    detections_.clear();
    model.decoder()->decode(std::as_const(parts_.output).values(), model.output_shape(),
                            parts_.options.score, detections_);
    std::erase_if(detections_, [&](const Detection& found) { return !wanted_[found.label]; });
    suppress(detections_, parts_.options.nms);
    data::ColumnBuilder& object = builders_[0].child(0);
    std::int64_t count = 0;
    for (const Detection& found : detections_) {
      const data::Rect full = view.to_full({found.x, found.y, found.width, found.height});
      const double left = std::clamp(full.x, 0.0, 1.0);
      const double top = std::clamp(full.y, 0.0, 1.0);
      const double right = std::clamp(full.x + full.width, 0.0, 1.0);
      const double bottom = std::clamp(full.y + full.height, 0.0, 1.0);
      if (right <= left || bottom <= top) continue;
      object.child(0).append_text(model.labels()[found.label]);
      object.child(1).append_float64(found.score);
      object.child(2).append_float64(left);
      object.child(3).append_float64(top);
      object.child(4).append_float64(right - left);
      object.child(5).append_float64(bottom - top);
      object.append_structure();
      ++count;
    }
    builders_[0].append_list();
    builders_[1].append_int64(count);
  }

  Parts parts_;
  ImageTensor pictures_;
  const char* input_name_;
  const char* output_name_;
  std::vector<bool> wanted_;  // a label
  std::unordered_map<data::Device, DeviceState> devices_;
  std::vector<Detection> detections_;
  std::vector<data::ColumnBuilder> builders_;
};

base::Result<> check_options(const Model& model, const DecodeOptions& options) {
  const DecodeOptions defaults;
  if (model.task() == Task::classification) {
    if (options.classes.empty() && options.score == defaults.score && options.nms == defaults.nms)
      return {};
    return base::fail(
        Code::conflict,
        fmt::format("{} is a classification: classes, score and nms belong to a detection",
                    model.folder()));
  }
  for (const std::string& wanted : options.classes) {
    if (std::ranges::find(model.labels(), wanted) != model.labels().end()) continue;
    std::vector<std::string_view> labels(model.labels().begin(), model.labels().end());
    const std::string_view near = base::nearest(wanted, labels);
    constexpr std::size_t kNamed = 20;  // labels in a message
    labels.resize(std::min(labels.size(), kNamed));
    return base::fail(
        Code::unknown_name,
        fmt::format("{} has no label '{}', expected {}", model.folder(), wanted,
                    near.empty() ? fmt::format("{}{}", fmt::join(labels, ", "),
                                               model.labels().size() > kNamed ? ", …" : "")
                                 : fmt::format("'{}'?", near)));
  }
  return {};
}

}  // namespace

base::Result<std::unique_ptr<Inference>> make_inference(std::shared_ptr<const Model> model,
                                                        const data::Schema& schema,
                                                        const DecodeOptions& options) {
  auto onnx = std::dynamic_pointer_cast<const OnnxModel>(std::move(model));
  CHECK(onnx != nullptr);
  TRY_DO(check_options(*onnx, options));
  const std::string& name = onnx->package().input.column;
  const std::optional<std::size_t> column = schema.find(name);
  if (!column) {
    return base::fail(Code::schema,
                      fmt::format("{} takes the column '{}', but there is {}", onnx->folder(), name,
                                  schema.size() == 0 ? "none" : "only " + schema.names()));
  }
  const data::Type& type = schema.field(*column).type;
  if (type.kind() != data::Kind::image) {
    const bool later = type.numeric() || type.kind() == data::Kind::list;
    return base::fail(
        later ? Code::not_yet : Code::wrong_type,
        fmt::format("{} takes the column '{}', which is {}, expected image{}", onnx->folder(), name,
                    type.name(), later ? "; models of numbers cannot be used yet" : ""));
  }
  const std::shared_ptr<const Runtime>& runtime = onnx->session().runtime();
  TRY(Tensor input, Tensor::make(runtime, onnx->input_shape()));
  TRY(Tensor output, Tensor::make(runtime, onnx->output_shape()));
  return std::make_unique<OnnxInference>(
      OnnxInference::Parts{std::move(onnx), options, *column, std::move(input), std::move(output)});
}

}  // namespace weir::infer
