// Pictures: the pictures that wait on the node, each kept as long as a record names it.
//
// Thread-safe. Keeping a picture writes to the disk and holds up no other call; letting go of one
// removes its file.
// Holds a digest and an offset in memory for each waiting record with a picture. The blobs outlive
// it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

#include "base/log.h"
#include "base/result.h"
#include "link/message.h"
#include "store/blobs.h"

namespace weir::link {

class Pictures {
 public:
  Pictures(store::Blobs& blobs, base::Log& log) : blobs_(blobs), log_(log) {}

  // Keeps a picture, for a record that is about to name it, until `let_go`. Its digest. Errors:
  // limit (the quota), io.
  base::Result<std::string> keep(std::string_view bytes);
  void let_go(const std::string& digest);

  // The record at this offset names the picture. Offsets of a class rise.
  void add(Class of, std::uint64_t offset, const std::string& digest);
  // The records before `before` need nothing any more.
  void release(Class of, std::uint64_t before);
  bool needs(const std::string& digest) const;

 private:
  void forget_one(const std::string& digest);

  store::Blobs& blobs_;
  base::Log& log_;
  mutable std::mutex mutex_;
  std::map<std::string, std::size_t, std::less<>> uses_;  // records, and calls of `keep`
  std::array<std::deque<std::pair<std::uint64_t, std::string>>, kClasses> waiting_;
};

}  // namespace weir::link
