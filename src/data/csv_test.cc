// CSV becomes records whatever pieces it comes in, quotes and line ends included; a bad row costs
// itself.
#include "data/csv.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/records_test.h"

namespace weir::data {
namespace {

struct Read {
  std::string types, records, csv;
};

Read read(std::string text, RecordOptions options = {}, std::size_t piece = 1 << 20,
          std::size_t rows_max = 100) {
  Dictionary devices;
  options.device = devices.id("input");
  auto reader = open_csv(read_text(text, piece), options, devices);
  if (!reader) return {"error", reader.error().message, ""};
  Read got;
  for (const Field& field : (*reader)->schema()->fields())
    got.types += field.name + ":" + field.type.name() + " ";
  got.records = drain(**reader, devices, rows_max);

  auto again = open_csv(read_text(text, piece), options, devices);
  append_csv_header(got.csv, *(*again)->schema());
  for (bool ended = false; !ended;) {
    const auto rows = (*again)->read(rows_max);
    for (std::size_t i = 0; i < rows->batch.size(); ++i)
      append_csv_record(got.csv, rows->batch, i, devices);
    ended = rows->ended;
  }
  return got;
}

constexpr const char* kMixed =
    "\xEF\xBB\xBFtimestamp,value,ok,note,code,n\r\n"
    "2013-12-02 21:15:00,73.96,true,\"a, \"\"b\"\"\r\nc\",007,1\r\n"
    "\r\n"
    "2013-12-02 21:20:00,74,false,\"\",008,\r\n"
    "2013-12-02 21:25:00,75,,5\" pipe,009,3";

TEST(Csv, TypesComeFromTheFirstRows) {
  const Read got = read(kMixed);
  EXPECT_EQ(got.types,
            "timestamp:timestamp value:float64 ok:bool note:string code:string n:int64 ");
  EXPECT_EQ(
      got.records,
      R"({"time":"2013-12-02T21:15:00.000000000Z","device":"input","timestamp":"2013-12-02T21:15:00.000000000Z","value":73.96,"ok":true,"note":"a, \"b\"\r\nc","code":"007","n":1})"
      "\n"
      R"({"time":"2013-12-02T21:20:00.000000000Z","device":"input","timestamp":"2013-12-02T21:20:00.000000000Z","value":74.0,"ok":false,"note":"","code":"008","n":null})"
      "\n"
      R"({"time":"2013-12-02T21:25:00.000000000Z","device":"input","timestamp":"2013-12-02T21:25:00.000000000Z","value":75.0,"ok":null,"note":"5\" pipe","code":"009","n":3})"
      "\n");
}

TEST(Csv, ATimestampIsTheTimeWhereAtLeastHalfOfTheFirstRowsHoldOne) {
  const Read got = read(
      "timestamp,n\n2026-01-01 00:00:00,1\nn/a,2\n9999-12-31T00:00:00Z,3\n"
      "2026-01-01 00:00:01,4\n,5\n");
  EXPECT_EQ(got.types, "timestamp:timestamp n:int64 ");
  EXPECT_THAT(got.records, testing::StartsWith("{\"time\":\"2026-01-01T00:00:00.000000000Z\""));
  EXPECT_THAT(got.records, testing::HasSubstr("line 3: 'timestamp' is \"n/a\"; expected a time"));
  EXPECT_THAT(got.records, testing::HasSubstr("line 4: 'timestamp' is \"9999-12-31T00:00:00Z\"; "
                                              "expected a time in RFC 3339 between 1678 and 2261"));
  EXPECT_THAT(got.records, testing::HasSubstr("line 6: no 'timestamp'"));
  EXPECT_EQ(read("timestamp,n\nsoon,1\nlater,2\n2026-01-01 00:00:00,3\n").types,
            "timestamp:string n:int64 ");
}

TEST(Csv, WholeNumbersKeepAllTheirDigits) {
  EXPECT_EQ(read("a,b,c,d\n9007199254740993,9007199254740993,1,9007199254740993\n"
                 "18446744073709551615,1,18446744073709551616,0.5\n")
                .types,
            "a:string b:int64 c:float64 d:float64 ");
  EXPECT_THAT(read("id\n9007199254740993\n-18446744073709551615\n").records,
              testing::AllOf(testing::HasSubstr("\"id\":\"9007199254740993\""),
                             testing::HasSubstr("\"id\":\"-18446744073709551615\"")));
}

TEST(Csv, PiecesAndPortionsMeanNothing) {
  const std::string whole = read(kMixed).records;
  for (const std::size_t piece : {1, 3, 50}) {
    for (const std::size_t rows_max : {1, 2})
      EXPECT_EQ(read(kMixed, {}, piece, rows_max).records, whole);
  }
}

TEST(Csv, WhatIsWrittenIsReadBackTheSame) {
  const Read once = read(kMixed);
  const Read again = read(once.csv);
  EXPECT_EQ(again.records, once.records);
  EXPECT_EQ(again.csv, once.csv);
}

