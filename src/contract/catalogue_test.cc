// The catalogue: names, JSON, JSON schema, reference pages.
#include "contract/catalogue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

using nlohmann::json;
using testing::ElementsAre;
using testing::HasSubstr;

const Catalogue kCatalogue(sample::kAll);

TEST(Catalogue, FindsByName) {
  EXPECT_EQ(kCatalogue.find("threshold"), &sample::kThreshold);
  EXPECT_EQ(kCatalogue.find("thresold"), nullptr);
  EXPECT_EQ(kCatalogue.names().size(), sample::kAll.size());
}

TEST(Catalogue, TellsAContractAsJson) {
  const json threshold = json::parse(to_json(sample::kThreshold));
  EXPECT_EQ(threshold["group"], "process");
  const json& limit = threshold["params"][1];
  EXPECT_EQ(limit, json::parse(R"({"name": "limit", "summary": "Value that must be crossed.",
      "type": "float64", "unit": "Cel", "required": false, "per_device": true, "default": 80,
      "min": -100, "max": 1000})"));
  EXPECT_FALSE(threshold["params"][0].contains("default"));
  EXPECT_EQ(threshold["params"][3]["choices"], json({"above", "below"}));
  EXPECT_EQ(threshold["params"][4]["default"], "5s");
  EXPECT_EQ(threshold["rules"][0]["expression"], sample::kThresholdRules[0].expression);
  EXPECT_EQ(threshold["outputs"][1]["schema"], "since:timestamp, value:float64");
  EXPECT_EQ(threshold["state"]["kind"], "keyed");
  const json look = json::parse(to_json(sample::kLook));
  EXPECT_EQ(look["params"][0]["default"], json::array());
  EXPECT_EQ(look["params"][2]["default"], json::array({"person"}));
  EXPECT_EQ(json::parse(to_json(kCatalogue))["operators"][2], threshold);
}

TEST(Catalogue, DescribesItselfAsText) {
  const auto all = describe_operators(kCatalogue, "", Form::text);
  EXPECT_THAT(*all, HasSubstr("input\n  camera_input  Reads cameras.\nprocess\n  pass "));
  EXPECT_EQ(*describe_operators(kCatalogue, "pass", Form::text), reference_page(sample::kPass));
  EXPECT_EQ(*describe_operators(kCatalogue, "pass", Form::json), to_json(sample::kPass));
  const auto unknown = describe_operators(kCatalogue, "thresold", Form::text);
  ASSERT_FALSE(unknown);
  EXPECT_THAT(unknown.error().message, HasSubstr("did you mean 'threshold'?"));
}

TEST(Catalogue, MakesASchemaForEditors) {
  const json schema = json::parse(json_schema(kCatalogue));
  EXPECT_EQ(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
  const json& definitions = schema["$defs"];
  const json& step = definitions["step"]["anyOf"];
  EXPECT_EQ(step[0]["enum"], json({"pass", "join", "save"}));  // without required parameters
  const json& properties = step[1]["properties"];
  EXPECT_TRUE(properties.contains("id"));
  EXPECT_EQ(properties["threshold"]["required"], json::array({"column"}));
  EXPECT_EQ(properties["threshold"]["additionalProperties"], false);
  EXPECT_EQ(properties["threshold"]["properties"]["limit"]["anyOf"], json::parse(R"([
      {"type": "number", "minimum": -100, "maximum": 1000},
      {"$ref": "#/$defs/slot"}, {"$ref": "#/$defs/attribute"}])"));
  EXPECT_EQ(definitions["Pipeline"]["required"], json({"kind", "name", "steps"}));
  for (const json& each : schema["allOf"]) {
    const std::string target = each["then"]["$ref"];
    EXPECT_TRUE(definitions.contains(target.substr(target.rfind('/') + 1))) << target;
  }
}

TEST(Reference, HasAPageAnOperatorAndAnIndex) {
  const std::vector<Page> pages = reference_pages(kCatalogue);
  ASSERT_EQ(pages.size(), sample::kAll.size() + 1);
  EXPECT_EQ(pages[0].path, "operators.md");
  EXPECT_THAT(pages[0].text, HasSubstr("## Output\n"));
  EXPECT_THAT(pages[0].text, HasSubstr("| [`look`](operators/look.md) | Looks at pictures. |\n"));
  EXPECT_EQ(pages[3].path, "operators/threshold.md");
  EXPECT_THAT(pages[3].text, HasSubstr("| `limit` | `float64`, -100 to 1000, in Cel | `80` |"));
  EXPECT_THAT(pages[3].text, HasSubstr("| `count` | `int64`, at least 1 | `1` |"));
  EXPECT_THAT(pages[3].text, HasSubstr("| `column` | `column` | required |"));
  EXPECT_THAT(pages[5].text, HasSubstr("```yaml\n- look:\n    model: $detector\n"));
}

TEST(Reference, IsStaleUntilWrittenAgain) {
  namespace fs = std::filesystem;
  const fs::path folder = fs::path(testing::TempDir()) / "reference_pages";
  fs::remove_all(folder);
  EXPECT_EQ(stale_reference(kCatalogue, folder.string()).size(), sample::kAll.size() + 1);
  ASSERT_TRUE(write_reference(kCatalogue, folder.string()));
  EXPECT_THAT(stale_reference(kCatalogue, folder.string()), ElementsAre());
  std::ofstream(folder / "operators/pass.md", std::ios::app) << "more";
  std::ofstream(folder / "operators/gone.md") << "old";
  EXPECT_THAT(stale_reference(kCatalogue, folder.string()),
              ElementsAre("operators/gone.md", "operators/pass.md"));
  ASSERT_TRUE(write_reference(kCatalogue, folder.string()));
  EXPECT_THAT(stale_reference(kCatalogue, folder.string()), ElementsAre());
  EXPECT_FALSE(fs::exists(folder / "operators/gone.md"));
  fs::remove_all(folder);
}

TEST(Reference, SaysWhereItCannotBeWritten) {
  const auto written = write_reference(kCatalogue, "/dev/null");
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("/dev/null"));
}

}  // namespace
}  // namespace weir::contract
