// Sessions of ONNX Runtime, set up for many cameras on few cores.
#include "infer/session.h"

#include <array>
#include <string_view>
#include <utility>

#include <fmt/format.h>

#define ORT_API_MANUAL_INIT
#include <onnxruntime_c_api.h>
#include <onnxruntime_session_options_config_keys.h>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

#include "infer/weights.h"

namespace weir::infer {
namespace {

// Flushes subnormal numbers to zero while it lives: they make a run many times slower. ONNX
// Runtime's own option would leave the thread that opens the session so for ever, and the threads
// that run it not at all.
class FlushSubnormals {
 public:
#if defined(__SSE2__)
  FlushSubnormals() : before_(_mm_getcsr()) {
    _mm_setcsr(before_ | kFlushToZero | kSubnormalsAreZero);
  }
  ~FlushSubnormals() { _mm_setcsr(before_); }

 private:
  static constexpr unsigned kFlushToZero = 1U << 15,
                            kSubnormalsAreZero = 1U << 6;  // MXCSR: Intel SDM volume 1, 10.2.3
  unsigned before_;
#elif defined(__aarch64__)
  FlushSubnormals() {
    __asm__ volatile("mrs %0, fpcr" : "=r"(before_));
    __asm__ volatile("msr fpcr, %0" : : "r"(before_ | kFlushToZero));
  }
  ~FlushSubnormals() { __asm__ volatile("msr fpcr, %0" : : "r"(before_)); }

