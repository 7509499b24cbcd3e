// Request targets: one reading of every path, or none.
#include "net/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::net {
namespace {

using base::Code;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;

constexpr std::size_t kKeysMax = 4;

std::string refusal(std::string_view target) {
  const auto read = parse_target(target, kKeysMax);
  return read ? "taken" : read.error().message;
}

TEST(Target, paths_are_split_then_decoded) {
  const auto root = parse_target("/", kKeysMax);
  ASSERT_TRUE(root);
  EXPECT_THAT(root->segments, IsEmpty());
  EXPECT_EQ(root->path, "/");
  const auto path = parse_target("/a/south%20g%C3%A4te/sha256:0f?x", kKeysMax);
  ASSERT_TRUE(path);
  EXPECT_THAT(path->segments, ElementsAre("a", "south gäte", "sha256:0f"));
  EXPECT_EQ(path->path, "/a/south gäte/sha256:0f");
  const auto empty_segments = parse_target("//a/", kKeysMax);
  ASSERT_TRUE(empty_segments);
  EXPECT_THAT(empty_segments->segments, ElementsAre("", "a", ""));
  EXPECT_EQ(parse_target("/a+b", kKeysMax)->path, "/a+b");
  EXPECT_EQ(parse_target("/...", kKeysMax)->path, "/...");
}

TEST(Target, queries_are_decoded_as_forms_write_them) {
  const auto read = parse_target("/?a=1+2&&b=%2B%26%3D&c&d==x=", kKeysMax);
  ASSERT_TRUE(read);
  EXPECT_THAT(read->query,
              ElementsAre(Pair("a", "1 2"), Pair("b", "+&="), Pair("c", ""), Pair("d", "=x=")));
  EXPECT_THAT(parse_target("/?", kKeysMax)->query, IsEmpty());
  EXPECT_THAT(parse_target("/?a={b}|\"c", kKeysMax)->query, ElementsAre(Pair("a", "{b}|\"c")));
}

TEST(Target, the_absolute_form_names_its_authority) {
  const auto read = parse_target("http://localhost:80/a?b=c", kKeysMax);
  ASSERT_TRUE(read);
  EXPECT_EQ(read->authority, "localhost:80");
  EXPECT_EQ(read->path, "/a");
  EXPECT_EQ(parse_target("http://localhost", kKeysMax)->path, "/");
  EXPECT_THAT(refusal("http:///a"), HasSubstr("names no host"));
  EXPECT_THAT(refusal("http://localhost?a=b"), HasSubstr("start with a slash"));
}

TEST(Target, other_forms_are_refused) {
  for (const std::string_view target : {"", "*", "a/b", "localhost:80", "ftp://localhost/", "?a"})
    EXPECT_THAT(refusal(target), HasSubstr("does not start with a slash")) << target;
}

TEST(Target, path_tricks_are_refused) {
  EXPECT_THAT(refusal("/a/../b"), HasSubstr("segment \"..\""));
  EXPECT_THAT(refusal("/a/%2e%2E/b"), HasSubstr("segment \"..\""));
  EXPECT_THAT(refusal("/./b"), HasSubstr("segment \".\""));
  EXPECT_THAT(refusal("/.."), HasSubstr("segment \"..\""));
  EXPECT_THAT(refusal("/a%2fb"), HasSubstr("percent-encoded slash"));
  EXPECT_THAT(refusal("/a%2Fb"), HasSubstr("percent-encoded slash"));
  EXPECT_THAT(refusal("/..%5cb"), HasSubstr("backslash"));
  EXPECT_THAT(refusal("/a\\b"), HasSubstr("0x5c"));
  EXPECT_THAT(refusal("/a%00"), HasSubstr("control character 0x00"));
  EXPECT_THAT(refusal("/a%0d%0aSet-Cookie:x"), HasSubstr("control character 0x0d"));
  EXPECT_THAT(refusal(std::string_view("/a\0b", 4)), HasSubstr("0x00"));
  EXPECT_THAT(refusal("/a#b"), HasSubstr("0x23"));
  EXPECT_THAT(refusal("/\xc3\xa4"), HasSubstr("0xc3"));
}

TEST(Target, malformed_encodings_are_refused) {
  for (const std::string_view target : {"/%", "/%4", "/%4g", "/%%41", "/?a=%", "/?%zz=1"})
    EXPECT_THAT(refusal(target), HasSubstr("two hexadecimal digits")) << target;
  for (const std::string_view target : {"/%ff", "/%c0%af", "/%ed%a0%80", "/?a=%80"})
    EXPECT_THAT(refusal(target), HasSubstr("UTF-8")) << target;
}

TEST(Target, a_key_comes_once_and_keys_are_few) {
  EXPECT_THAT(refusal("/?a=1&%61=2"), HasSubstr("\"a\" twice"));
  EXPECT_EQ(refusal("/?a&b&c&d"), "taken");
  const auto many = parse_target("/?a&b&c&d&e", kKeysMax);
  ASSERT_FALSE(many);
  EXPECT_EQ(many.error().code, Code::limit);
}

TEST(Target, what_is_encoded_is_decoded_to_the_same) {
  EXPECT_EQ(encode_percent("a b/ä~+"), "a%20b%2F%C3%A4~%2B");
  std::string all;
  for (char c = ' '; c < 0x7f; ++c) all += c;
  EXPECT_EQ(decode_percent(encode_percent(all)), all);
  EXPECT_EQ(decode_percent(encode_percent(all), Plus::space), all);
}

}  // namespace
}  // namespace weir::net
