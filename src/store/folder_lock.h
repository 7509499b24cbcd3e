// FolderLock: one process at a time works in a data folder.
//
// Held until destroyed, or until the process ends however it ends (flock on the file `lock`).
#pragma once

#include <string>

#include "base/result.h"

namespace weir::store {

class FolderLock {
 public:
  // Makes the folder where it is not there, for its owner alone. Errors: conflict (another process
  // holds it), io.
  static base::Result<FolderLock> take(const std::string& folder);
  FolderLock(FolderLock&& other) noexcept;
  FolderLock& operator=(FolderLock&& other) noexcept;
  ~FolderLock();

 private:
  explicit FolderLock(int file) : file_(file) {}
  int file_ = -1;
};

}  // namespace weir::store
