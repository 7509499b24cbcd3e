// What stands in for devices, slots and attributes.
#include "cli/stand_in.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/node.h"

namespace weir::cli {
namespace {

using testing::HasSubstr;

constexpr std::string_view kPipeline = R"(
kind: Pipeline
name: p
steps:
  - stream_input: {product: camera, property: video}
  - demux: {}
  - frame_rate: {rate: $rate}
)";

class StandInTest : public testing::Test {
 protected:
  contract::Documents stand(std::string_view text, const StandIns& options) {
    contract::Documents documents;
    contract::read_documents(text, "x.yaml", documents, diagnostics_);
    stand_in(documents, options, node::catalogue(), diagnostics_);
    return documents;
  }

  data::Diagnostics diagnostics_;
};

TEST_F(StandInTest, a_file_takes_the_place_of_the_input) {
  const auto documents = stand(kPipeline, {.input = "a \"b\".mp4", .sets = {"rate=2"}});
  ASSERT_TRUE(diagnostics_.empty()) << diagnostics_.text();
  const contract::Step& step = documents.pipelines.front().steps.front();
  EXPECT_EQ(step.operator_name, "file_input");
  EXPECT_EQ(step.id, "stream_input");
  ASSERT_NE(step.argument("path"), nullptr);
  EXPECT_EQ(step.argument("path")->value.text(), "a \"b\".mp4");
  EXPECT_EQ(step.argument("path")->value.position(), step.position);
  ASSERT_EQ(documents.deployments.size(), 1u);
  EXPECT_EQ(documents.deployments.front().devices.at("").devices.front(), "input");
  ASSERT_EQ(documents.deployments.front().fills.size(), 1u);
  EXPECT_EQ(documents.deployments.front().fills.front().value, data::Value(2));
}

TEST_F(StandInTest, a_camera_is_a_device_with_its_password_decoded) {
  const auto documents =
      stand(kPipeline, {.input = "rtsp://me:p%40ss%3A@host:554/a/b?c=1", .sets = {"rate=2"}});
  ASSERT_TRUE(diagnostics_.empty()) << diagnostics_.text();
  ASSERT_NE(documents.device("input"), nullptr);
  const device::Device& camera = *documents.device("input");
  EXPECT_EQ(camera.driver, "rtsp");
  EXPECT_EQ(camera.user.reveal(), "me");
  EXPECT_EQ(camera.password.reveal(), "p@ss:");
  EXPECT_EQ(device::find(camera.connect, "host")->value.text(), "host:554");
  EXPECT_EQ(device::find(camera.bind, "video")->value.find("path")->text(), "/a/b?c=1");
  EXPECT_EQ(documents.pipelines.front().steps.front().operator_name, "stream_input");
}

TEST_F(StandInTest, attributes_need_an_input) {
  stand(kPipeline, {.input = {}, .sets = {"rate=2", "device.drain=[[0,0],[1,0],[1,1]]"}});
  EXPECT_THAT(diagnostics_.text(), HasSubstr("device.drain"));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("--input"));
}

TEST_F(StandInTest, attributes_make_a_product_where_there_is_none) {
  const auto documents = stand(
      kPipeline,
      {.input = "a.mp4", .sets = {"rate=2", "device.drain=[[0,0],[1,0],[1,1]]", "device.limit=3"}});
  ASSERT_TRUE(diagnostics_.empty()) << diagnostics_.text();
  ASSERT_NE(documents.product("camera"), nullptr);
  EXPECT_NE(documents.product("camera")->attribute("drain"), nullptr);
  EXPECT_EQ(documents.product("camera")->attribute("limit")->type.name(), "int64");
}

TEST_F(StandInTest, mistakes_say_what_was_expected) {
  const std::vector<std::pair<StandIns, std::string>> kCases = {
      {{.input = "a.mp4", .sets = {"rate"}}, "slot=value"},
      {{.input = "a.mp4", .sets = {"rate=[1"}}, "rate: "},
      {{.input = "a.mp4", .sets = {"rate=1", "rate=2"}}, "--set: rate is set twice"},
      {{.input = "a.mp4", .sets = {"rate=fast"}}, "--set: rate: 'rate' of 'frame_rate': expected"},
      {{.input = "a.mp4", .sets = {}},
       "x.yaml:7:24: slot $rate of 'frame_rate' is open; expected --set rate=…"},
      {{.input = "a.mp4", .sets = {"speed=1"}}, "no pipeline here has a slot $speed"},
      {{.input = "http://x/y", .sets = {}}, "rtsp://"},
      {{.input = "rtsp:///y", .sets = {}}, "rtsp://[user:password@]host[:port]/path"},
      {{.input = "rtsp://a%zz@h/y", .sets = {}}, "rtsp://[user:password@]host[:port]/path"},
  };
  for (const auto& [options, expected] : kCases) {
    diagnostics_ = {};
    stand(kPipeline, options);
    EXPECT_THAT(diagnostics_.text(), HasSubstr(expected));
  }
}

TEST_F(StandInTest, nothing_to_run_and_too_much_to_choose_from_are_said) {
  stand("kind: Product\nname: a\nproperties: {x: {type: int64}}\n", {});
  EXPECT_THAT(diagnostics_.text(), HasSubstr("nothing to run"));
  diagnostics_ = {};
  std::string two(kPipeline);
  two += "---\nkind: Pipeline\nname: q\nsteps: [demux]\n";
  stand(two, {.input = "a.mp4", .sets = {}});
  EXPECT_THAT(diagnostics_.text(), HasSubstr("the files hold 2"));
}

}  // namespace
}  // namespace weir::cli
