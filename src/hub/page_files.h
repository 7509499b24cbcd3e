// The files of src/hub/page, which the build puts into the program.
//
// Constants, thread-safe.
#pragma once

#include <span>
#include <string_view>

namespace weir::hub {

struct PageFile {
  std::string_view name;  // "page.js"
  std::string_view bytes;
};

std::span<const PageFile> page_files();  // written by cmake/embed.cmake

}  // namespace weir::hub
