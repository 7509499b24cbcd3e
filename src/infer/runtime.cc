// Opens ONNX Runtime with dlopen.
#include "infer/runtime.h"

#include <dlfcn.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <vector>

#include <fmt/format.h>

#define ORT_API_MANUAL_INIT
#include <onnxruntime_c_api.h>

namespace weir::infer {
namespace {

constexpr const char* kVariable = "WEIR_ONNXRUNTIME";
constexpr const char* kFile = "libonnxruntime.so";

std::string program_folder() {
  std::string path(4096, '\0');
  const ssize_t size = readlink("/proc/self/exe", path.data(), path.size());
  if (size <= 0) return ".";
  path.resize(static_cast<std::size_t>(size));
  return path.substr(0, path.rfind('/'));
}

// What is named is meant: only without a name are the usual places tried.
std::vector<std::string> places(const RuntimeOptions& options) {
  if (!options.library.empty()) return {options.library};
  const char* named = std::getenv(kVariable);
  if (named != nullptr && *named != '\0') return {named};
  return {program_folder() + "/../lib/" + kFile, kFile};
}

// ONNX Runtime 1.32 for Linux writes what it does to ~/.cache/Microsoft and sends it to
// its makers, from a thread that CreateEnv starts. It asks this variable before; its API could stop
// it only afterwards.
void forbid_telemetry() {
  constexpr const char* kForbid = "ORT_DISABLE_TELEMETRY";
  const char* now = std::getenv(kForbid);
  if (now == nullptr || std::strcmp(now, "1") != 0) setenv(kForbid, "1", 1);
}

}  // namespace

base::Result<std::shared_ptr<const Runtime>> Runtime::load(const RuntimeOptions& options) {
  std::string tried;
  void* library = nullptr;
  std::string path;
  for (const std::string& place : places(options)) {
    library = dlopen(place.c_str(), RTLD_NOW | RTLD_LOCAL);
    if (library != nullptr) {
      path = place;
      break;
    }
    tried += fmt::format("{}{}", tried.empty() ? "" : "; ", dlerror());
  }
  if (library == nullptr) {
    return base::fail(base::Code::missing,
                      fmt::format("ONNX Runtime is missing, models need it; looked for {}. `./dev "
                                  "setup` fetches it, or {} "
                                  "names the library",
                                  tried, kVariable));
  }
  using OpenApi = const OrtApiBase*(ORT_API_CALL*)();
  const auto get_base = reinterpret_cast<OpenApi>(dlsym(library, "OrtGetApiBase"));
  if (get_base == nullptr) {
    return base::fail(base::Code::invalid,
                      path + " is a library, but not ONNX Runtime: it has no OrtGetApiBase");
  }
  const OrtApiBase* base = get_base();
  const OrtApi* api = base->GetApi(kApiVersion);
  if (api == nullptr) {
    return base::fail(base::Code::invalid,
                      fmt::format("{} is ONNX Runtime {}, which is too old, expected at least 1.{}",
                                  path, base->GetVersionString(), kApiVersion));
  }
  forbid_telemetry();
  OrtEnv* environment = nullptr;
  if (OrtStatus* status = api->CreateEnv(ORT_LOGGING_LEVEL_FATAL, "weir", &environment);
      status != nullptr) {
    return base::fail(base::Code::bug, fmt::format("ONNX Runtime {} does not start: {}", path,
                                                   take_message(*api, status)));
  }
  return std::shared_ptr<const Runtime>(
      new Runtime(path, base->GetVersionString(), api, environment));
}

Runtime::~Runtime() {
  api_->ReleaseEnv(environment_);
}

std::string take_message(const OrtApi& api, OrtStatus* status) {
  std::string message = api.GetErrorMessage(status);
  api.ReleaseStatus(status);
  return message;
}

}  // namespace weir::infer
