// Tokens from the system's randomness.
#include "hub/token.h"

#include <fmt/format.h>
#include <sys/random.h>

#include <iterator>

#include "base/check.h"

namespace weir::hub {

std::string make_token() {
  unsigned char bytes[kTokenBytes];
  // Up to 256 bytes come whole once the system has started (getrandom(2)).
  CHECK(getrandom(bytes, sizeof bytes, 0) == static_cast<ssize_t>(sizeof bytes));
  std::string out;
  for (const unsigned char byte : bytes) fmt::format_to(std::back_inserter(out), "{:02x}", byte);
  return out;
}

}  // namespace weir::hub
