// Specs: what is kept reads back as the document that was written.
#include "resource/spec.h"

#include <gtest/gtest.h>

#include "contract/document.h"
#include "data/json.h"
#include "resource/draft.h"

namespace weir::resource {
namespace {

Drafts read(std::string_view text) {
  data::Diagnostics mistakes;
  Drafts drafts = read_drafts(text, "f", mistakes);
  EXPECT_EQ(mistakes.text(), "");
  return drafts;
}

std::string spec(std::string_view text) {
  return write_spec(read(text).items.front().spec);
}

TEST(Spec, KeepsTextAsItIsWritten) {
  EXPECT_EQ(
      spec("kind: Pipeline\nname: 007\nversion: 1.10\ndescription: True\nsteps: [1e3, pass]\n"),
      R"({"kind":"Pipeline","name":"007","version":"1.10","description":"True",)"
      R"("steps":["1e3","pass"]})");
  EXPECT_EQ(spec("kind: Product\nname: True\nproperties:\n"
                 "  sensitive: {type: stream, sensitive: FALSE, unit: 1, description: 0x10}\n"),
            R"({"kind":"Product","name":"True","properties":{"sensitive":{"type":"stream",)"
            R"("sensitive":false,"unit":"1","description":"0x10"}}})");
}

TEST(Spec, TypesValues) {
  EXPECT_EQ(spec("kind: Pipeline\nname: p\nsteps:\n"
                 "- {id: 1, from: 2, look: {a: 0x10, b: 1.50, c: .5, d: yes, e: ~, f: TRUE, "
                 "g: \"1\", h: +3, i: [010, {j: 1}]}}\n"),
            R"({"kind":"Pipeline","name":"p","steps":[{"id":"1","from":"2","look":{"a":16,"b":1.5,)"
            R"("c":0.5,"d":"yes","e":null,"f":true,"g":"1","h":3,"i":[10,{"j":1}]}}]})");
  EXPECT_EQ(spec("kind: Deployment\nname: d\npipeline: 1\nvalues: {v: 1}\ndevices: [2]\n"),
            R"({"kind":"Deployment","name":"d","pipeline":"1","values":{"v":1},"devices":["2"]})");
}

TEST(Spec, LeavesOutWhatIsNull) {
  EXPECT_EQ(spec("kind: Product\nname: p\nproperties:\nactions: ~\n"),
            R"({"kind":"Product","name":"p"})");
}

TEST(Spec, IsTheSameInAnyOrder) {
  const auto of = [](std::string_view json) { return canonical(*data::parse_json(json)); };
  EXPECT_EQ(of(R"({"a":1,"b":{"c":[1,2],"d":null}})"), of(R"({"b":{"d":null,"c":[1,2]},"a":1})"));
  EXPECT_NE(of(R"({"a":[1,2]})"), of(R"({"a":[2,1]})"));
  EXPECT_NE(of(R"({"a":1})"), of(R"({"a":1.0})"));
  EXPECT_NE(of(R"({"a":"1"})"), of(R"({"a":1})"));
}

TEST(Spec, ReadsBackTexts) {
  const std::string text =
      "kind: Product\nname: p\ndescription: \"\\\"\\\\/\\b\\f\\n\\r\\t\\u0001\\x7f\\u0085\\u2028"
      "\\ufeff\\U0001F600 # : - ' `\"\n";
  const Drafts drafts = read(text);
  contract::Documents documents;
  data::Diagnostics mistakes;
  read_kept(Kind::product, "p", write_spec(drafts.items.front().spec), documents, mistakes);
  EXPECT_EQ(mistakes.text(), "");
  ASSERT_EQ(documents.products.size(), 1U);
  EXPECT_EQ(documents.products.front().description, drafts.documents.products.front().description);
}

}  // namespace
}  // namespace weir::resource
