// Digests: names of contents, `sha256:` and 64 hexadecimal digits in lower case (SHA-256, FIPS
// 180-4; the form is that of OCI image-spec, descriptor.md, "Digests").
//
// Pure functions, thread-safe.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::store {

std::string sha256(std::string_view bytes);
// Reads the file in pieces.
base::Result<std::string> sha256_of_file(const std::string& path);

}  // namespace weir::store
