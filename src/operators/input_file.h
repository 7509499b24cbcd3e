// Files as operators read them: what they hold, and their bytes.
//
// Free functions, thread-safe; what they return belongs to one thread.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "data/records.h"

namespace weir::operators {

enum class Content : std::uint8_t { video, csv, jsonl };

// What a file holds, by its ending and, where that says nothing, by how it begins. Errors: what is
// no file, cannot be read, is empty or is a Git LFS pointer, each named as what it is.
base::Result<Content> content_of(const std::string& path);

// Its bytes from the beginning. The file is marked as read as long as what it returns lives
// (flock(2), shared), so that no step or program that asks begins it anew.
base::Result<data::ReadBytes> read_file(const std::string& path);

}  // namespace weir::operators
