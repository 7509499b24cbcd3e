// A model: a folder of `model.yaml` and weights, loaded into one ONNX Runtime session that all
// lanes share.
//
// A Model is immutable and thread-safe. An Inference is one lane's use of it: it keeps the newest
// tensors of each device where the model takes several, so it belongs to one thread at a time.
// Pictures become tensors as model.yaml says; tensors become columns.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/batch.h"
#include "data/type.h"

namespace weir::infer {

class Runtime;  // ONNX Runtime, loaded at run time: infer/runtime.h

enum class Task : std::uint8_t { classification, detection };

// What a step asks of a detection model; each must be left alone for a classification model.
struct DecodeOptions {
  std::vector<std::string> classes = {};  // only these labels; empty = all
  double score = 0.5;                     // at least
  double nms = 0.45;  // intersection over union from which on the weaker box is dropped
};

class Model {
 public:
  virtual ~Model() = default;
  virtual const std::string& folder() const = 0;
  virtual Task task() const = 0;
  virtual std::span<const std::string> labels() const = 0;
  // The columns an inference gives, without the step's prefix: label:string, score:float64
  // (classification; null until the model has as many tensors as it takes), or
  // objects:list<struct<label,score,x,y,width,height>>, count:int64 (detection).
  virtual std::span<const data::Field> outputs() const = 0;
};

class Inference {
 public:
  virtual ~Inference() = default;
  // Infers each selected record in order. Returns a column an output of the model with a value a
  // *selected* record. A record without a picture gives nulls. An error concerns all of them.
  virtual base::Result<std::vector<data::ColumnRef>> run(const data::Batch& batch) = 0;
};

// Loads a model's folder: model.yaml, then weights (`weights`: another file, relative to the
// working directory; "" = model.onnx in the folder). Checks tensors against the session's.
base::Result<std::shared_ptr<const Model>> load_model(std::shared_ptr<const Runtime> runtime,
                                                      const std::string& folder,
                                                      const std::string& weights);

// Checks that `schema` has the columns that the model takes, and that `options` name labels it has.
// `model` is from load_model.
base::Result<std::unique_ptr<Inference>> make_inference(std::shared_ptr<const Model> model,
                                                        const data::Schema& schema,
                                                        const DecodeOptions& options);

}  // namespace weir::infer
