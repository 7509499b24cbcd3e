// Session: weights loaded into ONNX Runtime, and run.
//
// Immutable and thread-safe: any number of threads may run it at once, each with tensors of its
// own; a run uses only the thread that calls. Subnormal numbers count as zero within a run, and
// only there.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "infer/runtime.h"
#include "infer/tensor.h"

struct OrtSession;

namespace weir::infer {

// One input or output of a model: -1 stands for a size left open.
struct Port {
  std::string name;
  std::string type;  // "float32", … as in ONNX; "sequence", "map" where it is no tensor
  Shape shape;
};

class Session {
 public:
  // Errors name `path` and what is wrong with it: missing, no model, damaged, too new for this ONNX
  // Runtime.
  static base::Result<std::shared_ptr<const Session>> open(std::shared_ptr<const Runtime> runtime,
                                                           const std::string& path);
  ~Session();
  Session(const Session&) = delete;
  Session& operator=(const Session&) = delete;

  const std::shared_ptr<const Runtime>& runtime() const { return runtime_; }
  std::span<const Port> inputs() const { return inputs_; }
  std::span<const Port> outputs() const { return outputs_; }

  // Names are C strings of the model's own; a tensor a name.
  base::Result<> run(std::span<const char* const> input_names,
                     std::span<const OrtValue* const> inputs,
                     std::span<const char* const> output_names, std::span<OrtValue*> outputs) const;
  // Runs once on zeros; the shape of output `index`, with nothing left open. `input_shapes`: one an
  // input, nothing open.
  base::Result<Shape> probe(std::span<const Shape> input_shapes, std::size_t index) const;

 private:
  Session(std::shared_ptr<const Runtime> runtime, OrtSession* session)
      : runtime_(std::move(runtime)), session_(session) {}
  base::Result<> read_ports(const std::string& path);

  std::shared_ptr<const Runtime> runtime_;
  OrtSession* session_;
  std::vector<Port> inputs_, outputs_;
};

}  // namespace weir::infer
