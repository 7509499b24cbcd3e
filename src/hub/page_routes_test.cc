// The page is in the program as it is in the source, and loads nothing but itself.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "hub/page_files.h"
#include "hub/routes.h"

namespace weir::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr const char* kFolder = "src/hub/page";

std::string read(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

TEST(Page, is_in_the_program_as_it_is_in_the_source) {
  std::size_t count = 0;
  for (const auto& entry : std::filesystem::directory_iterator(kFolder)) {
    ++count;
    bool found = false;
    for (const PageFile& file : page_files()) {
      if (file.name != entry.path().filename().string()) continue;
      found = true;
      EXPECT_TRUE(file.bytes == read(entry.path())) << file.name;
    }
    EXPECT_TRUE(found) << entry.path();
  }
  EXPECT_EQ(page_files().size(), count);
  EXPECT_EQ(page_routes().size(), count);
}

TEST(Page, runs_nothing_but_its_own_script) {
  for (const net::Route& route : page_routes()) {
    const net::Response response = *route.handle({});
    const auto policy = std::ranges::find(response.headers, "Content-Security-Policy",
                                          &std::pair<std::string, std::string>::first);
    ASSERT_NE(policy, response.headers.end()) << route.pattern;
    EXPECT_THAT(policy->second, HasSubstr("default-src 'none'"));
    EXPECT_THAT(policy->second, Not(HasSubstr("unsafe")));
    for (const char* const risky : {"innerHTML", "outerHTML", "insertAdjacent", "eval(",
                                    "document.write", " style=", " onclick="}) {
      EXPECT_THAT(response.body, Not(HasSubstr(risky))) << route.pattern;
    }
  }
}

}  // namespace
}  // namespace weir::hub
