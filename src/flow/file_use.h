// Which files the steps of a plan read and write, and whether they spoil each other's.
//
// Looks at the file system to know one file by several names; else a pure function, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "base/result.h"
#include "flow/plan.h"

namespace weir::flow {

// The same for all names of one file, whether it is there or not yet; "" for what several may
// write, as a terminal.
std::string file_identity(const std::string& path);

struct FileClash {
  std::size_t step = 0;  // that writes, in the plan
  base::Error reason;
};

// The first step that writes a file which another step reads or writes.
std::optional<FileClash> find_clash(const Plan& plan);

}  // namespace weir::flow
