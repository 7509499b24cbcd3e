// Sealed texts, and the file of their key.
#include "store/seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <string>

#include "base/text.h"
#include "store/store_test.h"

namespace weir::store {
namespace {

using base::Code;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

TEST(Seal, opens_what_it_sealed_also_when_opened_again) {
  const testing::TestFolder folder;
  const std::string file = folder / "keys/key";
  auto seal = Seal::open(file);
  ASSERT_TRUE(seal) << seal.error().message;
  struct stat status = {};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
  for (const std::string& text : {std::string(), std::string("password"), std::string("\0\xff", 2),
                                  std::string(100'000, 's')}) {
    const std::string sealed = seal->seal(text);
    EXPECT_THAT(sealed, StartsWith("v1:"));
    EXPECT_NE(sealed, seal->seal(text)) << "a nonce is not used twice";
    EXPECT_EQ(Seal::open(file)->open_sealed(sealed), text);
  }
  EXPECT_THAT(seal->seal("password"), Not(HasSubstr("password")));
}

TEST(Seal, what_was_changed_or_sealed_with_another_key_is_refused) {
  const testing::TestFolder folder;
  const auto seal = Seal::open(folder / "key");
  const std::string sealed = seal->seal("password");
  std::string bytes = *base::decode_base64(sealed.substr(3));
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const std::span all(reinterpret_cast<const std::uint8_t*>(changed.data()), changed.size());
    const auto opened = seal->open_sealed("v1:" + base::encode_base64(all));
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().code, Code::corrupt);
  }
  for (const std::string_view text : {"", "password", "v1:", "v1:AAAA", "v1:?", "v2:AAAA"}) {
    EXPECT_EQ(seal->open_sealed(text).error().code, Code::corrupt) << text;
  }
  EXPECT_EQ(Seal::open(folder / "other")->open_sealed(sealed).error().code, Code::corrupt);
}

TEST(Seal, a_key_that_others_may_read_or_of_a_wrong_size_is_refused) {
  const testing::TestFolder folder;
  testing::write(folder / "short", "too short");
  ASSERT_EQ(::chmod((folder / "short").c_str(), 0600), 0);
  EXPECT_THAT(Seal::open(folder / "short").error().message, HasSubstr("has 9 bytes"));
  ASSERT_TRUE(Seal::open(folder / "key"));
  ASSERT_EQ(::chmod((folder / "key").c_str(), 0640), 0);
  const auto open = Seal::open(folder / "key");
  ASSERT_FALSE(open);
  EXPECT_EQ(open.error().code, Code::invalid);
  EXPECT_THAT(open.error().message, HasSubstr("mode 640"));
  EXPECT_EQ(Seal::open(folder.path()).error().code, Code::invalid);
}

}  // namespace
}  // namespace weir::store
