// ONNX Runtime, opened at run time: the product runs without it, and any library that knows API
// version kApiVersion serves.
//
// Thread-safe and shared; a library once opened stays in the process. Its C API is described in
// onnxruntime_c_api.h, which only this folder includes. ONNX Runtime prints nothing and tells
// nobody anything: what it has to say is in the errors, and its telemetry is off.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/result.h"

struct OrtApi;
struct OrtEnv;
struct OrtStatus;

namespace weir::infer {

struct RuntimeOptions {
  // The library's file. "" = what the variable WEIR_ONNXRUNTIME names; where that is not set
  // either, <folder of the program>/../lib/libonnxruntime.so, then libonnxruntime.so as the system
  // finds libraries.
  std::string library = {};
};

class Runtime {
 public:
  // The oldest version of the C API that has all that is used here (ONNX Runtime 1.11).
  static constexpr std::uint32_t kApiVersion = 11;

  // Sets an environment variable, so call it before other threads read the environment.
  static base::Result<std::shared_ptr<const Runtime>> load(const RuntimeOptions& options = {});
  ~Runtime();
  Runtime(const Runtime&) = delete;
  Runtime& operator=(const Runtime&) = delete;

  const std::string& library() const { return library_; }  // the file opened
  const std::string& version() const { return version_; }  // as the library says, such as 1.30.0
  const OrtApi& api() const { return *api_; }
  const OrtEnv* environment() const { return environment_; }

 private:
  Runtime(std::string library, std::string version, const OrtApi* api, OrtEnv* environment)
      : library_(std::move(library)),
        version_(std::move(version)),
        api_(api),
        environment_(environment) {}

  std::string library_, version_;
  const OrtApi* api_;
  OrtEnv* environment_;
};

// The message of a status that is not null; releases it.
std::string take_message(const OrtApi& api, OrtStatus* status);

}  // namespace weir::infer
