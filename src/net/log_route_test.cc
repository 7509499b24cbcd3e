// Log lines over HTTP, by number.
#include "net/log_route.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::net {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class LogRoute : public ::testing::Test {
 protected:
  Response ask(TextMap query) {
    const auto answer = try_ask(std::move(query));
    EXPECT_TRUE(answer) << answer.error().message;
    return answer.value_or(Response{});
  }
  base::Result<Response> try_ask(TextMap query) {
    Request request;
    request.query = std::move(query);
    return log_route(recent_).handle(request);
  }

  base::MemoryLog memory_;
  base::ManualClock clock_{1'000'000'000};
  base::RecentLog recent_{memory_, clock_};
};

TEST_F(LogRoute, gives_lines_after_a_number) {
  recent_.write(base::Level::info, "hub", "first", {});
  recent_.write(base::Level::warning, "link", "second", {{"node", "a b"}});
  const Response all = ask({});
  EXPECT_EQ(all.status, 200);
  EXPECT_EQ(all.body,
            R"({"lines":[{"number":1,"time":"1970-01-01T00:00:01.000000000Z","level":"info",)"
            R"("component":"hub","text":"INFO hub first"},{"number":2,)"
            R"("time":"1970-01-01T00:00:01.000000000Z","level":"warning","component":"link",)"
            R"("text":"WARNING link second node=\"a b\""}],"newest":2})");
  EXPECT_THAT(ask({{"after", "1"}}).body, Not(HasSubstr("first")));
  EXPECT_THAT(ask({{"after", "0"}, {"limit", "1"}}).body, Not(HasSubstr("second")));
  EXPECT_THAT(ask({{"limit", "1"}}).body, Not(HasSubstr("first")));
  EXPECT_EQ(ask({{"after", "2"}}).body, R"({"lines":[],"newest":2})");
}

TEST_F(LogRoute, is_readable_whatever_a_line_holds) {
  recent_.write(base::Level::info, "hub",
                "a\xff\xfe"
                "b\xc3",
                {});
  EXPECT_THAT(ask({}).body, HasSubstr("\"text\":\"INFO hub a\uFFFD\uFFFD"
                                      "b\uFFFD\""));
}

TEST_F(LogRoute, is_empty_at_first) {
  EXPECT_EQ(ask({}).body, R"({"lines":[],"newest":0})");
}

TEST_F(LogRoute, refuses_what_it_does_not_know) {
  EXPECT_EQ(try_ask({{"after", "x"}}).error().code, base::Code::invalid);
  EXPECT_EQ(try_ask({{"limit", "1001"}}).error().code, base::Code::invalid);
  EXPECT_EQ(try_ask({{"since", "1"}}).error().code, base::Code::invalid);
}

}  // namespace
}  // namespace weir::net
