// SHA-256 by OpenSSL.
#include "store/digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <memory>

#include "base/check.h"
#include "base/text.h"
#include "store/file.h"

namespace weir::store {
namespace {

constexpr std::string_view kPrefix = "sha256:";
constexpr std::size_t kReadBytes = 64 * 1024;

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) {
    CHECK(context_ && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1);
  }
  void add(std::string_view bytes) {
    CHECK(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
  }
  std::string digest() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes;
    unsigned size = 0;
    CHECK(EVP_DigestFinal_ex(context_.get(), bytes.data(), &size) == 1);
    return std::string(kPrefix) +
           base::encode_hex({reinterpret_cast<const char*>(bytes.data()), size});
  }

 private:
  struct Free {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
  };
  std::unique_ptr<EVP_MD_CTX, Free> context_;
};

}  // namespace

std::string sha256(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.digest();
}

base::Result<std::string> sha256_of_file(const std::string& path) {
  TRY(const auto file, detail::File::open(path, detail::File::Mode::read));
  Sha256 hash;
  std::string piece(kReadBytes, '\0');
  for (std::uint64_t position = 0;;) {
    TRY(const std::size_t count, file->read_at(position, piece));
    hash.add({piece.data(), count});
    if (count < piece.size()) return hash.digest();
    position += count;
  }
}

}  // namespace weir::store
