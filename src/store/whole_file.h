// A file that is replaced as a whole.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::store {

// Writes PATH.new, syncs it and renames it, so that whoever reads, also after a power cut, finds
// the file as it was or as it is now. Only its owner may read it, whatever was there before. One
// call for a path at a time. Errors: missing where the folder is not there; io.
base::Result<> write_whole(const std::string& path, std::string_view bytes);

}  // namespace weir::store
