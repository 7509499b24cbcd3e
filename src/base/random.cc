// Bytes from the system's randomness.
#include "base/random.h"

#include <sys/random.h>

#include "base/check.h"

namespace weir::base {

std::string random_bytes(std::size_t count) {
  constexpr std::size_t kWholeMax = 256;  // up to which getrandom is never cut short
  CHECK(count <= kWholeMax);
  std::string bytes(count, '\0');
  CHECK(getrandom(bytes.data(), count, 0) == static_cast<ssize_t>(count));
  return bytes;
}

}  // namespace weir::base
