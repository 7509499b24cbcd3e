// Metrics as Prometheus' text format has them.
#include "net/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "net/http_server.h"

namespace weir::net {
namespace {

using ::testing::HasSubstr;

TEST(MetricsText, writes_families_and_samples) {
  MetricsText metrics;
  metrics.family("weir_records_total", MetricType::counter, "Records kept.");
  metrics.sample(3U, {{"class", "alert"}, {"node", "gate"}});
  metrics.sample(std::numeric_limits<std::uint64_t>::max(), {{"class", "result"}});
  metrics.single("weir_offset_seconds", MetricType::gauge, "Clock.", -0.5);
  EXPECT_EQ(metrics.text(),
            "# HELP weir_records_total Records kept.\n"
            "# TYPE weir_records_total counter\n"
            "weir_records_total{class=\"alert\",node=\"gate\"} 3\n"
            "weir_records_total{class=\"result\"} 18446744073709551615\n"
            "# HELP weir_offset_seconds Clock.\n"
            "# TYPE weir_offset_seconds gauge\n"
            "weir_offset_seconds -0.5\n");
  EXPECT_EQ(metrics.response().type, "text/plain; version=0.0.4; charset=utf-8");
}

TEST(MetricsText, keeps_a_line_a_line_whatever_a_label_holds) {
  MetricsText metrics;
  metrics.family("weir_up", MetricType::gauge, "a\nb \\ c");
  metrics.sample(1, {{"name", "a\"} 2\nb\\"}});
  metrics.sample(1, {{"name", "\xff"}});
  EXPECT_EQ(metrics.text(),
            "# HELP weir_up a\\nb \\\\ c\n"
            "# TYPE weir_up gauge\n"
            "weir_up{name=\"a\\\"} 2\\nb\\\\\"} 1\n"
            "weir_up{name=\"\uFFFD\"} 1\n");
}

TEST(MetricsText, writes_what_is_no_number) {
  MetricsText metrics;
  metrics.family("weir_x", MetricType::gauge, "x");
  metrics.sample(std::numeric_limits<double>::quiet_NaN());
  metrics.sample(std::numeric_limits<double>::infinity());
  metrics.sample(-std::numeric_limits<double>::infinity());
  EXPECT_THAT(metrics.text(), HasSubstr("weir_x NaN\nweir_x +Inf\nweir_x -Inf\n"));
}

TEST(MetricsTextDeathTest, stops_at_mistakes_of_ours) {
  MetricsText metrics;
  EXPECT_DEATH(metrics.family("weir-x", MetricType::gauge, "x"), "word");
  EXPECT_DEATH(metrics.family("weir_x", MetricType::counter, "x"), "_total");
  EXPECT_DEATH(metrics.sample(1), "family_");
  metrics.family("weir_x", MetricType::gauge, "x");
  EXPECT_DEATH(metrics.family("weir_x", MetricType::gauge, "x"), "families_");
}

TEST(MetricsText, tells_what_a_server_counts) {
  HttpCounters counters;
  counters.requests = 7;
  counters.answers[4] = 2;
  MetricsText metrics;
  write_http_metrics(metrics, "weir_hub", counters);
  EXPECT_THAT(metrics.text(), HasSubstr("\nweir_hub_http_requests_total 7\n"));
  EXPECT_THAT(metrics.text(), HasSubstr("\nweir_hub_http_answers_total{status=\"4xx\"} 2\n"));
}

}  // namespace
}  // namespace weir::net
