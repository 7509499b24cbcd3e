// Pictures and how many records need each.
#include "link/pictures.h"

#include "base/check.h"
#include "store/digest.h"

namespace weir::link {

using base::Level;
using base::Result;

// Counted as needed before it is put, so that it is not removed meanwhile, and nobody has to wait
// for the disk.
Result<std::string> Pictures::keep(std::string_view bytes) {
  std::string digest = store::sha256(bytes);
  {
    const std::lock_guard lock(mutex_);
    ++uses_[digest];
  }
  if (auto put = blobs_.put(bytes); !put) {
    let_go(digest);
    return put;
  }
  return digest;
}

void Pictures::let_go(const std::string& digest) {
  const std::lock_guard lock(mutex_);
  forget_one(digest);
}

void Pictures::add(Class of, std::uint64_t offset, const std::string& digest) {
  const std::lock_guard lock(mutex_);
  ++uses_[digest];
  waiting_[static_cast<std::size_t>(of)].emplace_back(offset, digest);
}

void Pictures::release(Class of, std::uint64_t before) {
  const std::lock_guard lock(mutex_);
  auto& waiting = waiting_[static_cast<std::size_t>(of)];
  while (!waiting.empty() && waiting.front().first < before) {
    forget_one(waiting.front().second);
    waiting.pop_front();
  }
}

bool Pictures::needs(const std::string& digest) const {
  const std::lock_guard lock(mutex_);
  return uses_.contains(digest);
}

void Pictures::forget_one(const std::string& digest) {
  const auto found = uses_.find(digest);
  CHECK(found != uses_.end());
  if (--found->second > 0) return;
  uses_.erase(found);
  if (const auto removed = blobs_.remove(digest); !removed) {
    log_.write(Level::warning, "uplink", "cannot remove a picture that nothing needs any more",
               {{"picture", digest}, {"reason", removed.error().message}});
  }
}

}  // namespace weir::link
