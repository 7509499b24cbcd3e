// alert raises one alert an event, with its picture, and tries again when it could not.
#include <gtest/gtest.h>

#include "operators/harness_test.h"

namespace weir::operators {
namespace {

using testing::Harness;

constexpr std::int64_t kSecond = 1'000'000'000;

struct At {
  data::Device device;
  double second;
};

data::Batch records(const std::vector<At>& all) {
  data::BatchBuilder builder(data::make_schema({{"n", data::Kind::int64}}));
  for (const At& at : all) {
    builder.column(0).append_int64(static_cast<std::int64_t>(builder.size()));
    builder.end_record(static_cast<std::int64_t>(at.second * 1e9), at.device);
  }
  return builder.finish();
}

std::vector<double> seconds(const testing::KeptAlerts& alerts) {
  std::vector<double> out;
  for (const flow::Alert& alert : alerts.raised)
    out.push_back(static_cast<double>(alert.time_ns) / 1e9);
  return out;
}

TEST(Alert, RaisesOneAnEventAtItsFirstRecord) {
  Harness harness;
  const data::Device a = harness.a;
  const auto ran =
      run_however_split(harness, "alert: {title: somebody, gap: 10s}",
                        records({{a, 1}, {a, 5}, {a, 14.9}, {a, 24.9}, {a, 30}, {a, 40.1}}),
                        [&] { harness.alerts.raised.clear(); });
  EXPECT_EQ(seconds(harness.alerts), (std::vector<double>{1, 24.9, 40.1}));
  EXPECT_EQ(ran.records.size(), 3U);
  EXPECT_EQ(ran.counters.dropped, 0U);
  const flow::Alert& first = harness.alerts.raised.front();
  EXPECT_EQ(first.title, "somebody");
  EXPECT_EQ(first.device, "a");
  EXPECT_EQ(first.id, "test/alert/a/7/0");
  EXPECT_EQ(harness.alerts.raised.back().id, "test/alert/a/7/2");
  EXPECT_EQ(first.picture, nullptr);
}

TEST(Alert, EachDeviceHasEventsOfItsOwn) {
  Harness harness;
  const data::Device a = harness.a, b = harness.b;
  run_however_split(harness, "alert: {title: t, gap: 10s}",
                    records({{a, 1}, {b, 2}, {a, 3}, {b, 11}, {a, 20}}),
                    [&] { harness.alerts.raised.clear(); });
  EXPECT_EQ(seconds(harness.alerts), (std::vector<double>{1, 2, 20}));
}

TEST(Alert, CoolsDownBetweenEvents) {
  Harness harness;
  const data::Device a = harness.a;
  const auto ran =
      run_however_split(harness, "alert: {title: t, gap: 2s, cooldown: 30s}",
                        records({{a, 0}, {a, 10}, {a, 11}, {a, 20}, {a, 30}, {a, 45}, {a, 61}}),
                        [&] { harness.alerts.raised.clear(); });
  EXPECT_EQ(seconds(harness.alerts), (std::vector<double>{0, 30, 61}));
  EXPECT_EQ(ran.counters.dropped, 3U);
}

TEST(Alert, LateRecordsBelongToTheEventTheyAreNear) {
  Harness harness;
  const data::Device a = harness.a;
  harness.run("alert: {title: t, gap: 10s}", {records({{a, 20}, {a, 15}, {a, 29}})});
  EXPECT_EQ(seconds(harness.alerts), (std::vector<double>{20}));
}

TEST(Alert, ALateRecordWithinTheEventDoesNotEndIt) {
  Harness harness;
  const data::Device a = harness.a;
  harness.run("alert: {title: t, gap: 10s}",
              {records({{a, 0}, {a, 9}, {a, 18}, {a, 5}, {a, 20}, {a, 40}, {a, 31}, {a, 22}})});
  EXPECT_EQ(seconds(harness.alerts), (std::vector<double>{0, 40}));
}

TEST(Alert, WhatCouldNotBeRaisedIsTriedWithTheNextRecord) {
  Harness harness;
  harness.alerts.fails = 2;
  const data::Device a = harness.a;
  const auto ran =
      harness.run("alert: {title: t, gap: 10s}", {records({{a, 1}, {a, 2}, {a, 3}, {a, 4}})});
  EXPECT_EQ(seconds(harness.alerts), (std::vector<double>{3}));
  EXPECT_EQ(ran.counters.errors, 2U);
  EXPECT_EQ(ran.reasons.front(), "no place for alerts");
  EXPECT_EQ(ran.records.size(), 1U);
}

TEST(Alert, CarriesThePictureOfItsRecord) {
  Harness harness;
  auto format = std::make_shared<data::StreamFormat>();
  format->codec = data::Codec::mjpeg;
  auto packet = std::make_shared<data::Packet>();
  packet->format = format;
  packet->captured_ns = 5;
  packet->received_ns = 6;
  data::BatchBuilder builder(data::make_schema({{"packet", data::Kind::packet}}));
  builder.column(0).append_packet(packet);
  builder.end_record(kSecond, harness.a);
  builder.column(0).append_null();
  builder.end_record(kSecond, harness.b);
  harness.run("alert: {title: t}", {builder.finish()});
  ASSERT_EQ(harness.alerts.raised.size(), 2U);
  EXPECT_EQ(harness.alerts.raised[0].picture, packet);
  EXPECT_EQ(harness.alerts.raised[0].captured_ns, 5);
  EXPECT_EQ(harness.alerts.raised[0].received_ns, 6);
  EXPECT_EQ(harness.alerts.raised[1].picture, nullptr);
}

}  // namespace
}  // namespace weir::operators
