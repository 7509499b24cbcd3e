// What a person reads when a server is not there.
#include "cli/server.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;

TEST(Server, says_where_nobody_is_reached) {
  Server server("http://127.0.0.1:1");  // tcpmux, which nothing serves
  const auto answer = server.get("/api/v1/status");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, base::Code::network);
  EXPECT_THAT(answer.error().message,
              AllOf(HasSubstr("http://127.0.0.1:1"), HasSubstr("--server")));
}

TEST(Server, is_named_by_the_command_line_before_anything_else) {
  EXPECT_EQ(server_url("http://hub:8080//", 1), "http://hub:8080");
}

}  // namespace
}  // namespace weir::cli
