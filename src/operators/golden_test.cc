// Pipelines over files: a folder of tests/golden/operators/ holds steps, input, expectations.
//
// expected.txt holds the records that leave the last step, as JSON lines, then the reason of each
// rejected record, then how many the last step dropped.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "operators/harness_test.h"

namespace weir::operators {
namespace {

namespace fs = std::filesystem;

std::string read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::vector<std::string> cases() {
  std::vector<std::string> names;
  for (const auto& entry : fs::directory_iterator("tests/golden/operators")) {
    names.push_back(entry.path().filename().string());
  }
  std::ranges::sort(names);
  return names;
}

// "- a: …\n- b: …" as the harness takes it: without the first dash, and with its indentation.
std::string steps(const fs::path& folder) {
  std::string out;
  for (const char c : read(folder / "steps.yaml").substr(2))
    out += c == '\n' ? "\n  " : std::string(1, c);
  return out.substr(0, out.find_last_not_of(" \n") + 1);
}

class Golden : public ::testing::TestWithParam<std::string> {};
INSTANTIATE_TEST_SUITE_P(Operators, Golden, ::testing::ValuesIn(cases()), [](const auto& info) {
  std::string name = info.param;
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST_P(Golden, GivesWhatIsExpected) {
  // The working folder is another one from here on.
  const fs::path folder = fs::absolute("tests/golden/operators") / GetParam();
  const testing::WorkingFolder working;
  for (const auto& entry : fs::directory_iterator(folder)) {
    working.write(entry.path().filename().string(), read(entry.path()));
  }
  testing::Harness harness;
  const auto ran = harness.run(steps(folder));
  std::string text = ran.mistakes;
  for (const std::string& record : ran.records) text += record + "\n";
  for (const std::string& reason : ran.reasons) text += "rejected: " + reason + "\n";
  text += "dropped: " + std::to_string(ran.counters.dropped) + "\n";
  EXPECT_EQ(text, read(folder / "expected.txt"));
}

}  // namespace
}  // namespace weir::operators
