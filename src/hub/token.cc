// Tokens from the system's randomness.
#include "hub/token.h"

#include <fmt/format.h>

#include <iterator>

#include "base/random.h"

namespace weir::hub {

std::string make_token() {
  std::string out;
  for (const char byte : base::random_bytes(kTokenBytes))
    fmt::format_to(std::back_inserter(out), "{:02x}", static_cast<unsigned char>(byte));
  return out;
}

}  // namespace weir::hub
