// What a node says of itself, to people, to its hub and to Prometheus.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/json.h"
#include "node/metrics.h"
#include "node/status_json.h"

namespace weir::node {
namespace {

using ::testing::HasSubstr;

std::string json_of(const Snapshot& snapshot) {
  std::string json;
  data::append_json(json, status_map(snapshot, {}));
  return json;
}

TEST(Status, counts_what_the_hub_said_and_nobody_looked_at) {
  Snapshot snapshot;
  snapshot.uplink.marks_dropped = 3;
  EXPECT_THAT(json_of(snapshot), HasSubstr(R"("marks_dropped":3)"));
  EXPECT_THAT(metrics(snapshot, {}).body, HasSubstr("weir_node_uplink_marks_dropped_total 3\n"));
}

TEST(Status, tells_which_process_it_is_of) {
  Snapshot snapshot;
  snapshot.process = "17";
  EXPECT_THAT(json_of(snapshot), HasSubstr(R"("process":"17")"));
}

}  // namespace
}  // namespace weir::node
