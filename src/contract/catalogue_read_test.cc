// Catalogues that were read: the same checks and texts as with the operators' own contracts; what
// nodes may send and is refused.
#include "contract/catalogue_read.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "contract/check.h"
#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;

std::shared_ptr<const Catalogue> sample_read() {
  const auto read = read_catalogue(to_json(Catalogue(sample::kAll)));
  EXPECT_TRUE(read) << read.error().message;
  return *read;
}

TEST(ReadCatalogue, TellsTheSameJsonSchemaAndPages) {
  const Catalogue own(sample::kAll);
  const auto read = sample_read();
  EXPECT_EQ(to_json(*read), to_json(own));
  EXPECT_EQ(json_schema(*read), json_schema(own));
  for (const Contract* contract : own.contracts()) {
    EXPECT_EQ(reference_page(*read->find(contract->name)), reference_page(*contract));
  }
}

// With all operators there were when it was written down.
TEST(ReadCatalogue, ReadsWhatANodeReported) {
  std::ifstream file("tests/fuzz/contract_catalogue_read/operators.json", std::ios::binary);
  const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto read = read_catalogue(json);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_GT((*read)->names().size(), 10U);
  EXPECT_EQ(to_json(**read), json);
}

// Of every golden document, whatever is wrong with it.
TEST(ReadCatalogue, GivesTheSameDiagnostics) {
  const Catalogue own(sample::kAll);
  const auto read = sample_read();
  int checked = 0;
  for (const auto& entry : fs::directory_iterator("tests/golden/documents")) {
    std::ifstream file(entry.path() / "in.yaml", std::ios::binary);
    const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    Documents documents;
    data::Diagnostics reading;
    read_documents(text, "in.yaml", documents, reading);
    data::Diagnostics with_own, with_read;
    check(documents, own, with_own);
    check(documents, *read, with_read);
    EXPECT_EQ(with_read.text(), with_own.text()) << entry.path();
    checked += with_own.empty() ? 0 : 1;
  }
  EXPECT_GT(checked, 20);
}

std::string changed(std::string_view from, std::string_view to) {
  std::string json = to_json(Catalogue(sample::kAll));
  const std::size_t at = json.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return json.replace(at, from.size(), to);
}

std::string mistake(const std::string& json) {
  const auto read = read_catalogue(json);
  return read ? "none" : read.error().message;
}

TEST(ReadCatalogue, PassesOverWhatItDoesNotKnow) {
  EXPECT_EQ(mistake(changed("\"per_device\": false", "\"per_device\": false, \"new\": [1]")),
            "none");
}

TEST(ReadCatalogue, RefusesWhatIsNoCatalogue) {
  EXPECT_THAT(mistake(""), HasSubstr("1:1"));
  EXPECT_EQ(mistake("[]"), "a catalogue has no 'operators', expected a list of them");
  EXPECT_EQ(mistake("{\"operators\": 1}"), "'operators' is an int, expected a list");
  EXPECT_EQ(mistake("{\"operators\": [7]}"), "operator 1 of the catalogue: has no 'name'");
  EXPECT_THAT(mistake(std::string(kCatalogueBytesMax + 1, ' ')), HasSubstr("expected at most"));
  std::string many = "{\"operators\": [0";
  for (std::size_t i = 0; i < kOperatorsMax; ++i) many += ",0";
  EXPECT_EQ(mistake(many + "]}"), "'operators' has 1001 items, expected at most 1000");
}

TEST(ReadCatalogue, RefusesContractsThatBreakTheirForm) {
  const std::string threshold = "operator 'threshold' of the catalogue: ";
  EXPECT_THAT(mistake(changed("\"threshold\"", "\"Threshold\"")), HasSubstr("is no name"));
  EXPECT_EQ(mistake(changed("\"threshold\"", "\"pass\"")), "'pass' is there twice");
  EXPECT_EQ(mistake(changed("clear <= limit", "clear <= none")).find(threshold + "a rule"), 0U);
  EXPECT_EQ(mistake(changed("\"default\": 75", "\"default\": \"x\"")),
            threshold + "parameter 'clear': the default: expected float64, found string 'x'");
  EXPECT_EQ(mistake(changed("\"default\": 75", "\"else\": 75")),
            threshold + "parameter 'clear': is not required and has no 'default'");
  EXPECT_EQ(mistake(changed("\"type\": \"duration\"", "\"type\": \"secret\""))
                .find(threshold + "parameter 'hold': 'type' is not known, expected bool"),
            0U);
  EXPECT_EQ(mistake(changed("\"name\": \"clear\"", "\"name\": \"limit\"")),
            threshold + "'limit' is there twice");
  EXPECT_EQ(mistake(changed("\"min\": -100", "\"min\": {}")),
            threshold + "parameter 'limit': 'min' is a map, expected a number");
  EXPECT_THAT(mistake(changed("\"group\": \"input\"", "\"group\": \"output\"")),
              HasSubstr("has input ports as an input, or none as no input"));
  EXPECT_THAT(mistake(changed("\"policy\": \"newest\"", "\"policy\": \"oldest\"")),
              HasSubstr("expected lossless or newest"));
}

}  // namespace
}  // namespace weir::contract
