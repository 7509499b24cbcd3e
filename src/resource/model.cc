// What names a version of a model.
#include "resource/model.h"

#include "store/digest.h"

namespace weir::resource {

std::string version_digest(const std::map<std::string, std::string>& files) {
  std::string text;
  for (const auto& [path, digest] : files) {
    text += path;
    text += '\0';
    text += digest;
    text += '\n';
  }
  return store::sha256(text);
}

}  // namespace weir::resource
