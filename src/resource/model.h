// What names a version of a model.
//
// Pure function, thread-safe.
#pragma once

#include <map>
#include <string>
#include <string_view>

namespace weir::resource {

inline constexpr std::string_view kModelDescription = "model.yaml";  // which every model has

// The digest of `path NUL digest LF` for each file, in the order of the paths' bytes.
std::string version_digest(const std::map<std::string, std::string>& files);

}  // namespace weir::resource