 private:
  static constexpr unsigned long kFlushToZero =
      1UL << 24;  // FPCR.FZ: Arm Architecture Reference Manual, C5.2.8
  unsigned long before_ = 0;
#endif
};

std::string_view element_name(ONNXTensorElementDataType type) {
  switch (type) {
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT: return "float32";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_DOUBLE: return "float64";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT16: return "float16";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BFLOAT16: return "bfloat16";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_UINT8: return "uint8";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT8: return "int8";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT32: return "int32";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_INT64: return "int64";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_BOOL: return "bool";
    case ONNX_TENSOR_ELEMENT_DATA_TYPE_STRING: return "string";
    default: return "another element type";
  }
}

// What ONNX Runtime says of a file it does not load, in the words of the person who gave it.
base::Error refused(const std::string& path, const Runtime& runtime, OrtErrorCode code,
                    const std::string& message) {
  const auto says = [&](std::string_view words) {
    return message.find(words) != std::string::npos;
  };
  if (says("IR version")) {
    return {base::Code::model,
            fmt::format("{}: its ONNX format is newer than ONNX Runtime {} reads: {}", path,
                        runtime.version(), message)};
  }
  if (says("opset") || says("Opset")) {
    return {base::Code::model,
            fmt::format("{}: its operator set is newer than ONNX Runtime {} knows: {}", path,
                        runtime.version(), message)};
  }
  if (code == ORT_INVALID_PROTOBUF || says("Protobuf parsing failed") ||
      says("No graph was found")) {
    return {base::Code::corrupt, fmt::format("{}: is no ONNX model, or a damaged one", path)};
  }
  return {base::Code::model, fmt::format("{}: ONNX Runtime {} refuses the model: {}", path,
                                         runtime.version(), message)};
}

// A status of ONNX Runtime as a Result; releases it.
base::Result<> checked(const OrtApi& api, OrtStatus* status, std::string_view what) {
  if (status == nullptr) return {};
  return base::fail(base::Code::model, fmt::format("{}: {}", what, take_message(api, status)));
}

// One thread, in sequence and without spinning: the cameras are the parallelism. The arena stays
// on: shapes are fixed, so what it keeps is bounded by the threads that run at once, and without it
// each run in a worker gives its memory back to the system and has to fault it in again.
OrtStatus* configure(const OrtApi& api, OrtSessionOptions* options) {
  const std::array settings = {
      api.SetIntraOpNumThreads(options, 1),
      api.SetInterOpNumThreads(options, 1),
      api.SetSessionExecutionMode(options, ORT_SEQUENTIAL),
      api.SetSessionGraphOptimizationLevel(options, ORT_ENABLE_ALL),
      api.AddSessionConfigEntry(options, kOrtSessionOptionsConfigAllowIntraOpSpinning, "0"),
      api.AddSessionConfigEntry(options, kOrtSessionOptionsConfigAllowInterOpSpinning, "0"),
  };
  OrtStatus* first = nullptr;
  for (OrtStatus* status : settings) {
    if (first == nullptr) {
      first = status;
    } else if (status != nullptr) {
      api.ReleaseStatus(status);
    }
  }
  return first;
}

OrtStatus* read_tensor(const OrtApi& api, const OrtTypeInfo* type, Port& port) {
  ONNXType kind = ONNX_TYPE_UNKNOWN;
  if (OrtStatus* status = api.GetOnnxTypeFromTypeInfo(type, &kind)) return status;
  if (kind != ONNX_TYPE_TENSOR) {
    port.type = kind == ONNX_TYPE_SEQUENCE ? "sequence"
                : kind == ONNX_TYPE_MAP    ? "map"
                                           : "no tensor";
    return nullptr;
  }
  const OrtTensorTypeAndShapeInfo* tensor = nullptr;
  if (OrtStatus* status = api.CastTypeInfoToTensorInfo(type, &tensor)) return status;
  ONNXTensorElementDataType element = ONNX_TENSOR_ELEMENT_DATA_TYPE_UNDEFINED;
  if (OrtStatus* status = api.GetTensorElementType(tensor, &element)) return status;
  port.type = element_name(element);
  std::size_t count = 0;
  if (OrtStatus* status = api.GetDimensionsCount(tensor, &count)) return status;
  port.shape.resize(count);
  return api.GetDimensions(tensor, port.shape.data(), count);
}

OrtStatus* read_port(const OrtApi& api, const OrtSession* session, bool input, std::size_t index,
                     Port& port) {
  OrtAllocator* allocator = nullptr;
  if (OrtStatus* status = api.GetAllocatorWithDefaultOptions(&allocator)) return status;
  char* name = nullptr;
  OrtStatus* status = input ? api.SessionGetInputName(session, index, allocator, &name)
                            : api.SessionGetOutputName(session, index, allocator, &name);
  if (status != nullptr) return status;
  port.name = name;
  allocator->Free(allocator, name);
  OrtTypeInfo* type = nullptr;
  status = input ? api.SessionGetInputTypeInfo(session, index, &type)
                 : api.SessionGetOutputTypeInfo(session, index, &type);
  if (status != nullptr) return status;
  status = read_tensor(api, type, port);
  api.ReleaseTypeInfo(type);
  return status;
}

}  // namespace

base::Result<std::shared_ptr<const Session>> Session::open(std::shared_ptr<const Runtime> runtime,
                                                           const std::string& path) {
  TRY_DO(check_weights(path));
  const OrtApi& api = runtime->api();
  OrtSessionOptions* options = nullptr;
  TRY_DO(checked(api, api.CreateSessionOptions(&options), "no session options"));
  OrtSession* handle = nullptr;
  OrtStatus* status = configure(api, options);
  if (status == nullptr)
    status = api.CreateSession(runtime->environment(), path.c_str(), options, &handle);
  api.ReleaseSessionOptions(options);
  if (status != nullptr) {
    const OrtErrorCode code = api.GetErrorCode(status);
    return std::unexpected(refused(path, *runtime, code, take_message(api, status)));
  }
  std::shared_ptr<Session> session(new Session(std::move(runtime), handle));
  TRY_DO(session->read_ports(path));
  return session;
}

Session::~Session() {
  runtime_->api().ReleaseSession(session_);
}

base::Result<> Session::read_ports(const std::string& path) {
  const OrtApi& api = runtime_->api();
  std::size_t inputs = 0;
  std::size_t outputs = 0;
  TRY_DO(checked(api, api.SessionGetInputCount(session_, &inputs), path));
  TRY_DO(checked(api, api.SessionGetOutputCount(session_, &outputs), path));
  inputs_.resize(inputs);
  outputs_.resize(outputs);
  for (std::size_t i = 0; i < inputs; ++i)
    TRY_DO(checked(api, read_port(api, session_, true, i, inputs_[i]), path));
  for (std::size_t i = 0; i < outputs; ++i)
    TRY_DO(checked(api, read_port(api, session_, false, i, outputs_[i]), path));
  return {};
}

base::Result<> Session::run(std::span<const char* const> input_names,
                            std::span<const OrtValue* const> inputs,
                            std::span<const char* const> output_names,
                            std::span<OrtValue*> outputs) const {
  const OrtApi& api = runtime_->api();
  const FlushSubnormals flush;
  return checked(api,
                 api.Run(session_, nullptr, input_names.data(), inputs.data(), inputs.size(),
                         output_names.data(), outputs.size(), outputs.data()),
                 "the model does not run");
}

base::Result<Shape> Session::probe(std::span<const Shape> input_shapes, std::size_t index) const {
  const OrtApi& api = runtime_->api();
  std::vector<Tensor> tensors;
  std::vector<const char*> names;
  std::vector<const OrtValue*> values;
  for (std::size_t i = 0; i < inputs_.size(); ++i) {
    TRY(Tensor tensor, Tensor::make(runtime_, input_shapes[i]));
    tensors.push_back(std::move(tensor));
    names.push_back(inputs_[i].name.c_str());
    values.push_back(tensors.back().value());
  }
  const char* name = outputs_[index].name.c_str();
  OrtValue* result = nullptr;
  TRY_DO(run(names, values, {&name, 1}, {&result, 1}));
  OrtTensorTypeAndShapeInfo* type = nullptr;
  OrtStatus* status = api.GetTensorTypeAndShape(result, &type);
  Shape shape;
  if (status == nullptr) {
    std::size_t count = 0;
    status = api.GetDimensionsCount(type, &count);
    shape.resize(count);
    if (status == nullptr) status = api.GetDimensions(type, shape.data(), count);
    api.ReleaseTensorTypeAndShapeInfo(type);
  }
  api.ReleaseValue(result);
  TRY_DO(checked(api, status, "no output shape"));
  return shape;
}

}  // namespace weir::infer
