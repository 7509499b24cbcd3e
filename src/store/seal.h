// Seal: keeps secrets at rest unreadable without the key file beside them.
//
// AES-256-GCM (NIST SP 800-38D) with a random 96-bit nonce. A sealed text is `v1:` and the base64
// of nonce (12 bytes), ciphertext and tag (16 bytes); sealing one text twice gives two of them. The
// key file is 32 random bytes that only its owner may read; it is made where it is not there.
//
// Thread-safe. Errors of open_sealed: corrupt where the text was changed, or sealed with another
// key. Neither secrets nor keys are in any message.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace weir::store {

class Seal {
 public:
  static constexpr std::size_t kKeyBytes = 32;
  static constexpr std::size_t kTextBytesMax = std::size_t{16} << 20;

  // Refuses a key file that others may read, or of another size.
  static base::Result<Seal> open(const std::string& key_file);
  Seal(Seal&& other) noexcept;
  Seal& operator=(Seal&& other) noexcept;
  ~Seal();

  std::string seal(std::string_view text) const;  // of kTextBytesMax at most
  base::Result<std::string> open_sealed(std::string_view sealed) const;

 private:
  Seal() = default;

  std::array<std::uint8_t, kKeyBytes> key_ = {};
};

}  // namespace weir::store
