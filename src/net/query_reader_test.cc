// Parameters of a query: taken, and mistakes in them told.
#include "net/query_reader.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::net {
namespace {

using ::testing::HasSubstr;

Request asking(TextMap query) {
  Request request;
  request.query = std::move(query);
  return request;
}

TEST(QueryReader, takes_what_is_there) {
  const Request request = asking({{"device", "north gate"},
                                  {"limit", "20"},
                                  {"since", "1970-01-01T01:00:00+01:00"},
                                  {"acknowledged", "false"}});
  QueryReader query(request);
  EXPECT_EQ(query.text("device"), "north gate");
  EXPECT_EQ(query.count("limit", 20), 20U);
  EXPECT_EQ(query.time_ns("since"), 0);
  EXPECT_EQ(query.flag("acknowledged"), false);
  EXPECT_FALSE(query.text("node"));
  EXPECT_FALSE(query.count("after", 1));
  EXPECT_FALSE(query.time_ns("until"));
  EXPECT_FALSE(query.flag("other"));
  EXPECT_TRUE(query.finish().has_value());
}

TEST(QueryReader, tells_the_first_mistake) {
  const auto mistake = [](TextMap parameters) {
    const Request request = asking(std::move(parameters));
    QueryReader query(request);
    (void)query.count("limit", 20);
    (void)query.time_ns("since");
    (void)query.flag("acknowledged");
    const auto finished = query.finish();
    return finished ? std::string() : finished.error().message;
  };
  for (const char* const limit : {"21", "-1", "1.0", "", "18446744073709551616", "1 "}) {
    EXPECT_THAT(mistake({{"limit", limit}}), HasSubstr("a whole number, at most 20")) << limit;
  }
  EXPECT_EQ(mistake({{"since", "yesterday"}}),
            "'since' of the query is 'yesterday', expected a time such as 2026-01-31T08:00:00Z");
  EXPECT_THAT(mistake({{"acknowledged", "yes"}}), HasSubstr("true or false"));
  EXPECT_EQ(mistake({{"limits", "1"}}),
            "the query has no parameter 'limits' (did you mean 'limit'?)");
}

}  // namespace
}  // namespace weir::net
