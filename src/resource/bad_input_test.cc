// What people and programs send that is no application: it is refused whole, at its place, soon.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "resource/keeper_test.h"
#include "resource/resources.h"

namespace weir::resource {
namespace {

using ::testing::HasSubstr;
using testing::Keeper;

class BadInputTest : public ::testing::Test {
 protected:
  // Nothing is kept of it.
  std::string refusal(const std::string& text) {
    const std::string out = keeper_.refusal(text);
    EXPECT_NE(out, "");
    EXPECT_EQ(keeper_.resources().revision(), 0U);
    return out;
  }

  Keeper keeper_;
};

TEST_F(BadInputTest, TenMegabytes) {
  EXPECT_THAT(refusal(std::string(10'000'000, '#')),
              HasSubstr("a text of 10000000 bytes, expected at most 1048576"));
}

std::string many(const std::string& begin, const std::string& key, int count,
                 const std::string& value) {
  std::string text = begin;
  for (int i = 0; i < count; ++i) text += key + std::to_string(i) + value;
  return text;
}

TEST_F(BadInputTest, HundredThousandKeys) {
  EXPECT_THAT(refusal(many("", "k", 100'000, ": 1\n")), HasSubstr("more than 100000"));
  const int keys = 11'000;
  refusal(many("", "k", keys, ": 1\n"));
  EXPECT_THAT(refusal(many("kind: Product\nname: p\nproperties:\n", " k", keys, ": \n")),
              HasSubstr("app.yaml:4:2: 'properties' has 11000 members, expected at most 1000"));
  EXPECT_THAT(refusal(many("kind: Device\nname: d\nproduct: p\ndriver: r\nconnect:\n", " k", keys,
                           ": 1\n")),
              HasSubstr("app.yaml:6:2: 'connect' of a Device has 11000 keys"));
  EXPECT_THAT(refusal(many("kind: Device\nname: d\ndriver: r\nproduct:\n", "- k", keys, "\n")),
              HasSubstr("'product' has 11000 items"));
  EXPECT_THAT(
      refusal(many("kind: Deployment\nname: d\npipeline: p\nvalues:\n", " k", keys, ": 1\n")),
      HasSubstr("11000 slots are filled, expected at most 1000"));
  EXPECT_THAT(
      refusal(many("kind: Deployment\nname: d\npipeline: p\ndevices:\n", "- k", keys, "\n")),
      HasSubstr("11000 devices are named, expected at most 10000"));
  EXPECT_THAT(refusal(many("kind: Pipeline\nname: p\nsteps:\n- pass:\n", "    k", keys, ": 1\n")),
              HasSubstr("'pass' has no parameter 'k0', expected none"));
  EXPECT_THAT(refusal(many("kind: Model\nname: m\nversion: x\nfiles:\n", " k", keys, ": x\n")),
              HasSubstr("11000 files of a Model"));
}

TEST_F(BadInputTest, ThousandsOfDocumentsWithMistakes) {
  const std::string device = ", product: unknown-product, driver: r}\n---\n";
  EXPECT_THAT(refusal(many("", "{kind: Device, name: d", 2'000, device)),
              HasSubstr("and 900 more"));
  std::string both = many("", "{kind: Product, name: product", 1'500, "}\n---\n");
  both += many("", "{kind: Device, name: d", 1'500, ", product: products, driver: r}\n---\n");
  EXPECT_THAT(refusal(both), HasSubstr("and 900 more"));
}

// 900 KB that stand for 20 GB.
TEST_F(BadInputTest, AliasesOfALongText) {
  std::string text = "kind: Deployment\nname: d\npipeline: p\nvalues:\n a: &a " +
                     std::string(800'000, 'x') + "\n b: [";
  for (int i = 0; i < 25'000; ++i) text += "*a,";
  EXPECT_THAT(refusal(text + "]\n"), HasSubstr("aliases followed, expected smaller ones"));
}

TEST_F(BadInputTest, WrongEncoding) {
  EXPECT_THAT(refusal("kind: Product\nname: p\ndescription: \"\xC3\x28\"\n"),
              HasSubstr("app.yaml:3:15:"));
  EXPECT_THAT(refusal(std::string("kind: Product\0name: p\n", 22)), HasSubstr("app.yaml:1:14:"));
  EXPECT_THAT(refusal("\xFF\xFEk\0i\0n\0d\0"), HasSubstr("app.yaml:1:1:"));
}

TEST_F(BadInputTest, UnknownKinds) {
  EXPECT_THAT(refusal("kind: Node\nname: n\n"), HasSubstr("app.yaml:1:7: the kind is a string "
                                                          "'Node', expected Product"));
  EXPECT_THAT(refusal("name: n\n"), HasSubstr("a document has no 'kind'"));
  EXPECT_THAT(refusal("just text"), HasSubstr("a document is a string 'just text'"));
  EXPECT_THAT(refusal("{kind: Product, name: p, propertys: {}}"),
              HasSubstr("did you mean 'properties'?"));
}

TEST_F(BadInputTest, NamesThatArePaths) {
  for (const std::string_view name :
       {"../etc/passwd", "a/b", "/a", ".", "..", "a.b", "a%2fb", "\"a\\0b\"", "\"a\\nb\"", "a b",
        "-a", "_a", "\"\"", "über", "a\\b", "'a''b'", "[a]", "null"}) {
    for (const std::string_view kind : {"Product", "Pipeline", "Model"}) {
      const std::string text = "kind: " + std::string(kind) + "\nname: " + std::string(name) + "\n";
      refusal(text);
    }
  }
  EXPECT_THAT(refusal("kind: Product\nname: " + std::string(64, 'a')), HasSubstr("at most 63"));
  EXPECT_EQ(keeper_.refusal("kind: Product\nname: " + std::string(63, 'a')), "");
}

TEST_F(BadInputTest, WhatCannotBeKept) {
  const std::string device =
      "kind: Product\nname: p\nattributes: {a: {type: float64}}\n---\n"
      "kind: Device\nname: d\nproduct: p\ndriver: r\n";
  EXPECT_THAT(refusal(device + "connect: {a: .inf}\n"),
              HasSubstr("app.yaml:5:1: '.inf' is no number that can be kept (9:"));
  EXPECT_THAT(refusal(device + "connect: {a: 99999999999999999999}\n"),
              HasSubstr("does not fit into 64 bits"));
  EXPECT_THAT(refusal(device + "connect:\n  ? " + std::string(2'000, 'k') + "\n  : 1\n"),
              HasSubstr("app.yaml:5:1: the document cannot be kept: "));
}

TEST_F(BadInputTest, PartsOfAText) {
  EXPECT_EQ(keeper_.refusal("#%weir file a.yaml\n\nkind: Prodct\n#%weir file b.yaml\r\nkind: X\n"),
            "a.yaml:2:7: the kind is a string 'Prodct' (did you mean 'Product'?), expected "
            "Product, Device, Pipeline, Deployment or Model\n"
            "b.yaml:1:7: the kind is a string 'X', expected Product, Device, Pipeline, Deployment "
            "or Model\n");
  EXPECT_THAT(refusal("#%weir file \x01\nkind: X\n"), HasSubstr("has no name"));
  EXPECT_THAT(refusal("#%weir file " + std::string(2'000, 'x')), HasSubstr("has no name"));
  EXPECT_THAT(refusal(many("", "#%weir file ", 2'000, "\n")), HasSubstr("more than 1000 files"));
  // The same name in two files.
  EXPECT_THAT(refusal("#%weir file a\n{kind: Product, name: p}\n#%weir file b\n\n"
                      "{kind: Product, name: p}\n"),
              HasSubstr("b:2:1: Product 'p' is given twice, first in a:1:1"));
}

}  // namespace
}  // namespace weir::resource
