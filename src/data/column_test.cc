// Types, columns and batches.
#include "data/column.h"

#include <gtest/gtest.h>

#include "data/batch.h"
#include "data/dictionary.h"

namespace weir::data {
namespace {

const Type kDetection = Type::structure({{"label", Kind::string}, {"score", Kind::float64}});

TEST(Type, names_read_back) {
  for (const char* name :
       {"bool", "int64", "float64", "string", "bytes", "timestamp", "duration", "image", "packet",
        "value", "list<int64>", "list<struct<label:string,score:float64>>",
        "struct<a:list<bool>,b:struct<c:int64>>"}) {
    const auto type = parse_type(name);
    ASSERT_TRUE(type) << name;
    EXPECT_EQ(type->name(), name);
  }
  for (const char* name : {"", "int", "list", "list<", "list<int64", "list<int64>>", "struct<>",
                           "struct<a>", "int64 "}) {
    EXPECT_FALSE(parse_type(name)) << name;
  }
  std::string deep;
  for (int i = 0; i < 100'000; ++i) deep += "list<";
  EXPECT_FALSE(parse_type(deep));
}

// One value of each kind that a Value can hold, and null.
TEST(Column, keeps_values_and_nulls_of_every_kind) {
  const std::vector<std::pair<Type, Value>> kCases = {
      {Kind::boolean, true},
      {Kind::int64, std::int64_t{-7}},
      {Kind::float64, 2.5},
      {Kind::string, "text"},
      {Kind::bytes, Bytes{std::string("\0\1", 2)}},
      {Kind::timestamp, Timestamp{5}},
      {Kind::duration, Duration{-5}},
      {Type::list(Kind::int64), List{std::int64_t{1}, std::int64_t{2}}},
      {kDetection, Map{{"label", "dog"}, {"score", 0.5}}},
      {Type::list(kDetection), List{Map{{"label", "dog"}, {"score", Value()}}}},
      {Kind::value, Map{{"any", List{true, "thing"}}}},
  };
  for (const auto& [type, value] : kCases) {
    ColumnBuilder builder(type);
    for (int i = 0; i < 20; ++i)
      ASSERT_TRUE(builder.append(i % 3 == 1 ? Value() : value)) << type.name();
    const ColumnRef column = builder.finish();
    ASSERT_EQ(column->size(), 20u);
    EXPECT_EQ(column->null_count(), 7u) << type.name();
    const std::vector<std::uint32_t> rows = {0, 1, 19};
    const ColumnRef taken = take(*column, rows);
    for (std::size_t i = 0; i < 20; ++i)
      EXPECT_EQ(column->value(i), i % 3 == 1 ? Value() : value) << type.name();
    for (std::size_t i = 0; i < rows.size(); ++i)
      EXPECT_EQ(taken->value(i), column->value(rows[i])) << type.name();
    EXPECT_EQ(builder.size(), 0u);
    ASSERT_TRUE(builder.append(value));
    EXPECT_EQ(builder.finish()->value(0), value) << "a builder starts anew: " << type.name();
  }
}

TEST(Column, what_does_not_fit_is_refused_whole) {
  ColumnBuilder builder(Type::list(kDetection));
  EXPECT_FALSE(builder.append(List{Map{{"label", "dog"}}, Map{{"score", "high"}}}));
  EXPECT_EQ(builder.size(), 0u);
  EXPECT_EQ(builder.child(0).size(), 0u);
  EXPECT_FALSE(ColumnBuilder(Kind::int64).append(2.5));
  EXPECT_TRUE(ColumnBuilder(Kind::float64).append(2));
  EXPECT_TRUE(ColumnBuilder(Kind::timestamp).append("2024-01-01T00:00:00Z"));
  EXPECT_FALSE(ColumnBuilder(Kind::timestamp).append("yesterday"));
}

TEST(Column, the_first_null_may_come_at_any_row) {
  for (std::size_t at = 0; at < 20; ++at) {
    ColumnBuilder builder(Kind::int64);
    for (std::size_t i = 0; i < 20; ++i) i == at ? builder.append_null() : builder.append_int64(1);
    const ColumnRef column = builder.finish();
    for (std::size_t i = 0; i < 20; ++i) EXPECT_EQ(column->is_null(i), i == at);
  }
}

Batch numbers(std::size_t count) {
  BatchBuilder builder(make_schema({{"n", Kind::int64}}));
  for (std::size_t i = 0; i < count; ++i) {
    builder.column(0).append_int64(static_cast<std::int64_t>(i));
    builder.end_record(static_cast<std::int64_t>(i) * 10, static_cast<Device>(i % 2));
  }
  return builder.finish();
}

TEST(Batch, a_selection_copies_nothing_and_compacts_to_the_same) {
  const Batch all = numbers(10);
  const Batch some = all.select({1, 4, 9});
  EXPECT_EQ(&some.column(0), &all.column(0));
  ASSERT_EQ(some.size(), 3u);
  EXPECT_EQ(some.time_ns(1), 40);
  EXPECT_EQ(some.device(2), 1u);
  const Batch last = some.slice(1, 2);
  EXPECT_EQ(last.row(0), 4u);
  const Batch compact = last.compact();
  EXPECT_TRUE(compact.selects_all());
  ASSERT_EQ(compact.size(), 2u);
  for (std::size_t i = 0; i < 2; ++i) {
    EXPECT_EQ(compact.column(0).int64s()[i], last.column(0).int64s()[last.row(i)]);
    EXPECT_EQ(compact.time_ns(i), last.time_ns(i));
  }
  EXPECT_TRUE(all.slice(0, 0).empty());
  EXPECT_TRUE(Batch().empty());
}

TEST(Dictionary, gives_each_name_one_number) {
  Dictionary names;
  const auto a = names.id("a");
  const auto b = names.id("b");
  EXPECT_NE(a, b);
  EXPECT_EQ(names.id("a"), a);
  EXPECT_EQ(names.name(b), "b");
  EXPECT_FALSE(names.find("c"));
}

TEST(Region, knows_rectangles_bounds_and_inside) {
  const Region rectangle{{{0.2, 0.2}, {0.6, 0.2}, {0.6, 0.8}, {0.2, 0.8}}};
  EXPECT_TRUE(rectangle.upright_rectangle());
  EXPECT_TRUE(rectangle.contains({0.3, 0.5}));
  EXPECT_FALSE(rectangle.contains({0.7, 0.5}));
  const Region kite{{{0.5, 0.1}, {0.9, 0.5}, {0.5, 0.9}, {0.1, 0.5}}};
  EXPECT_FALSE(kite.upright_rectangle());
  EXPECT_TRUE(kite.contains({0.5, 0.5}));
  EXPECT_FALSE(kite.contains({0.15, 0.15}));
  EXPECT_DOUBLE_EQ(kite.bounds().x, 0.1);
  EXPECT_DOUBLE_EQ(kite.bounds().width, 0.8);
  const Region folded{{{0, 0}, {1, 1}, {1, 0}, {0, 1}}};  // crosses itself
  EXPECT_FALSE(folded.upright_rectangle());
}

}  // namespace
}  // namespace weir::data
