// JSON lines become records whatever pieces they come in; a bad line costs itself.
#include "data/json_lines.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/records_test.h"

namespace weir::data {
namespace {

struct ReadLines {
  std::string types, records;
};

ReadLines read_lines(std::string text, RecordOptions options = {}, std::size_t piece = 1 << 20,
                     std::size_t rows_max = 100) {
  Dictionary devices;
  options.device = devices.id("input");
  auto reader = open_json_lines(read_text(std::move(text), piece), options, devices);
  if (!reader) return {"error", reader.error().message};
  std::string types;
  for (const Field& field : (*reader)->schema()->fields())
    types += field.name + ":" + field.type.name() + " ";
  return {types, drain(**reader, devices, rows_max)};
}

constexpr const char* kMixedLines =
    "{\"time\": \"2026-01-01T00:00:00Z\", \"device\": \"a\", \"n\": 1, \"x\": 1, \"ok\": true, "
    "\"s\": \"t\"}\n"
    "\n"
    "{\"time\": \"2026-01-01T00:00:01Z\", \"x\": 2.5, \"n\": 2, \"at\": \"2026-01-01T00:00:00Z\", "
    "\"l\": [1, 2], \"m\": {\"k\": 1}}\r\n"
    "{\"time\": \"2026-01-01T00:00:02Z\", \"s\": null, \"either\": 1}\n"
    "{\"time\": \"2026-01-01T00:00:03Z\", \"either\": \"one\"}";

TEST(JsonLines, TypesComeFromTheFirstRows) {
  const ReadLines got = read_lines(kMixedLines);
  EXPECT_EQ(got.types,
            "n:int64 x:float64 ok:bool s:string at:timestamp l:list<int64> m:struct<k:int64> "
            "either:value ");
  EXPECT_EQ(
      got.records,
      R"({"time":"2026-01-01T00:00:00.000000000Z","device":"a","n":1,"x":1.0,"ok":true,"s":"t","at":null,"l":null,"m":null,"either":null})"
      "\n"
      R"({"time":"2026-01-01T00:00:01.000000000Z","device":"input","n":2,"x":2.5,"ok":null,"s":null,"at":"2026-01-01T00:00:00.000000000Z","l":[1,2],"m":{"k":1},"either":null})"
      "\n"
      R"({"time":"2026-01-01T00:00:02.000000000Z","device":"input","n":null,"x":null,"ok":null,"s":null,"at":null,"l":null,"m":null,"either":1})"
      "\n"
      R"({"time":"2026-01-01T00:00:03.000000000Z","device":"input","n":null,"x":null,"ok":null,"s":null,"at":null,"l":null,"m":null,"either":"one"})"
      "\n");
}

TEST(JsonLines, PiecesAndPortionsMeanNothing) {
  const std::string whole = read_lines(kMixedLines).records;
  for (const std::size_t piece : {1, 7, 64}) {
    for (const std::size_t rows_max : {1, 2})
      EXPECT_EQ(read_lines(kMixedLines, {}, piece, rows_max).records, whole);
  }
}

TEST(JsonLines, WhatIsWrittenIsReadBackTheSame) {
  const std::string once = read_lines(kMixedLines).records;
  EXPECT_EQ(read_lines(once).records, once);
}

TEST(JsonLines, ABadLineCostsItself) {
  const ReadLines got = read_lines(
      "{\"time\": \"2026-01-01T00:00:00Z\", \"n\": 1}\n"
      "{\"time\": \"2026-01-01T00:00:00Z\", \"n\": 1,}\n"
      "[1]\n"
      "{\"n\": 2}\n"
      "{\"time\": \"yesterday\", \"n\": 2}\n"
      "{\"time\": \"2026-01-01T00:00:00Z\", \"n\": 3, \"n\": 4}\n"
      "{\"time\": \"2026-01-01T00:00:00Z\", \"n\": 5} x\n"
      "{\"time\": \"2026-01-01T00:00:01Z\", \"n\": 6}\n");
  EXPECT_EQ(
      got.records,
      "{\"time\":\"2026-01-01T00:00:00.000000000Z\",\"device\":\"input\",\"n\":1}\n"
      "{\"time\":\"2026-01-01T00:00:01.000000000Z\",\"device\":\"input\",\"n\":6}\n"
      "line 2: not JSON; expected a value: object, list, string, number, true, false or null\n"
      "line 3: a value that is no object; expected {…}\n"
      "line 4: no 'time'; expected the record's time in RFC 3339\n"
      "line 5: 'time' is \"yesterday\"; expected a time in RFC 3339 between 1678 "
      "and 2261, such as 2013-12-02T21:15:00Z\n"
      "line 6: the key 'n' stands twice in an object\n"
      "line 7: an object or list without its end, or with text behind it\n");
}

TEST(JsonLines, AValueOfAnotherTypeThanTheFirstRowsIsABadLine) {
  std::string text;
  for (std::size_t i = 0; i < kInferRowsMax; ++i) text += "{\"n\": 1, \"m\": {\"k\": 1}}\n";
  const ReadLines got =
      read_lines(text + "{\"n\": \"many\"}\n{\"m\": {\"k\": false}}\n{\"n\": 2.5}\n");
  const std::string tail = got.records.substr(got.records.find("line"));
  EXPECT_EQ(tail,
            "line 1001: 'n' is \"many\"; expected int64\n"
            "line 1002: 'm' is {\"k\":false}; expected struct<k:int64>\n"
            "line 1003: 'n' is 2.5; expected int64\n");
}

TEST(JsonLines, ATypeThatWasTakenFromTheFirstRowsIsCalledThat) {
  RecordOptions options;
  options.types = Types::from_first_rows;
  std::string text;
  for (std::size_t i = 0; i < kInferRowsMax; ++i) text += "{\"n\": 1}\n";
  EXPECT_THAT(read_lines(text + "{\"n\": 2.5}\n", options).records,
              testing::EndsWith("line 1001: 'n' is 2.5; expected int64, as in the first rows; "
                                "`columns` of file_input, or the product, can name another "
                                "type\n"));
  text.erase(0, text.find('\n') + 1);  // one row fewer: the last one is looked at, too
  EXPECT_THAT(read_lines(text + "{\"n\": 2.5}\n", options).records,
              testing::EndsWith("\"n\":2.5}\n"));
}

TEST(JsonLines, AGivenSchemaDecides) {
  RecordOptions options;
  options.schema =
      *parse_columns("x: float64, when: timestamp, took: duration, raw: bytes, rest: value");
  const ReadLines got = read_lines(
      "{\"x\": 1, \"when\": \"2026-01-01 00:00:00\", \"took\": \"1m30s\", \"raw\": \"d2Vpcg==\", "
      "\"rest\": [1, \"a\"], "
      "\"other\": 3}\n{\"x\": \"NaN\"}\n{\"raw\": \"?\"}\n",
      options);
  EXPECT_EQ(
      got.records,
      R"({"time":"1970-01-01T00:00:00.000000000Z","device":"input","x":1.0,"when":"2026-01-01T00:00:00.000000000Z","took":"1m30s","raw":"d2Vpcg==","rest":[1,"a"]})"
      "\n"
      R"({"time":"1970-01-01T00:00:01.000000000Z","device":"input","x":"NaN","when":null,"took":null,"raw":null,"rest":null})"
      "\n"
      "line 3: 'raw' is \"?\"; expected bytes\n");
}

TEST(JsonLines, RowsWithoutATimeComeAtTheGivenDistance) {
  RecordOptions options;
  options.start_ns = 60'000'000'000;
  options.interval_ns = 500'000'000;
  EXPECT_EQ(read_lines("{\"n\":1}\n{\"n\":2}\n", options).records,
            "{\"time\":\"1970-01-01T00:01:00.000000000Z\",\"device\":\"input\",\"n\":1}\n"
            "{\"time\":\"1970-01-01T00:01:00.500000000Z\",\"device\":\"input\",\"n\":2}\n");
}

TEST(JsonLines, ANamedTimeFieldStaysAColumn) {
  RecordOptions options;
  options.time_column = "measured";
  EXPECT_EQ(read_lines("{\"measured\": \"2026-01-01 00:00:00\"}\n", options).records,
            "{\"time\":\"2026-01-01T00:00:00.000000000Z\",\"device\":\"input\",\"measured\":\"2026-"
            "01-01T00:00:00.000000000Z\"}\n");
  options.time_column = "seen";
  EXPECT_EQ(read_lines("{\"measured\": 1}\n", options).records,
            "no field 'seen' to take the time from; the first rows have: measured");
}

TEST(JsonLines, AnOverlongLineIsPassedOver) {
  const std::string text =
      "{\"n\": 1}\n{\"n\": \"" + std::string(kLineBytesMax, 'x') + "\"}\n{\"n\": 3}\n";
  const ReadLines got = read_lines(text);
  EXPECT_NE(got.records.find("line 2: a line of more than"), std::string::npos);
  EXPECT_NE(got.records.find("\"n\":3"), std::string::npos);
}

TEST(JsonLines, AnOverlongFirstLineIsPassedOverAsWell) {
  const std::string overlong = "{\"n\": \"" + std::string(kLineBytesMax, 'x') + "\"}\n";
  EXPECT_EQ(read_lines(overlong + "\n" + overlong + "{\"n\": 4}\n").records,
            "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"device\":\"input\",\"n\":4}\n"
            "line 1: a line of more than 16777216 bytes; expected one object a line\n"
            "line 3: a line of more than 16777216 bytes; expected one object a line\n");
  EXPECT_EQ(read_lines(overlong).records,
            "no JSON lines: a line of more than 16777216 bytes; expected one object a line");
}

TEST(JsonLines, ATimestampIsTheTimeWhereAtLeastHalfOfTheFirstRowsHoldOne) {
  const std::string good = "{\"timestamp\": \"2026-01-01T00:00:00Z\", \"n\": 1}\n";
  const ReadLines got = read_lines(good + "{\"timestamp\": \"x\", \"n\": 2}\n" + good);
  EXPECT_EQ(got.types, "timestamp:timestamp n:int64 ");
  EXPECT_THAT(got.records,
              testing::EndsWith("line 2: 'timestamp' is \"x\"; expected a time in RFC 3339 between "
                                "1678 and 2261, such as 2013-12-02T21:15:00Z\n"));
  EXPECT_EQ(read_lines("{\"timestamp\": 1}\n{\"timestamp\": null}\n").types, "timestamp:int64 ");
}

TEST(JsonLines, AnEmptyNameIsAFieldLikeOthers) {
  const ReadLines got = read_lines("{\"\": 5, \"a\": 1}\n");
  EXPECT_EQ(got.types, ":int64 a:int64 ");
  EXPECT_EQ(got.records,
            "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"device\":\"input\",\"\":5,\"a\":1}"
            "\n");
}

TEST(JsonLines, ABatchEndsWhereItsLinesHaveReachedTheLimit) {
  std::string text;
  const std::string line = "{\"s\": \"" + std::string(kBatchBytesMax / 2, 'x') + "\"}\n";
  for (int i = 0; i < 5; ++i) text += line;
  Dictionary devices;
  auto reader = open_json_lines(read_text(std::move(text), 1 << 20), {}, devices);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(batch_sizes(**reader), (std::vector<std::size_t>{2, 2, 1}));
}

TEST(JsonLines, OtherTextIsNamedAtTheStart) {
  EXPECT_EQ(read_lines("hello\nworld\n").records,
            "no JSON lines: 1:1: not JSON; expected a value: object, list, string, number, true, "
            "false or null; expected one object "
            "a line");
  EXPECT_EQ(read_lines("").records, "");
}

TEST(JsonLines, AnErrorOfTheBytesEndsReading) {
  Dictionary devices;
  bool first = true;
  auto reader = open_json_lines(
      [&](std::span<char> into) -> base::Result<std::size_t> {
        if (!first) return base::fail(base::Code::io, "the disk is gone");
        first = false;
        std::memcpy(into.data(), "{}\n", 3);
        return 3;
      },
      {}, devices);
  ASSERT_FALSE(reader);
  EXPECT_EQ(reader.error().message, "the disk is gone");
}

}  // namespace
}  // namespace weir::data