TEST(Csv, ABadRowCostsItself) {
  const Read got = read(
      "n,s\n"
      "1,a\n"
      "2\n"
      "3,\"b\"c\n"
      "4,\"never closed\n"
      "5,\"two\nlines\"\n"
      "6,\xff\n"
      "7,g\n"
      "8,\"open\n");
  EXPECT_EQ(
      got.records,
      "{\"time\":\"1970-01-01T00:00:00.000000000Z\",\"device\":\"input\",\"n\":1,\"s\":\"a\"}\n"
      "{\"time\":\"1970-01-01T00:00:01.000000000Z\",\"device\":\"input\",\"n\":5,\"s\":"
      "\"two\\nlines\"}\n"
      "{\"time\":\"1970-01-01T00:00:02.000000000Z\",\"device\":\"input\",\"n\":7,\"s\":\"g\"}\n"
      "line 3: 1 fields; the header has 2\n"
      "line 4: text after a closing quote; expected a comma or the line's end\n"
      "line 5: text after a closing quote; expected a comma or the line's end\n"
      "line 8: text that is not UTF-8\n"
      "line 10: a quote that is never closed\n");
}

TEST(Csv, AGivenSchemaPicksColumnsAndTypes) {
  RecordOptions options;
  options.schema = *parse_columns("n: float64, l: list<int64>");
  options.time_column = "at";
  const Read got =
      read("at,n,l,rest\n2026-01-01 00:00:00,1,\"[1,2]\",x\n2026-01-01 00:00:01,two,,x\n,3,,\n",
           options);
  EXPECT_EQ(got.types, "n:float64 l:list<int64> ");
  EXPECT_EQ(
      got.records,
      "{\"time\":\"2026-01-01T00:00:00.000000000Z\",\"device\":\"input\",\"n\":1.0,\"l\":[1,2]}\n"
      "line 3: 'n' is \"two\"; expected float64\n"
      "line 4: no 'at'; expected the record's time in RFC 3339\n");
  options.schema = *parse_columns("n: float64, absent: string");
  EXPECT_EQ(read("at,n\n2026-01-01 00:00:00,1\n", options).records,
            "{\"time\":\"2026-01-01T00:00:00.000000000Z\",\"device\":\"input\",\"n\":1.0,"
            "\"absent\":null}\n");
  options.schema = *parse_columns("m: float64");
  EXPECT_EQ(read("at,n\n", options).records, "none of the columns m; there are: at, n");
}

TEST(Csv, HeadersThatNameNothingAreRefused) {
  EXPECT_EQ(read("").records, "no CSV: nothing is there; expected a row with the columns' names");
  EXPECT_EQ(read("a,a\n1,2\n").records, "the CSV header has 'a' twice");
  EXPECT_EQ(read(",a\n1,2\n").types, "column_1:int64 a:int64 ");
}

TEST(Csv, AnOverlongRowIsPassedOver) {
  const Read got = read("n,s\n1,a\n2,\"" + std::string(kLineBytesMax, 'x') + "\n3,c\n");
  EXPECT_NE(got.records.find("line 3: a row of more than"), std::string::npos)
      << got.records.substr(0, 400);
  EXPECT_NE(got.records.find("\"n\":3"), std::string::npos);
}

TEST(Csv, ABatchEndsWhereItsRowsHaveReachedTheLimit) {
  std::string text = "s\n";
  for (int i = 0; i < 5; ++i) text += std::string(kBatchBytesMax / 2, 'x') + "\n";
  Dictionary devices;
  auto reader = open_csv(read_text(std::move(text), 1 << 20), {}, devices);
  ASSERT_TRUE(reader) << reader.error().message;
  EXPECT_EQ(batch_sizes(**reader), (std::vector<std::size_t>{2, 2, 1}));
}

TEST(Records, ColumnsAreReadAsNamesAndTypes) {
  const auto schema = parse_columns(" a : list<struct<x: int64, y: string>> , b: value");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ((*schema)->field(0).type.name(), "list<struct<x:int64,y:string>>");
  EXPECT_EQ((*schema)->field(1).name, "b");
  EXPECT_EQ((*parse_columns(""))->size(), 0U);
  for (const char* bad :
       {"a", "a:", "a: number", "a: image", "time: timestamp", "a: bool, a: bool", ", a: bool"}) {
    EXPECT_FALSE(parse_columns(bad)) << bad;
  }
}

TEST(Records, TimesMayLackTheirZone) {
  EXPECT_EQ(*parse_time_ns("2013-12-02 21:15:00"), *parse_time_ns("2013-12-02T21:15:00Z"));
  EXPECT_EQ(*parse_time_ns("1970-01-01T00:00:00.5"), 500'000'000);
  EXPECT_FALSE(parse_time_ns("2013-12-02"));
}

}  // namespace
}  // namespace weir::data
