// parse_json gives every value its type and tells where text is wrong; append_json writes what
// parse_json reads.
#include "data/json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "data/batch.h"

namespace weir::data {
namespace {

std::string json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

std::string error_of(std::string_view text) {
  const auto value = parse_json(text);
  return value ? "read as " + json(*value) : value.error().message;
}

TEST(Json, NumbersKeepTheTypeTheyAreWrittenAs) {
  EXPECT_EQ(*parse_json("7"), Value(7));
  EXPECT_EQ(*parse_json(" -0 "), Value(0));
  EXPECT_EQ(*parse_json("9223372036854775807"), Value(std::numeric_limits<std::int64_t>::max()));
  EXPECT_EQ(*parse_json("-9223372036854775808"), Value(std::numeric_limits<std::int64_t>::min()));
  EXPECT_EQ(*parse_json("18446744073709551615"), Value(std::numeric_limits<std::uint64_t>::max()));
  EXPECT_EQ(*parse_json("18446744073709551616"), Value(18446744073709551616.0));
  EXPECT_EQ(*parse_json("7.0"), Value(7.0));
  EXPECT_EQ(*parse_json("1e2"), Value(100.0));
}

TEST(Json, TreesKeepTheirOrder) {
  const auto value =
      parse_json(R"({"b": [1, 2.5, "x", null, true], "a": {"é\n": "\ud83d\ude00"}})");
  ASSERT_TRUE(value) << value.error().message;
  EXPECT_EQ(json(*value), R"({"b":[1,2.5,"x",null,true],"a":{"é\n":"😀"}})");
}

TEST(Json, ErrorsSayWhereAndWhat) {
  EXPECT_EQ(error_of("{\n  \"a\": nope}"),
            "2:8: not JSON; expected a value: object, list, string, number, true, false or null");
  EXPECT_EQ(error_of("[1, 2"), "1:1: an object or list without its end, or with text behind it");
  EXPECT_EQ(error_of(""), "1:1: no JSON, only blanks; expected a value");
  EXPECT_EQ(error_of("{\"a\":1,\"a\":2}"), "1:12: the key 'a' stands twice in an object");
  EXPECT_EQ(error_of("\"a\xff\""), "1:3: text that is not UTF-8");
  EXPECT_EQ(error_of("[1] 2"), "1:1: an object or list without its end, or with text behind it");
  EXPECT_EQ(error_of("\"a\" 2"), "1:5: more text after the end of the value");
  EXPECT_EQ(error_of("1 2"),
            "1:1: not a number as JSON writes it, or one beyond the range of a double");
}

TEST(Json, RefusesWhatRfc8259Refuses) {
  for (const char* text :
       {"01",        "+1",    ".5",  "1.",      "[1,]",        "{\"a\":}", "{a:1}",
        "'a'",       "NaN",   "tru", "\"\\x\"", "\"\\ud800\"", "\"a\nb\"", "[1 2]",
        "{\"a\" 1}", "1e999", "-",   "]",       "{,}",         "nul",      "\"abc"}) {
    EXPECT_FALSE(parse_json(text)) << text;
  }
}

TEST(Json, NestsAsDeepAsTheLimitAndNoDeeper) {
  const auto nested = [](std::size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(parse_json(nested(kJsonDepthMax)));
  EXPECT_FALSE(parse_json(nested(kJsonDepthMax + 1)));
  const auto deep = parse_json(nested(10'000));
  ASSERT_FALSE(deep);
  EXPECT_EQ(deep.error().code, base::Code::limit);
}

TEST(Json, WritesWhatIsNoJsonAsText) {
  EXPECT_EQ(json(Value(std::numeric_limits<double>::quiet_NaN())), "\"NaN\"");
  EXPECT_EQ(json(Value(-std::numeric_limits<double>::infinity())), "\"-Infinity\"");
  EXPECT_EQ(json(Value(1.0)), "1.0");
  EXPECT_EQ(json(Value(0.1)), "0.1");
  EXPECT_EQ(json(Value(1e300)), "1e+300");
  EXPECT_EQ(json(Value(Bytes{"weir"})), "\"d2Vpcg==\"");
  EXPECT_EQ(json(Value(Timestamp{1})), "\"1970-01-01T00:00:00.000000001Z\"");
  EXPECT_EQ(json(Value(Duration{90'000'000'000})), "\"1m30s\"");
  EXPECT_EQ(json(Value("a\"\\\x01")), "\"a\\\"\\\\\\u0001\"");
  EXPECT_EQ(json(Value(Map{{Value(1), Value("x")}})), "{\"1\":\"x\"}");
}

PacketRef packet(Codec codec, std::string_view bytes) {
  auto format = std::make_shared<StreamFormat>();
  format->codec = codec;
  auto made = std::make_shared<Packet>();
  made->format = std::move(format);
  made->bytes = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  return made;
}

TEST(Json, ARecordIsOneFlatObjectWithItsTimeAndDevice) {
  Dictionary devices;
  const Device camera = devices.id("camera-1");
  BatchBuilder builder(
      make_schema({{"intrusion.label", Kind::string},
                   {"people.objects", *parse_type("list<struct<label:string,score:float64>>")},
                   {"image", Kind::image},
                   {"packet", Kind::packet},
                   {"since", Kind::timestamp}}));
  builder.column(0).append_text("person");
  builder.column(1).append(*parse_json(R"([{"label": "person", "score": 1}])"));
  builder.column(2).append_null();
  builder.column(3).append_packet(packet(Codec::mjpeg, "jpeg"));
  builder.column(4).append_int64(0);
  builder.end_record(1'500'000'000, camera);
  builder.column(0).append_null();
  builder.column(1).append_null();
  builder.column(2).append_null();
  builder.column(3).append_packet(packet(Codec::h264, "nal"));
  builder.column(4).append_null();
  builder.end_record(2'000'000'000, camera);
  const Batch batch = builder.finish();

  std::string out;
  append_record_json(out, batch, 0, devices);
  EXPECT_EQ(
      out,
      R"({"time":"1970-01-01T00:00:01.500000000Z","device":"camera-1","intrusion.label":"person",)"
      R"("people.objects":[{"label":"person","score":1.0}],"packet":"anBlZw==","since":"1970-01-01T00:00:00.000000000Z"})");
  out.clear();
  append_record_json(out, batch.select({1}), 0, devices);
  EXPECT_EQ(
      out, R"({"time":"1970-01-01T00:00:02.000000000Z","device":"camera-1","intrusion.label":null,)"
           R"("people.objects":null,"since":null})");
}

}  // namespace
}  // namespace weir::data
