// Graphs: how steps are connected and in which order they come. Mistakes are in
// tests/golden/documents.
#include "contract/graph.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "contract/sample_contracts.h"

namespace weir::contract {
namespace {

using testing::ElementsAre;

class GraphTest : public testing::Test {
 protected:
  std::optional<Graph> connect_steps(std::string_view steps) {
    read_documents("kind: Pipeline\nname: p\nsteps:\n" + std::string(steps), "p.yaml", documents_,
                   diagnostics_);
    EXPECT_EQ(diagnostics_.text(), "");
    return connect(documents_.pipelines.front(), Catalogue(sample::kAll), diagnostics_);
  }

  // "from.output>to.input" of each edge.
  static std::vector<std::string> edges(const Graph& graph) {
    std::vector<std::string> out;
    for (const Edge& edge : graph.edges) {
      out.push_back(std::to_string(edge.from) + "." + std::to_string(edge.output) + ">" +
                    std::to_string(edge.to) + "." + std::to_string(edge.input));
    }
    return out;
  }

  Documents documents_;
  data::Diagnostics diagnostics_;
};

constexpr std::string_view kCameraStep = "- camera_input: {product: c, property: v}\n";

TEST_F(GraphTest, AListIsAChain) {
  const auto graph = connect_steps(std::string(kCameraStep) + "- pass\n- pass\n- save\n");
  ASSERT_TRUE(graph) << diagnostics_.text();
  EXPECT_THAT(edges(*graph), ElementsAre("0.0>1.0", "1.0>2.0", "2.0>3.0"));
  EXPECT_THAT(graph->order, ElementsAre(0, 1, 2, 3));
  EXPECT_EQ(documents_.pipelines.front().steps[2].id, "pass-2");
}

TEST_F(GraphTest, FromNamesStepsAndPorts) {
  const auto graph = connect_steps(std::string(kCameraStep) +
                                   "- threshold: {column: a}\n"
                                   "- {from: threshold.event, pass: {}}\n"
                                   "- {id: both, from: [pass, threshold], join: {}}\n"
                                   "- {from: {right: pass, left: threshold.event}, join: {}}\n");
  ASSERT_TRUE(graph) << diagnostics_.text();
  EXPECT_THAT(edges(*graph),
              ElementsAre("0.0>1.0", "1.1>2.0", "2.0>3.0", "1.0>3.1", "1.1>4.0", "2.0>4.1"));
}

TEST_F(GraphTest, AStepMayReadOneThatIsWrittenLater) {
  const auto graph = connect_steps(
      "- {id: last, from: c, save: {}}\n"
      "- {id: b, from: a, pass: {}}\n"
      "- {id: a, camera_input: {product: c, property: v}}\n"
      "- {id: c, from: b, pass: {}}\n");
  ASSERT_TRUE(graph) << diagnostics_.text();
  EXPECT_THAT(graph->order, ElementsAre(2, 1, 3, 0));
}

TEST_F(GraphTest, InputsReadNothingWhereverTheyStand) {
  const auto graph = connect_steps(
      "- {id: a, camera_input: {product: c, property: v}}\n"
      "- {id: b, camera_input: {product: c, property: v}}\n"
      "- {from: [a, b], join: {}}\n");
  ASSERT_TRUE(graph) << diagnostics_.text();
  EXPECT_THAT(edges(*graph), ElementsAre("0.0>2.0", "1.0>2.1"));
  EXPECT_EQ(graph->contracts[2], &sample::kJoin);
}

}  // namespace
}  // namespace weir::contract
