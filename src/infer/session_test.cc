// Sessions load models, run them from any thread, and refuse what is broken with a reason.
#include "infer/session.h"

#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/testing/model_folder_test.h"
#include "infer/testing/tiny_onnx.h"

namespace weir::infer {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

base::Result<std::shared_ptr<const Session>> open(const std::string& bytes) {
  const testing::ModelFolder folder;
  return Session::open(testing::runtime(), folder.write("model.onnx", bytes));
}

// Runs channel_means on pictures of which channel c is `first` + c everywhere.
std::vector<float> run_channel_means(const Session& session, float first) {
  Tensor input = *Tensor::make(session.runtime(), {1, 3, 8, 8});
  Tensor output = *Tensor::make(session.runtime(), {1, 3});
  for (std::size_t i = 0; i < input.values().size(); ++i) {
    input.values()[i] = first + static_cast<float>(i / 64);
  }
  const char* in = "picture";
  const char* out = "logits";
  const OrtValue* in_value = input.value();
  OrtValue* out_value = output.value();
  const auto done = session.run({&in, 1}, {&in_value, 1}, {&out, 1}, {&out_value, 1});
  EXPECT_TRUE(done) << done.error().message;
  return {output.values().begin(), output.values().end()};
}

TEST(Session, ShowsItsPortsAndRuns) {
  const auto session = open(testing::model(testing::channel_means()));
  ASSERT_TRUE(session) << session.error().message;
  ASSERT_EQ((*session)->inputs().size(), 1U);
  EXPECT_EQ((*session)->inputs()[0].name, "picture");
  EXPECT_EQ((*session)->inputs()[0].type, "float32");
  EXPECT_THAT((*session)->inputs()[0].shape, ElementsAre(1, 3, 8, 8));
  EXPECT_THAT((*session)->outputs()[0].shape, ElementsAre(1, 3));
  EXPECT_THAT(run_channel_means(**session, 5), ElementsAre(5, 6, 7));
}

TEST(Session, ProbeShowsAShapeLeftOpen) {
  const auto session = open(testing::model(testing::channel_means(8, -1)));
  ASSERT_TRUE(session) << session.error().message;
  EXPECT_THAT((*session)->outputs()[0].shape, ElementsAre(-1, 3));
  const Shape input = {1, 3, 8, 8};
  const auto shape = (*session)->probe({&input, 1}, 0);
  ASSERT_TRUE(shape) << shape.error().message;
  EXPECT_THAT(*shape, ElementsAre(1, 3));
}

TEST(Session, SubnormalsAreZeroOnlyWithinARun) {
  const auto session = open(testing::model(testing::channel_means()));
  ASSERT_TRUE(session);
  EXPECT_THAT(run_channel_means(**session, 1e-41F)[0], 0.0F);
  const volatile double smallest_normal = 2.2250738585072014e-308;
  EXPECT_GT(smallest_normal / 4, 0.0);
}

TEST(Session, ServesTwoThreadsAtOnce) {
  const auto session = open(testing::model(testing::channel_means()));
  ASSERT_TRUE(session);
  const auto work = [&](float first) {
    for (int i = 0; i < 200; ++i) {
      EXPECT_THAT(run_channel_means(**session, first), ElementsAre(first, first + 1, first + 2));
    }
  };
  std::thread other(work, 100.0F);
  work(200);
  other.join();
}

struct Broken {
  const char* name;
  std::string bytes;
  base::Code code;
  const char* says;
};

class BrokenModels : public ::testing::TestWithParam<Broken> {};

TEST_P(BrokenModels, AreRefusedWithAReason) {
  const auto session = open(GetParam().bytes);
  ASSERT_FALSE(session);
  EXPECT_EQ(session.error().code, GetParam().code);
  EXPECT_THAT(session.error().message,
              AllOf(HasSubstr("model.onnx: "), HasSubstr(GetParam().says)));
}

testing::Graph unknown_operator() {
  testing::Graph graph = testing::channel_means();
  graph.nodes = {testing::node("Dream", {"picture"}, {"logits"})};
  return graph;
}

INSTANTIATE_TEST_SUITE_P(
    Session, BrokenModels,
    ::testing::Values(
        Broken{"Garbage", std::string(300, '\xa7') + std::string(300, '\x01'), base::Code::corrupt,
               "damaged"},
        Broken{"NoGraph", std::string("\x08\x06", 2), base::Code::corrupt, "damaged"},
        Broken{"NewFormat", testing::model(testing::channel_means(), {.format = 99}),
               base::Code::model, "ONNX format is newer than ONNX Runtime 1."},
        Broken{"NewOperators", testing::model(testing::channel_means(), {.operators = 999}),
               base::Code::model, "operator set is newer than ONNX Runtime 1."},
        Broken{"UnknownOperator", testing::model(unknown_operator()), base::Code::model, "Dream"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Session, ModelCutAnywhereIsRefused) {
  const std::string whole = testing::model(testing::channel_means());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    const auto session = open(whole.substr(0, size));
    EXPECT_FALSE(session) << "cut at " << size;
  }
}

TEST(Session, RunWithAWrongShapeFails) {
  const auto session = open(testing::model(testing::channel_means()));
  ASSERT_TRUE(session);
  const Shape input = {1, 3, 4, 4};
  const auto shape = (*session)->probe({&input, 1}, 0);
  ASSERT_FALSE(shape);
  EXPECT_EQ(shape.error().code, base::Code::model);
}

}  // namespace
}  // namespace weir::infer
