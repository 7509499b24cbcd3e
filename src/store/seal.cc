// AES-256-GCM by OpenSSL.
#include "store/seal.h"

#include <fmt/format.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <cstring>
#include <memory>
#include <utility>

#include "base/check.h"
#include "base/random.h"
#include "base/text.h"
#include "store/file.h"
#include "store/whole_file.h"

namespace weir::store {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kVersion = "v1:";
constexpr std::size_t kNonceBytes = 12, kTagBytes = 16;

struct Free {
  void operator()(EVP_CIPHER_CTX* context) const { EVP_CIPHER_CTX_free(context); }
};
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, Free>;

const unsigned char* unsigned_of(std::string_view bytes) {
  return reinterpret_cast<const unsigned char*>(bytes.data());
}
unsigned char* unsigned_of(std::string& bytes) {
  return reinterpret_cast<unsigned char*>(bytes.data());
}

std::unexpected<base::Error> not_ours() {
  return fail(Code::corrupt, "a sealed text was changed, or sealed with another key");
}

// A new key is there whole or not at all.
Result<> make_key(const std::string& key_file) {
  TRY_DO(detail::make_folder(detail::folder_of(key_file)));
  std::string key = base::random_bytes(Seal::kKeyBytes);
  auto written = write_whole(key_file, key);
  OPENSSL_cleanse(key.data(), key.size());
  return written;
}

}  // namespace

Result<Seal> Seal::open(const std::string& key_file) {
  if (!detail::file_exists(key_file)) TRY_DO(make_key(key_file));
  struct stat status = {};
  if (::stat(key_file.c_str(), &status) != 0 || !S_ISREG(status.st_mode)) {
    return fail(Code::invalid, fmt::format("{}: is no file, expected a key", key_file));
  }
  if ((status.st_mode & 077) != 0) {
    return fail(Code::invalid,
                fmt::format("{}: others may read or write the key (mode {:o}), expected 600",
                            key_file, status.st_mode & 0777));
  }
  if (status.st_size != kKeyBytes) {
    return fail(Code::invalid, fmt::format("{}: has {} bytes, expected a key of {}", key_file,
                                           status.st_size, kKeyBytes));
  }
  TRY(std::string key, detail::read_file(key_file));
  if (key.size() != kKeyBytes) return fail(Code::io, key_file + ": changed while it was read");
  Seal seal;
  std::memcpy(seal.key_.data(), key.data(), kKeyBytes);
  OPENSSL_cleanse(key.data(), key.size());
  return seal;
}

Seal::Seal(Seal&& other) noexcept : key_(other.key_) {
  OPENSSL_cleanse(other.key_.data(), kKeyBytes);
}

Seal& Seal::operator=(Seal&& other) noexcept {
  std::swap(key_, other.key_);
  return *this;
}

Seal::~Seal() {
  OPENSSL_cleanse(key_.data(), kKeyBytes);
}

std::string Seal::seal(std::string_view text) const {
  CHECK(text.size() <= kTextBytesMax);
  std::string sealed = base::random_bytes(kNonceBytes);
  sealed.resize(kNonceBytes + text.size() + kTagBytes);
  unsigned char* out = unsigned_of(sealed);
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int count = 0;
  CHECK(cipher && EVP_EncryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), out));
  CHECK(EVP_EncryptUpdate(cipher.get(), out + kNonceBytes, &count, unsigned_of(text),
                          static_cast<int>(text.size())));
  CHECK(EVP_EncryptFinal_ex(cipher.get(), out + kNonceBytes + count, &count));
  CHECK(EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes,
                            out + kNonceBytes + text.size()));
  return std::string(kVersion) + base::encode_base64({out, sealed.size()});
}

Result<std::string> Seal::open_sealed(std::string_view sealed) const {
  if (!sealed.starts_with(kVersion)) {
    return fail(Code::corrupt, fmt::format("a sealed text does not begin with {}", kVersion));
  }
  auto bytes = base::decode_base64(sealed.substr(kVersion.size()));
  if (!bytes || bytes->size() < kNonceBytes + kTagBytes) return not_ours();
  const std::size_t size = bytes->size() - kNonceBytes - kTagBytes;
  unsigned char* in = unsigned_of(*bytes);
  std::string text(size, '\0');
  const Cipher cipher(EVP_CIPHER_CTX_new());
  int count = 0;
  CHECK(cipher && EVP_DecryptInit_ex(cipher.get(), EVP_aes_256_gcm(), nullptr, key_.data(), in));
  CHECK(EVP_DecryptUpdate(cipher.get(), unsigned_of(text), &count, in + kNonceBytes,
                          static_cast<int>(size)));
  CHECK(
      EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, in + kNonceBytes + size));
  if (EVP_DecryptFinal_ex(cipher.get(), unsigned_of(text) + count, &count) != 1) return not_ours();
  return text;
}

}  // namespace weir::store
