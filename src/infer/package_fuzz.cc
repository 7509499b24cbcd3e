// Any bytes as a model.yaml: a package that keeps what its header promises, or mistakes with their
// places in the file.
#include "infer/package.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "base/check.h"

namespace {

using namespace weir;

// A folder of this process, gone with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-model-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
    std::ofstream(path_ + "/labels.txt") << "person\ncar\n";
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

bool plain(const std::string& name) {
  return !name.empty() && name.find('/') == std::string::npos && name != "..";
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const Folder kFolder;
  const std::string file = kFolder.path() + "/model.yaml";
  std::ofstream(file, std::ios::binary)
      .write(reinterpret_cast<const char*>(data), static_cast<std::streamsize>(size));
  const auto package = infer::read_package(kFolder.path());
  if (!package) {
    CHECK(package.error().message.starts_with(file));
    return 0;
  }
  const infer::InputSpec& input = package->input;
  CHECK(!input.tensor.empty() && !package->output.tensor.empty() && plain(package->weights));
  CHECK(!package->labels.empty() && package->labels.size() <= infer::kLabelsMax);
  const std::size_t channels = infer::channel_count(input.channels);
  CHECK(input.mean.size() == channels && input.std.size() == channels);
  CHECK(std::ranges::find(input.std, 0.0) == input.std.end());
  if (!input.last) return 0;
  CHECK(input.last->count >= 1 && input.last->count <= infer::kWindowCountMax);
  CHECK(input.last->every_ns >= 0 &&
        input.last->within_ns >= (input.last->count - 1) * input.last->every_ns);
  return 0;
}
