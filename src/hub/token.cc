// Tokens from the system's randomness.
#include "hub/token.h"

#include "base/random.h"
#include "base/text.h"

namespace weir::hub {

std::string make_token() {
  return base::encode_hex(base::random_bytes(kTokenBytes));
}

}  // namespace weir::hub
