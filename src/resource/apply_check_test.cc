// Who runs the documents is asked before anything is kept.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <semaphore>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "resource/keeper_test.h"
#include "resource/resources.h"

namespace weir::resource {
namespace {

using ::testing::ElementsAre;
using testing::kApplication;
using testing::Keeper;

class ApplyCheckTest : public ::testing::Test {
 protected:
  Keeper keeper_;
  Resources& resources() { return keeper_.resources(); }
};

// Refuses steps that `save` to a file called wrong.
void refuse_wrong(const contract::Documents& documents, const std::vector<std::string>& deployments,
                  data::Diagnostics& mistakes) {
  for (const std::string& name : deployments) {
    const auto of = std::ranges::find(documents.deployments, name, &contract::Deployment::name);
    if (of == documents.deployments.end()) continue;
    const contract::Step& save = documents.pipeline(of->pipeline)->steps.back();
    const contract::Argument* const path = save.argument("path");
    if (path->value.text() == "wrong.jsonl") {
      mistakes.add(save.file, path->value.position(), base::Code::schema, "wrong");
    }
  }
}

std::string saving(const std::string& name, const std::string& path) {
  return "kind: Pipeline\nname: " + name + "\nsteps:\n" +
         "- camera_input: {product: camera, property: video}\n- save: {path: " + path + "}\n";
}

TEST_F(ApplyCheckTest, RefuseWhatWouldNotStart) {
  keeper_.apply(kApplication);
  const std::string deployments =
      "---\n{kind: Deployment, name: a, pipeline: p, devices: {product: camera}}\n";
  keeper_.apply(saving("p", "a.jsonl") + deployments);
  keeper_.check_start = refuse_wrong;
  const auto revision = resources().revision();
  const std::string text = saving("other", "a.jsonl") + "---\n" + saving("p", "wrong.jsonl");
  const auto dry = resources().apply(text, "app.yaml", Apply::dry_run);
  ASSERT_TRUE(dry);
  EXPECT_EQ(dry->refused.text(), "app.yaml:11:16: wrong\n");
  EXPECT_EQ(keeper_.refusal(text), "app.yaml:11:16: wrong\n");
  EXPECT_EQ(resources().revision(), revision);
}

// What is wrong already must not lock what makes it no worse.
TEST_F(ApplyCheckTest, KeepTakingOthersWhereADeploymentDoesNotStart) {
  keeper_.apply(std::string(kApplication) + "---\n" + saving("p", "wrong.jsonl") +
                "---\n{kind: Deployment, name: p, pipeline: p, devices: {product: camera}}\n");
  keeper_.check_start = refuse_wrong;
  EXPECT_EQ(keeper_.outcomes("kind: Product\nname: camera\nproperties: {video: {type: stream}}\n"
                             "attributes: {drain: {type: region}, site: {type: string}}\n"),
            "changed Product camera");
  EXPECT_EQ(keeper_.refusal("# the same\n" + saving("p", "wrong.jsonl")), "");
}

TEST_F(ApplyCheckTest, AskOfTheDeploymentsThatAChangeTouches) {
  std::vector<std::string> asked;
  keeper_.check_start = [&](const contract::Documents&, const std::vector<std::string>& deployments,
                            data::Diagnostics&) {
    asked = deployments;
    (void)resources().kept();  // others read meanwhile
  };
  const auto asked_of = [&](const std::string& text, Apply mode = Apply::keep) {
    asked.clear();
    keeper_.apply(text, mode);
    return asked;
  };
  keeper_.apply(
      std::string(kApplication) + "---\n" +
      keeper_.model("detector", {{"model.yaml", "task: detection\n"}}) +
      "---\n{kind: Deployment, name: watch, pipeline: watch, devices: {product: camera},\n"
      " models: {detector: detector}}\n");
  EXPECT_THAT(asked, ElementsAre("watch"));
  keeper_.apply(saving("p", "a.jsonl"));
  const std::string other =
      "{kind: Deployment, name: other, pipeline: p, devices: {product: camera}}\n---\n"
      "{kind: Deployment, name: none, pipeline: p}\n";
  EXPECT_THAT(asked_of(other, Apply::dry_run), ElementsAre("other", "none"));
  EXPECT_THAT(asked_of(other), ElementsAre("other", "none"));
  EXPECT_THAT(asked_of(other), ElementsAre());
  EXPECT_THAT(asked_of(saving("p", "b.jsonl")), ElementsAre("other", "none"));
  EXPECT_THAT(asked_of("{kind: Product, name: meter}\n"), ElementsAre());
  EXPECT_THAT(asked_of("kind: Product\nname: camera\nproperties: {video: {type: stream}}\n"
                       "attributes: {drain: {type: region}, site: {type: string}}\n"),
              ElementsAre("watch", "other"));
  // No longer of what `watch` selects.
  EXPECT_THAT(asked_of("{kind: Device, name: camera-1, product: meter, driver: rtsp}\n"),
              ElementsAre("watch", "other"));
}

// It may load models for long.
TEST_F(ApplyCheckTest, LetOthersWaitForATurnOnlySoLong) {
  keeper_.apply(std::string(kApplication) + "---\n" + saving("p", "a.jsonl"));
  std::counting_semaphore<> entered{0}, open{0};
  keeper_.check_start = [&](const auto&, const auto&, data::Diagnostics&) {
    entered.release();
    open.acquire();
  };
  std::thread slow([&] {
    keeper_.apply("{kind: Deployment, name: d, pipeline: p, devices: {product: camera}}\n");
  });
  entered.acquire();
  auto others = std::async(std::launch::async, [&] {
    return std::pair(resources().apply("{kind: Product, name: meter}\n", "", Apply::keep),
                     resources().remove(Kind::pipeline, "watch"));
  });
  const auto waited = others.wait_for(std::chrono::seconds(30));
  open.release();
  slow.join();
  EXPECT_EQ(waited, std::future_status::ready);
  const auto& [applied, removed] = others.get();
  EXPECT_EQ(applied ? base::Code::bug : applied.error().code, base::Code::timeout);
  EXPECT_EQ(removed ? base::Code::bug : removed.error().code, base::Code::timeout);
  EXPECT_TRUE(resources().remove(Kind::pipeline, "watch"));
}

TEST_F(ApplyCheckTest, RefuseWhatADriverDoesNotTake) {
  keeper_.check_device = [](const device::Device& device, data::Diagnostics& mistakes) {
    if (device.driver == "rtsp") return;
    mistakes.add(device.file, device.position, base::Code::unknown_name, "no driver");
  };
  EXPECT_EQ(keeper_.refusal("{kind: Product, name: p}\n---\n"
                            "{kind: Device, name: a, product: p, driver: rtsp}\n---\n"
                            "{kind: Device, name: b, product: p, driver: onvif}\n"),
            "app.yaml:5:1: no driver\n");
  EXPECT_EQ(resources().revision(), 0U);
}

TEST_F(ApplyCheckTest, RefuseCredentialsInAddresses) {
  const auto refusal = [&](const std::string& settings) {
    return keeper_.refusal(
        "kind: Product\nname: p\nproperties: {video: {type: stream}}\n---\n"
        "kind: Device\nname: a\nproduct: p\ndriver: rtsp\n" +
        settings + "\n");
  };
  const std::string told = " holds credentials, expected them as 'user' and 'password' of ";
  EXPECT_EQ(refusal("connect: {host: 'admin:hunter6@h'}"),
            "app.yaml:9:17: 'host' of 'connect'" + told + "'connect'\n");
  EXPECT_EQ(refusal("bind: {video: {path: 'rtsp://admin:hunter6@h/1'}}"),
            "app.yaml:9:22: 'video' of 'bind'" + told + "'connect'\n");
  EXPECT_EQ(refusal("bind: {video: {path: [/, 'admin:hunter6@h/1']}}"),
            "app.yaml:9:26: 'video' of 'bind'" + told + "'connect'\n");
  EXPECT_EQ(refusal("bind: {video: {path: /live@1}}"), "");
}

}  // namespace
}  // namespace weir::resource
