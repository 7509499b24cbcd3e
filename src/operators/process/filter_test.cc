// filter keeps what its condition holds for, counts what it cannot say, and rejects what errs.
#include <gtest/gtest.h>

#include "operators/harness_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

data::Batch scores(const Harness& harness) {
  data::BatchBuilder builder(data::make_schema(
      {{"label", data::Kind::string}, {"score", data::Kind::float64}, {"n", data::Kind::int64}}));
  const auto add = [&](std::string_view label, double score, std::int64_t n, std::int64_t time_ns) {
    builder.column(0).append_text(label);
    builder.column(1).append_float64(score);
    builder.column(2).append_int64(n);
    builder.end_record(time_ns, time_ns % 2 == 0 ? harness.a : harness.b);
  };
  add("person", 0.9, 1, 1);
  add("person", 0.1, 2, 2);
  builder.column(0).append_text("cat");
  builder.column(1).append_null();
  builder.column(2).append_null();
  builder.end_record(3, harness.a);
  add("cat", 0.8, 0, 4);
  return builder.finish();
}

TEST(Filter, KeepsWhatTheConditionHoldsFor) {
  Harness harness;
  const auto ran = run_however_split(
      harness, "filter: {where: \"label == 'person' && score > 0.6\"}", scores(harness));
  ASSERT_EQ(ran.records.size(), 1U);
  EXPECT_EQ(ran.batches.front().time_ns(0), 1);
  EXPECT_EQ(ran.counters.dropped, 0U);  // cat is false, whatever the score
  EXPECT_EQ(ran.counters.errors, 0U);
}

TEST(Filter, CountsNullsAsDroppedAndRejectsErrors) {
  Harness harness;
  const auto ran = run_however_split(harness, "filter: {where: \"4 / n > 1\"}", scores(harness));
  EXPECT_EQ(ran.records.size(), 2U);
  EXPECT_EQ(ran.counters.dropped, 1U);
  EXPECT_EQ(ran.counters.errors, 1U);
  ASSERT_EQ(ran.reasons.size(), 1U);
  EXPECT_NE(ran.reasons.front().find("zero"), std::string::npos) << ran.reasons.front();
}

TEST(Filter, KnowsTimeAndDevice) {
  Harness harness;
  const auto ran = run_however_split(
      harness, "filter: {where: \"device == 'b' && time < timestamp('1970-01-01T00:00:01Z')\"}",
      scores(harness));
  EXPECT_EQ(ran.records.size(), 1U);
}

TEST(Filter, CopiesNothing) {
  Harness harness;
  const data::Batch batch = scores(harness);
  const auto ran = harness.run("filter: {where: \"n == 2\"}", {batch});
  ASSERT_EQ(ran.batches.size(), 1U);
  EXPECT_EQ(ran.batches.front().column_ref(0), batch.column_ref(0));
}

TEST(Filter, RefusesWhatIsNoCondition) {
  Harness harness;
  const data::Batch batch = scores(harness);
  EXPECT_NE(harness.run("filter: {where: \"score + 1\"}", {batch}).mistakes.find("float64"),
            std::string::npos);
  EXPECT_NE(harness.run("filter: {where: \"weight > 1\"}", {batch}).mistakes.find("weight"),
            std::string::npos);
  EXPECT_NE(harness.run("filter: {where: \"score >\"}", {batch}).mistakes, "");
}

}  // namespace
}  // namespace weir::operators
