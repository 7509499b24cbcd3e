// Digests and checksums, against published values.
#include "store/digest.h"

#include <gtest/gtest.h>

#include <string>

#include "base/text.h"
#include "store/crc32c.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

// NIST, "Examples with Intermediate Values", SHA-256.
constexpr std::string_view kAbc =
    "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

TEST(Digest, sha256_is_the_published_one) {
  EXPECT_EQ(sha256("abc"), kAbc);
  EXPECT_EQ(sha256(""), "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_TRUE(base::is_digest(kAbc));
}

TEST(Digest, a_file_has_the_digest_of_its_bytes) {
  const testing::TestFolder folder;
  for (const std::size_t size : {0u, 1u, 65'535u, 65'536u, 200'000u}) {
    const std::string bytes(size, 'x');
    testing::write(folder / "file", bytes);
    EXPECT_EQ(sha256_of_file(folder / "file"), sha256(bytes));
  }
  EXPECT_EQ(sha256_of_file(folder / "none").error().code, base::Code::missing);
  EXPECT_EQ(sha256_of_file(folder.path()).error().code, base::Code::io);
}

TEST(Crc32c, is_the_published_one) {
  EXPECT_EQ(detail::crc32c("123456789"), 0xe3069283);  // the check value of CRC-32/ISCSI
  // RFC 3720, B.4.
  EXPECT_EQ(detail::crc32c(std::string(32, '\0')), 0x8a9136aa);
  EXPECT_EQ(detail::crc32c(std::string(32, '\xff')), 0x62a8ab43);
  std::string rising;
  for (char c = 0; c < 32; ++c) rising += c;
  EXPECT_EQ(detail::crc32c(rising), 0x46dd794e);
  for (std::size_t at = 0; at <= rising.size(); ++at) {
    EXPECT_EQ(detail::crc32c(rising.substr(at), detail::crc32c(rising.substr(0, at))), 0x46dd794e);
  }
}

}  // namespace
}  // namespace weir::store
