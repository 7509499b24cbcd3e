// Every case of tests/golden/expr/*.txt: an expression, a row, and what `weir eval` answers. The
// guide's examples too.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "expr/eval.h"

namespace weir::expr {
namespace {

struct Case {
  std::string expression, row, value, error;
  bool begun = false;
};

// Checks a case and says whether there was one.
bool run(const Case& c) {
  if (!c.begun) return false;
  const auto result = eval_json(c.expression, c.row);
  if (!c.value.empty()) {
    EXPECT_TRUE(result.has_value()) << (result ? "" : result.error().message);
    EXPECT_EQ(result.value_or(""), c.value);
    return true;
  }
  EXPECT_FALSE(c.error.empty()) << "the case has no answer";
  EXPECT_FALSE(result.has_value()) << *result;
  if (result || c.error.empty()) return true;
  const std::size_t space = c.error.find(' ');
  EXPECT_TRUE(result.error().message.starts_with(c.error.substr(0, space + 1)))
      << result.error().message;
  EXPECT_THAT(result.error().message, testing::HasSubstr(c.error.substr(space + 1)));
  return true;
}

int run_file(const std::filesystem::path& path) {
  std::ifstream file(path);
  std::string line;
  Case now;
  int count = 0;
  int number = 0;
  for (bool more = true; more;) {
    more = static_cast<bool>(std::getline(file, line));
    ++number;
    if (!more || line.empty()) {
      SCOPED_TRACE(path.filename().string() + ":" + std::to_string(number - 1) + ": " +
                   now.expression);
      count += run(now) ? 1 : 0;
      now = {};
    } else if (line.starts_with('>')) {
      if (now.begun) now.expression += '\n';
      now.expression += line.substr(std::min<std::size_t>(2, line.size()));
      now.begun = true;
    } else if (line.starts_with("row ")) {
      now.row = line.substr(4);
    } else if (line.starts_with("= ")) {
      now.value = line.substr(2);
    } else if (line.starts_with("! ")) {
      now.error = line.substr(2);
    } else {
      EXPECT_TRUE(line.starts_with('#')) << path << ":" << number << ": " << line;
    }
  }
  return count;
}

TEST(Golden, every_case_gives_what_it_says) {
  const std::filesystem::path folder = "tests/golden/expr";
  int count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() == ".txt") count += run_file(entry.path());
  }
  EXPECT_GT(count, 300);
}

// Lines of the guide such as: $ weir eval "size(name)" --row '{"name": "Ada"}', and the answer
// below.
TEST(Golden, examples_of_the_guide_are_true) {
  std::ifstream file("docs/guide/expressions.md");
  const std::string command = "$ weir eval \"";
  const std::string option = " --row '";
  int count = 0;
  for (std::string line; std::getline(file, line);) {
    if (!line.starts_with(command)) continue;
    const std::size_t end = line.find('"', command.size());
    ASSERT_NE(end, std::string::npos) << line;
    const std::size_t row = line.find(option, end);
    const std::size_t begin = row + option.size();
    const auto result =
        eval_json(line.substr(command.size(), end - command.size()),
                  row == std::string::npos ? "" : line.substr(begin, line.size() - begin - 1));
    std::string answer;
    std::getline(file, answer);
    EXPECT_EQ(result ? *result : result.error().message, answer) << line;
    ++count;
  }
  EXPECT_GE(count, 2);
}

}  // namespace
}  // namespace weir::expr
