// From documents to a plan.
#include "flow/planner.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/catalogue.h"
#include "contract/check.h"

namespace weir::flow {
namespace {

using contract::param;
using contract::Port;
using testing::ElementsAre;
using testing::HasSubstr;

// A source with one column, `n`.
class Count {
 public:
  struct Params {
    std::int64_t until = 10;
  };
  static base::Result<Prepared> prepare(const Bound<Params>&, Preparation&) {
    Prepared prepared{.outputs = {data::make_schema({{"n", data::Kind::int64}})}};
    prepared.make_source = [](const LaneStart&) -> base::Result<std::unique_ptr<Source>> {
      return base::fail(base::Code::ended, "never made here");
    };
    prepared.live = true;
    prepared.lane_per_device = true;
    return prepared;
  }
};

// Needs a column, and a limit that may differ from device to device.
class Limit {
 public:
  struct Params {
    contract::Column column;
    double limit = 0;
  };
  static inline std::vector<double> limits;  // what the last preparation saw, a device
  static base::Result<Prepared> prepare(const Bound<Params>& params, Preparation& preparation) {
    const std::string& column = params.shared().column.name;
    if (!preparation.inputs[0]->find(column)) {
      return preparation.fail("column", base::Code::unknown_name,
                              "there is no column '" + column + "'");
    }
    limits.clear();
    for (const data::Device device : preparation.devices) {
      limits.push_back(params.of(device).limit);
    }
    return Prepared{.outputs = {preparation.inputs[0], data::make_schema({})}};
  }
};

constexpr contract::Param kCountParams[] = {param<&Count::Params::until>("until", "How far.")};
constexpr contract::Param kLimitParams[] = {
    param<&Limit::Params::column>("column", "Which.", {.required = true}),
    param<&Limit::Params::limit>("limit", "How much.", {.per_device = true})};
constexpr Port kRecordsIn[] = {{"in", "Records."}};
constexpr Port kRecordsOut[] = {{"out", "Records."}};
constexpr Port kLimitOut[] = {{"out", "Records."}, {"late", "Records."}};
constexpr contract::Contract kCount = {.name = "count",
                                       .summary = "Counts.",
                                       .since = "0.1",
                                       .group = contract::Group::input,
                                       .params = kCountParams,
                                       .outputs = kRecordsOut,
                                       .example = "count"};
constexpr contract::Contract kLimit = {.name = "limit",
                                       .summary = "Limits.",
                                       .since = "0.1",
                                       .params = kLimitParams,
                                       .inputs = kRecordsIn,
                                       .outputs = kLimitOut,
                                       .example = "limit: {column: n}"};
constexpr OperatorType kCountType = operator_type<Count>(kCount);
constexpr OperatorType kLimitType = operator_type<Limit>(kLimit);
constexpr const OperatorType* kOperators[] = {&kCountType, &kLimitType};

constexpr std::string_view kDevices = R"(
kind: Product
name: machine
properties: {n: {type: int64}}
attributes: {most: {type: float64}}
---
{kind: Device, name: a, product: machine, driver: any, attributes: {most: 1.5}}
---
{kind: Device, name: b, product: machine, driver: any, attributes: {most: 2.5}}
---
{kind: Deployment, name: here, pipeline: p, devices: {product: machine}}
---
)";

class PlannerTest : public testing::Test {
 protected:
  std::shared_ptr<const Plan> plan(const std::string& steps) {
    contract::Documents documents;
    contract::read_documents(std::string(kDevices) + "kind: Pipeline\nname: p\nsteps:\n" + steps,
                             "x.yaml", documents, diagnostics_);
    const std::vector contracts = {&kCount, &kLimit};
    contract::check(documents, contract::Catalogue(contracts), diagnostics_);
    if (!diagnostics_.empty()) return nullptr;
    return make_plan(documents.deployments.front(), documents, kOperators, services_, diagnostics_);
  }

  base::ManualClock clock_;
  base::MemoryLog log_;
  base::SerialExecutor executor_;
  data::Dictionary devices_;
  Services services_{.clock = clock_, .log = log_, .executor = executor_, .devices = devices_};
  data::Diagnostics diagnostics_;
};

TEST_F(PlannerTest, connects_steps_in_the_order_of_the_data) {
  const auto made = plan(
      "  - {id: second, from: first, limit: {column: n}}\n"
      "  - {id: third, from: second.late, limit: {column: n}}\n"
      "  - {id: first, from: source, limit: {column: n}}\n"
      "  - {id: source, count: {until: 3}}\n");
  // The port `late` has no columns: the planner asks the operator, which refuses.
  EXPECT_EQ(made, nullptr);
  EXPECT_THAT(diagnostics_.text(), HasSubstr("limit: there is no column 'n'"));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("x.yaml:17:52:"));
}

TEST_F(PlannerTest, tells_lanes_devices_and_readers) {
  const auto made = plan("  - count\n  - limit: {column: n}\n  - {id: end, limit: {column: n}}\n");
  ASSERT_NE(made, nullptr) << diagnostics_.text();
  EXPECT_EQ(made->devices.size(), 2u);
  EXPECT_TRUE(made->live);
  EXPECT_TRUE(made->lane_per_device);
  ASSERT_EQ(made->steps.size(), 3u);
  EXPECT_EQ(made->steps[0].readers[0].front().step, 1u);
  EXPECT_TRUE(made->steps[1].readers[1].empty());
  EXPECT_FALSE(made->steps[1].is_last());
  EXPECT_TRUE(made->steps[2].is_last());
}

TEST_F(PlannerTest, gives_each_device_its_own_values) {
  const auto made = plan("  - count\n  - limit: {column: n, limit: device.most}\n");
  ASSERT_NE(made, nullptr) << diagnostics_.text();
  EXPECT_THAT(Limit::limits, ElementsAre(1.5, 2.5));
}

TEST_F(PlannerTest, blames_the_parameter_at_its_place) {
  EXPECT_EQ(plan("  - count\n  - limit: {column: m}\n"), nullptr);
  EXPECT_THAT(diagnostics_.text(), HasSubstr("x.yaml:17:21: limit: there is no column 'm'"));
}

}  // namespace
}  // namespace weir::flow
