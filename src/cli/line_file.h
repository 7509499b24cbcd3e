// LineFile: a file or standard output that lines go to as they come; nothing is held back.
//
// Thread-safe: what one call writes stays together. A regular file that cannot take all of it takes
// none, so that it holds whole lines. A failed write may be tried again.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::cli {

class LineFile {
 public:
  // Standard output.
  LineFile();
  // Opens a file for writing, made where it is missing; what it holds stays until `begin`. A named
  // pipe waits for its reader: `give_up` is asked again and again, and should sleep a little.
  static base::Result<std::unique_ptr<LineFile>> open(const std::string& path,
                                                      const std::function<bool()>& give_up);
  ~LineFile();
  LineFile(const LineFile&) = delete;
  LineFile& operator=(const LineFile&) = delete;

  // Empties the file, once; standard output is left as it is.
  base::Result<> begin();
  // Begins the file where that was not done, and writes. Blocks as long as its reader does.
  base::Result<> write(std::string_view lines);

 private:
  LineFile(std::string path, int file);
  base::Result<> begin_once();
  void take_back(std::size_t bytes);

  const std::string path_;
  const int file_;
  bool regular_ = false;
  std::mutex mutex_;
  bool begun_ = false;
};

}  // namespace weir::cli
