// apply_model: what a model says of each record, as new columns.
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <memory>
#include <utility>
#include <vector>

#include "base/check.h"
#include "flow/operator.h"
#include "infer/model.h"

namespace weir::operators {
namespace {

using namespace contract;

struct ApplyModelParams {
  Model model;
  std::string as;
  Path weights;
  Names classes;
  double score = infer::DecodeOptions().score;
  double nms = infer::DecodeOptions().nms;
};

constexpr Bounds kFraction = {.min = 0, .max = 1};
constexpr Param kParams[] = {
    param<&ApplyModelParams::model>(
        "model", "The model's folder, usually a slot such as $intrusion.", {.required = true}),
    param<&ApplyModelParams::as>(
        "as",
        "What the new columns' names begin with; by default the slot's or the folder's name."),
    param<&ApplyModelParams::weights>(
        "weights", "Another file of weights than the one in the model's folder."),
    param<&ApplyModelParams::classes>(
        "classes", "The labels to look for, of a detection model; none means all."),
    param<&ApplyModelParams::score>("score", "The least score of a find, of a detection model.",
                                    {.bounds = kFraction}),
    param<&ApplyModelParams::nms>("nms",
                                  "How much two boxes of a label may overlap before the weaker is "
                                  "dropped, of a detection model.",
                                  {.bounds = kFraction}),
};
constexpr Port kInputs[] = {
    {"in", "Records with the columns that the model takes, such as `image`.", "", Policy::newest}};
constexpr Port kOutputs[] = {{"out", "The same records with what the model says.", "same:in"}};
constexpr Contract kContract = {
    .name = "apply_model",
    .summary = "Asks an AI model about each record and adds its answer as columns.",
    .description =
        "A model is a folder with `model.onnx` and `model.yaml`, which says how columns become "
        "tensors and tensors become "
        "columns. A classification model adds `<as>.label` and `<as>.score`, null until the model "
        "has as many pictures as it "
        "takes; a detection model adds `<as>.objects`, a list of {label, score, x, y, width, "
        "height} in fractions of the full "
        "picture, and `<as>.count`. Behind a live camera one picture is in work and the newest one "
        "waits; those that come "
        "between are dropped and counted. From files every picture is asked about. Results keep "
        "their order. Loading a "
        "model that is missing or broken, or does not fit the columns, fails before anything runs.",
    .since = "0.1",
    .group = Group::process,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .state = State::instant,
    .state_note = "The newest tensors of each device, where the model takes several.",
    .example = "apply_model: {model: models/people, as: people, classes: [person], score: 0.65}",
};
static_assert(well_formed(kContract));

// A name that can stand in an expression, from a folder's.
std::string plain_name(std::string_view folder) {
  while (folder.ends_with('/')) folder.remove_suffix(1);
  std::string name(folder.substr(folder.rfind('/') + 1));
  std::ranges::replace_if(name, [](unsigned char c) { return std::isalnum(c) == 0; }, '_');
  if (name.empty() || std::isdigit(static_cast<unsigned char>(name.front())) != 0) {
    name.insert(0, "_");
  }
  return name;
}

std::string prefix(const ApplyModelParams& params, const flow::Preparation& preparation) {
  if (!params.as.empty()) return params.as;
  const auto slot = preparation.slots.find("model");
  return slot == preparation.slots.end() ? plain_name(params.model.folder) : slot->second;
}

// The parameter that an inference's refusal is about.
std::string_view blamed(const ApplyModelParams& params, const base::Error& error) {
  return error.code == base::Code::unknown_name && !params.classes.empty() ? "classes" : "model";
}

class ApplyModel final : public flow::Operator {
 public:
  using Params = ApplyModelParams;

  ApplyModel(std::unique_ptr<infer::Inference> inference, data::SchemaRef schema,
             base::Executor& executor)
      : inference_(std::move(inference)), schema_(std::move(schema)), executor_(executor) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& bound,
                                              flow::Preparation& preparation) {
    const Params& params = bound.shared();
    flow::Services& services = preparation.services;
    CHECK(services.models != nullptr);
    auto model = services.models->open(params.model.folder, params.weights.text);
    if (!model) {
      return preparation.fail(params.weights.text.empty() ? "model" : "weights", model.error().code,
                              model.error().message);
    }
    const data::SchemaRef in = preparation.inputs.front();
    const infer::DecodeOptions options = {
        .classes = params.classes, .score = params.score, .nms = params.nms};
    const auto inference = infer::make_inference(*model, *in, options);
    if (!inference) {
      return preparation.fail(blamed(params, inference.error()), inference.error().code,
                              inference.error().message);
    }
    std::vector<data::Field> fields(in->fields().begin(), in->fields().end());
    for (data::Field field : (*model)->outputs()) {
      field.name = fmt::format("{}.{}", prefix(params, preparation), field.name);
      if (in->find(field.name)) {
        return preparation.fail("as", base::Code::conflict,
                                fmt::format("its input already has a column `{}`; expected another "
                                            "name in `as`",
                                            field.name));
      }
      fields.push_back(std::move(field));
    }
    const data::SchemaRef schema = data::make_schema(std::move(fields));
    flow::Prepared prepared;
    prepared.outputs = {schema};
    prepared.in_flight_max = 1;
    prepared.make = [model = *model, in, options, schema, &executor = services.executor] {
      auto inference = infer::make_inference(model, *in, options);
      CHECK(inference.has_value());  // the same as above
      return std::make_unique<ApplyModel>(*std::move(inference), schema, executor);
    };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    if (batch.empty()) return;
    // One call is in flight at a time, so the inference is used by one thread at a time.
    executor_.post(
        [inference = inference_, schema = schema_, batch, deferred = context.defer()]() mutable {
          auto columns = inference->run(batch);
          deferred->complete([schema = std::move(schema), batch = std::move(batch),
                              columns = std::move(columns)](flow::Context& context) {
            answer(batch, schema, columns, context);
          });
        });
  }

 private:
  static void answer(const data::Batch& batch, const data::SchemaRef& schema,
                     const base::Result<std::vector<data::ColumnRef>>& columns,
                     flow::Context& context) {
    if (!columns) {
      for (std::size_t i = 0; i < batch.size(); ++i) context.reject(batch, i, columns.error());
      return;
    }
    const data::Batch all = batch.compact();
    std::vector<data::ColumnRef> wider(all.columns().begin(), all.columns().end());
    wider.insert(wider.end(), columns->begin(), columns->end());
    context.emit(0, all.with_columns(schema, std::move(wider)));
  }

  std::shared_ptr<infer::Inference> inference_;
  data::SchemaRef schema_;
  base::Executor& executor_;
};

}  // namespace

extern const flow::OperatorType apply_model;
constinit const flow::OperatorType apply_model = flow::operator_type<ApplyModel>(kContract);

}  // namespace weir::operators
