// Problems.
#include "net/http.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

using base::Code;

TEST(Problem, is_json_with_what_is_known) {
  const Response plain = problem(404, "Not found", "there is no device \"south gate\"");
  EXPECT_EQ(plain.status, 404);
  EXPECT_EQ(plain.type, "application/problem+json");
  EXPECT_EQ(plain.body, R"({"type":"about:blank","title":"Not found","status":404,)"
                        R"("detail":"there is no device \"south gate\""})"
                        "\n");
  const Response faults =
      problem(422, "Refused", "",
              {{.file = "a.yaml", .line = 3, .column = 7, .detail = "x"}, {.detail = "y"}});
  EXPECT_EQ(faults.body, R"({"type":"about:blank","title":"Refused","status":422,"errors":[)"
                         R"({"file":"a.yaml","line":3,"column":7,"detail":"x"},{"detail":"y"}]})"
                         "\n");
}

TEST(Problem, says_nothing_that_is_not_utf8) {
  EXPECT_NE(problem(400, "a", "b\xff").body.find("\"b\uFFFD\""), std::string::npos);
}

TEST(Problem, errors_have_a_status) {
  EXPECT_EQ(problem(base::Error{Code::unknown_name, "x"}).status, 404);
  EXPECT_EQ(problem(base::Error{Code::invalid, "x"}).status, 400);
  EXPECT_EQ(problem(base::Error{Code::conflict, "x"}).status, 409);
  EXPECT_EQ(problem(base::Error{Code::io, "x"}).status, 500);
  const Response later = problem(base::Error{Code::timeout, "x"});
  EXPECT_EQ(later.status, 503);
  EXPECT_EQ(later.headers, (decltype(later.headers){{"Retry-After", "1"}}));
}

TEST(Problem, diagnostics_are_faults_with_their_place) {
  data::Diagnostics diagnostics;
  for (std::size_t i = 0; i <= data::Diagnostics::kItemsMax; ++i)
    diagnostics.add("a.yaml", {.line = 1, .column = 2}, Code::invalid, "bad");
  const Response response = problem("Refused", diagnostics);
  EXPECT_EQ(response.status, 422);
  EXPECT_NE(response.body.find("1 more are not listed"), std::string::npos);
  EXPECT_NE(response.body.find(R"({"file":"a.yaml","line":1,"column":2,"detail":"bad"})"),
            std::string::npos);
}

TEST(Method, names_are_those_of_the_wire) {
  for (const Method method :
       {Method::get, Method::head, Method::post, Method::put, Method::patch, Method::del})
    EXPECT_EQ(method_named(name(method)), method);
  EXPECT_FALSE(method_named("get"));
  EXPECT_FALSE(method_named("TRACE"));
}

}  // namespace
}  // namespace weir::net
