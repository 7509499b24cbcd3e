// JSON written piece by piece is JSON.
#include "data/json_writer.h"

#include <gtest/gtest.h>

#include <limits>
#include <utility>

#include "data/json.h"

namespace weir::data {
namespace {

TEST(JsonWriter, writes_what_it_is_told) {
  JsonWriter json;
  json.begin_object()
      .text("name", "a\"\n")
      .text_if("absent", "")
      .number("least", std::numeric_limits<std::int64_t>::min())
      .count("most", std::numeric_limits<std::uint64_t>::max())
      .real("half", 0.5)
      .flag("yes", true)
      .time("start", 0)
      .begin_list("list");
  json.number("", 1).raw("", "{\"x\":2}").begin_object().end().begin_list().end().end();
  json.begin_object("object").end().end();
  const std::string text = std::move(json).take();
  EXPECT_EQ(text,
            "{\"name\":\"a\\\"\\n\",\"least\":-9223372036854775808,\"most\":18446744073709551615,"
            "\"half\":0.5,\"yes\":true,\"start\":\"1970-01-01T00:00:00.000000000Z\","
            "\"list\":[1,{\"x\":2},{},[]],\"object\":{}}");
  EXPECT_TRUE(parse_json(text).has_value());
}

TEST(JsonWriter, writes_json_whatever_bytes_a_text_holds) {
  JsonWriter json;
  json.begin_object().text("error", "caf\xE9 \xE2\x82").end();
  const std::string text = std::move(json).take();
  EXPECT_EQ(text, "{\"error\":\"caf\uFFFD \uFFFD\uFFFD\"}");
  EXPECT_TRUE(parse_json(text).has_value());
}

TEST(JsonWriterDeathTest, stops_at_mistakes_of_ours) {
  EXPECT_DEATH(JsonWriter().begin_object().number("", 1), "key");
  EXPECT_DEATH(JsonWriter().begin_list().number("a", 1), "key");
  EXPECT_DEATH(JsonWriter().end(), "empty");
  EXPECT_DEATH(std::move(JsonWriter().begin_list()).take(), "empty");
}

}  // namespace
}  // namespace weir::data
