// Models are checked against their weights before anyone uses them.
#include "infer/onnx_model.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/testing/model_folder_test.h"
#include "infer/testing/tiny_onnx.h"

namespace weir::infer {
namespace {

using testing::Element;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::value_info;

const std::string kClassifier = R"(task: classification
inputs: [{tensor: picture}]
outputs: [{tensor: logits, decode: classification}]
labels: [red, green, blue]
)";
const std::string kDetector = R"(task: detection
inputs: [{tensor: picture}]
outputs: [{tensor: cells, decode: fastestdet}]
labels: [person, car]
)";

base::Result<std::shared_ptr<const Model>> load_graph(const std::string& yaml,
                                                      const testing::Graph& graph) {
  const testing::ModelFolder folder;
  folder.write("model.yaml", yaml);
  folder.write("model.onnx", testing::model(graph));
  return load_model(testing::runtime(), folder.path(), "");
}

TEST(OnnxModel, ShowsItsTaskLabelsAndColumns) {
  const auto classifier = load_graph(kClassifier, testing::channel_means());
  ASSERT_TRUE(classifier) << classifier.error().message;
  EXPECT_EQ((*classifier)->task(), Task::classification);
  EXPECT_THAT((*classifier)->labels(), ElementsAre("red", "green", "blue"));
  ASSERT_EQ((*classifier)->outputs().size(), 2U);
  EXPECT_EQ((*classifier)->outputs()[0], (data::Field{"label", data::Kind::string}));
  EXPECT_EQ((*classifier)->outputs()[1], (data::Field{"score", data::Kind::float64}));

  const std::vector<float> cells(7 * 4);
  const auto detector = load_graph(kDetector, testing::constant_cells({1, 7, 2, 2}, cells));
  ASSERT_TRUE(detector) << detector.error().message;
  EXPECT_EQ((*detector)->task(), Task::detection);
  EXPECT_EQ((*detector)->outputs()[0].name, "objects");
  EXPECT_EQ((*detector)->outputs()[0].type.name(),
            "list<struct<label:string,score:float64,x:float64,y:float64,width:float64,height:"
            "float64>>");
  EXPECT_EQ((*detector)->outputs()[1], (data::Field{"count", data::Kind::int64}));
}

TEST(OnnxModel, WeightsMayLieElsewhere) {
  const testing::ModelFolder folder;
  const testing::ModelFolder elsewhere;
  folder.write("model.yaml", kClassifier);
  const std::string weights =
      elsewhere.write("other.onnx", testing::model(testing::channel_means()));
  EXPECT_TRUE(load_model(testing::runtime(), folder.path(), weights));
  const auto missing = load_model(testing::runtime(), folder.path(), "");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Code::missing);
  EXPECT_THAT(missing.error().message, HasSubstr(folder.path() + "/model.onnx"));
}

TEST(OnnxModel, BatchLeftOpenIsOne) {
  const auto model = load_graph(kClassifier, testing::channel_means(8, -1));
  ASSERT_TRUE(model) << model.error().message;
}

struct Misfit {
  const char* name;
  std::string yaml;
  testing::Graph graph;
  const char* says;
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  return text.replace(text.find(from), from.size(), to);
}

testing::Graph with_input(const testing::Message& input) {
  testing::Graph graph = testing::channel_means();
  graph.inputs = {input};
  return graph;
}

testing::Graph two_inputs() {
  testing::Graph graph = testing::channel_means();
  graph.inputs.push_back(value_info("other", {1, 3, 8, 8}));
  return graph;
}

testing::Graph bytes_in() {
  testing::Graph graph = with_input(value_info("picture", {1, 3, 8, 8}, Element::uint8));
  graph.nodes = {
      testing::node("Cast", {"picture"}, {"values"}, {testing::integer("to", 1)}),
      testing::node("ReduceMean", {"values"}, {"logits"},
                    {testing::integers("axes", {2, 3}), testing::integer("keepdims", 0)})};
  return graph;
}

testing::Graph bytes_out() {
  testing::Graph graph = testing::channel_means();
  graph.nodes.push_back(testing::node("Cast", {"logits"}, {"small"}, {testing::integer("to", 2)}));
  graph.outputs = {value_info("small", {1, 3}, Element::uint8)};
  return graph;
}

class Misfits : public ::testing::TestWithParam<Misfit> {};

TEST_P(Misfits, AreNamed) {
  const auto model = load_graph(GetParam().yaml, GetParam().graph);
  ASSERT_FALSE(model);
  EXPECT_THAT(model.error().message, HasSubstr("/model.yaml and "));
  EXPECT_THAT(model.error().message, HasSubstr(GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    OnnxModel, Misfits,
    ::testing::Values(
        Misfit{"InputName", replaced(kClassifier, "tensor: picture", "tensor: image"),
               testing::channel_means(), "no input tensor 'image', it has 'picture'"},
        Misfit{"OutputName", replaced(kClassifier, "tensor: logits", "tensor: \"758\""),
               testing::channel_means(), "no output tensor '758', it has 'logits'"},
        Misfit{"InputType", kClassifier, bytes_in(),
               "input tensor 'picture' is uint8, expected float32"},
        Misfit{"OutputType", replaced(kClassifier, "tensor: logits", "tensor: small"), bytes_out(),
               "output tensor 'small' is uint8, expected float32"},
        Misfit{"Layout", replaced(kClassifier, "picture", "picture, layout: nhwc"),
               testing::channel_means(),
               "input tensor 'picture' has shape [1, 3, 8, 8], but model.yaml says [1, ?, ?, 3]"},
        Misfit{"Gray", replaced(kClassifier, "picture", "picture, channels: gray"),
               testing::channel_means(), "but model.yaml says [1, 1, ?, ?]"},
        Misfit{"Several",
               replaced(kClassifier, "picture", "picture, last: {count: 4, every: 1s, within: 9s}"),
               testing::channel_means(), "but model.yaml says [1, 4, 3, ?, ?]"},
        Misfit{"OpenSides", kClassifier, with_input(value_info("picture", {1, 3, -1, -1})),
               "expected a fixed height and width"},
        Misfit{"TwoInputs", kClassifier, two_inputs(),
               "the model takes the tensors 'picture', 'other'"},
        Misfit{"Labels", replaced(kClassifier, ", blue", ""), testing::channel_means(),
               "output tensor 'logits' has shape [1, 3], but 2 labels expect [1, 2]"},
        Misfit{"DetectorLabels", replaced(kDetector, ", car", ""),
               testing::constant_cells({1, 7, 2, 2}, std::vector<float>(28)),
               "output tensor 'cells' has shape [1, 7, 2, 2], but fastestdet with 1 labels"}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace weir::infer
