// Resources: what is kept, what counts as a change, what is refused whole.
#include "resource/resources.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "contract/sample_contracts.h"
#include "resource/keeper_test.h"

namespace weir::resource {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kApplication;
using testing::Keeper;
using testing::kSecret;
using ::testing::Not;
using ::testing::SizeIs;

const std::map<std::string, std::string> kModel = {{"model.yaml", "task: detection\n"},
                                                   {"weights/model.onnx", "first"}};

std::string deployment(std::string_view model) {
  return "---\nkind: Deployment\nname: watch\npipeline: watch\ndevices: {product: camera}\n"
         "models: {detector: " +
         std::string(model) + "}\n";
}

class ResourcesTest : public ::testing::Test {
 protected:
  // The application with its model and deployment.
  void apply_all() {
    keeper_.apply(std::string(kApplication) + "---\n" + keeper_.model("detector", kModel) +
                  deployment("detector"));
  }

  Keeper keeper_;
  Resources& resources() { return keeper_.resources(); }
};

TEST_F(ResourcesTest, KeepsWhatIsApplied) {
  EXPECT_EQ(keeper_.outcomes(std::string(kApplication) + "---\n" +
                             keeper_.model("detector", kModel) + deployment("detector")),
            "created Product camera, created Device camera-1, created Pipeline watch, created "
            "Model detector, created Deployment watch");
  keeper_.open();
  const auto documents = resources().documents();
  ASSERT_NE(documents->device("camera-1"), nullptr);
  EXPECT_EQ(documents->device("camera-1")->password.reveal(), kSecret);
  EXPECT_EQ(documents->device("camera-1")->user.reveal(), "viewer");
  EXPECT_EQ(documents->pipeline("watch")->version, "1.10");
  EXPECT_EQ(documents->pipeline("watch")->steps.size(), 3U);
  ASSERT_NE(documents->product("camera"), nullptr);
  ASSERT_NE(documents->model("detector"), nullptr);
  EXPECT_EQ(documents->deployments.front().fills.front().value,
            data::Value("detector@" + documents->model("detector")->version));
  const auto device = resources().get(Kind::device, "camera-1");
  ASSERT_TRUE(device);
  EXPECT_EQ(device->generation, 1U);
  EXPECT_EQ(device->updated_ns, keeper_.clock.wall_ns());
  EXPECT_EQ(device->spec,
            R"({"kind":"Device","name":"camera-1","product":"camera","driver":"rtsp",)"
            R"("connect":{"host":"127.0.0.1:8554"},"bind":{"video":{"path":"/camera-1"}},)"
            R"("attributes":{"drain":[[0.42,0.55],[0.61,0.55],[0.61,0.83]]}})");
}

TEST_F(ResourcesTest, CountNoChangeWhereTextsOnlyLookDifferent) {
  keeper_.apply(kApplication);
  keeper_.clock.advance(1'000'000'000);
  EXPECT_FALSE(keeper_.apply(kApplication).changes());
  EXPECT_EQ(keeper_.outcomes(R"(# the same, another way
{"driver": rtsp, "kind": "Device", product: [camera], name: camera-1,
 attributes: {drain: [[0.42, 5.5e-1], [0.610, 0.55], [0.61, 0.83]]},
 bind: {video: {path: '/camera-1'}},
 connect: {password: 'tr0ub4dor&3', user: viewer, host: 127.0.0.1:8554}}
)"),
            "changed Device camera-1");  // a list of products is another way to say it
  EXPECT_EQ(keeper_.outcomes(R"(
version: "1.10"
steps:
- camera_input:
    property: video
    product: camera
- look: {region: device.drain, model: "$detector", score: 0.60}   # comment
- {save: {path: out.jsonl}}
name: watch
kind: Pipeline
)"),
            "unchanged Pipeline watch");
  const auto kept = resources().get(Kind::pipeline, "watch");
  EXPECT_EQ(kept->generation, 1U);
  EXPECT_LT(kept->updated_ns, keeper_.clock.wall_ns());
  EXPECT_EQ(resources().get(Kind::device, "camera-1")->generation, 2U);
  EXPECT_EQ(resources().revision(), 2U);
}

TEST_F(ResourcesTest, ChangeWithSecretsAlone) {
  keeper_.apply(kApplication);
  std::string changed(kApplication);
  changed.replace(changed.find(kSecret), kSecret.size(), "another");
  EXPECT_EQ(keeper_.outcomes(changed),
            "unchanged Product camera, changed Device camera-1, unchanged Pipeline watch");
  EXPECT_EQ(resources().documents()->device("camera-1")->password.reveal(), "another");
}

TEST_F(ResourcesTest, ShowSecretsToDocumentsAlone) {
  std::string shown;
  const auto show = [&](std::string_view text) { shown += text; };
  for (const Apply mode : {Apply::dry_run, Apply::keep}) {
    const Applied applied = keeper_.apply(kApplication, mode);
    for (const std::string& note : applied.notes) show(note);
  }
  // Refused for reasons all around the secret.
  for (const std::string_view broken :
       {"kind: Device\nname: c\nproduct: camera\ndriver: rtsp\n"
        "connect: {password: tr0ub4dor&3, password: tr0ub4dor&3}\n",
        "kind: Device\nname: c\nproduct: camera\ndriver: rtsp\n"
        "connect: {password: [tr0ub4dor&3]}\n",
        "kind: Device\nname: c\nproduct: camera\ndriver: rtsp\nconnect: tr0ub4dor&3\n",
        "kind: Device\nname: c\nproduct: camera\ndriver: rtsp\n"
        "connect: {host: 'rtsp://viewer:tr0ub4dor&3@127.0.0.1'}\n",
        "kind: Device\nname: c\nproduct: camera\ndriver: rtsp\n"
        "connect: {host: 'viewer:tr0ub4dor&3@127.0.0.1'}\n",
        "kind: Device\nname: c\nproduct: gone\ndriver: rtsp\nconnect: {password: tr0ub4dor&3}\n",
        "kind: Device\nname: c\nproduct: camera\ndriver: rtsp\n"
        "connect: {password: \"tr0ub4dor&3\n"}) {
    const std::string refusal = keeper_.refusal(broken);
    EXPECT_NE(refusal, "") << broken;
    show(refusal);
  }
  const auto device = resources().get(Kind::device, "camera-1");
  show(device->spec);
  EXPECT_THAT(device->sealed, ElementsAre("user", "password"));
  for (const Resource& each : resources().list(Kind::device)) show(each.spec);
  show(keeper_.log.text());
  show(testing::bytes_below(keeper_.folder.path()));
  EXPECT_THAT(shown, HasSubstr("camera-1"));
  EXPECT_THAT(shown, Not(HasSubstr("tr0ub4dor")));
  EXPECT_EQ(resources().documents()->device("camera-1")->password.reveal(), kSecret);
}

TEST_F(ResourcesTest, RefuseWhole) {
  const std::string good =
      "kind: Product\nname: meter\nproperties: {level: {type: float64}}\n---\n";
  EXPECT_EQ(keeper_.refusal(good + "kind: Device\nname: a\nproduct: metter\ndriver: modbus\n---\n"
                                   "kind: Pipeline\nname: p\nsteps:\n"
                                   "- camera_input: {product: meter}\n"
                                   "- threshold: {column: level, limt: 5}\n"),
            "app.yaml:5:1: device 'a' is of unknown product 'metter' (did you mean 'meter'?), "
            "expected a document of kind Product with that name\n"
            "app.yaml:13:3: 'camera_input' has no 'property', expected a string: Property that is "
            "the stream.\n"
            "app.yaml:14:30: 'threshold' has no parameter 'limt' (did you mean 'limit'?), expected "
            "column, limit, clear, side, hold, count or strict\n");
  EXPECT_THAT(resources().list(Kind::product), SizeIs(0));
  EXPECT_EQ(resources().revision(), 0U);
  EXPECT_EQ(keeper_.refusal(""), "app.yaml: there is no document, expected at least one\n");
  EXPECT_EQ(keeper_.refusal("---\n# nothing\n---\n"),
            "app.yaml: there is no document, expected at least one\n");
}

TEST_F(ResourcesTest, RefuseWhatBreaksKeptDocuments) {
  apply_all();
  EXPECT_EQ(keeper_.refusal("kind: Product\nname: camera\nproperties: {video: {type: stream}}\n"),
            "Device 'camera-1' as kept: the products of device 'camera-1' have no attribute "
            "'drain', expected none\n"
            "Pipeline 'watch' as kept: the products of device 'camera-1' have no attribute "
            "'drain'\n");
  EXPECT_EQ(resources().get(Kind::product, "camera")->generation, 1U);
  EXPECT_THAT(keeper_.refusal("kind: Pipeline\nname: watch\nsteps:\n"
                              "- camera_input: {product: camera, property: video}\n"
                              "- look: {model: $other}\n"),
              HasSubstr("Deployment 'watch' as kept: deployment 'watch' does not fill slot "
                        "'other' of 'look' (app.yaml:5:17)"));
}

// A newer program may know operators otherwise: that must not lock what has nothing to do with it.
TEST_F(ResourcesTest, KeepTakingOthersWhenTheCatalogueChanges) {
  apply_all();
  static constexpr std::array<const contract::Contract*, 2> kFewer = {&contract::sample::kCamera,
                                                                      &contract::sample::kSave};
  keeper_.catalogues = {std::make_shared<contract::Catalogue>(kFewer)};
  EXPECT_EQ(keeper_.outcomes("kind: Product\nname: meter\n"), "created Product meter");
  EXPECT_THAT(keeper_.refusal("kind: Pipeline\nname: q\nsteps:\n- camera_inputs\n"),
              AllOf(HasSubstr("app.yaml:4:3: unknown operator"), Not(HasSubstr("as kept"))));
}

TEST_F(ResourcesTest, KeepPipelinesUncheckedWithoutACatalogue) {
  keeper_.catalogues = {};
  const Applied applied = keeper_.apply(
      "kind: Pipeline\nname: p\nsteps: [new_operator]\n---\n"
      "kind: Deployment\nname: d\npipeline: p\n");
  EXPECT_THAT(applied.notes,
              ElementsAre("operators, parameters and slots are not checked: no catalogue of "
                          "operators is known yet"));
  EXPECT_THAT(keeper_.refusal("kind: Deployment\nname: e\npipeline: q\ndevices: [none]\n"),
              AllOf(HasSubstr("unknown pipeline 'q'"), HasSubstr("unknown device 'none'")));
  EXPECT_THAT(keeper_.apply("kind: Product\nname: meter\n").notes, SizeIs(0));
}

TEST_F(ResourcesTest, KeepNothingInADryRun) {
  int changes = 0;
  resources().on_change([&] { ++changes; });
  EXPECT_EQ(keeper_.outcomes("kind: Product\nname: meter\n", Apply::dry_run),
            "created Product meter");
  EXPECT_EQ(resources().revision(), 0U);
  EXPECT_FALSE(resources().get(Kind::product, "meter"));
  EXPECT_EQ(changes, 0);
  keeper_.apply("kind: Product\nname: meter\n");
  EXPECT_EQ(changes, 1);
  keeper_.apply("kind: Product\nname: meter\n");
  EXPECT_EQ(changes, 1);
  EXPECT_TRUE(resources().remove(Kind::product, "meter"));
  EXPECT_EQ(changes, 2);
}

TEST_F(ResourcesTest, RefuseToDeleteWhatIsUsed) {
  apply_all();
  const auto refusal = [&](Kind kind, std::string_view name) {
    const auto removed = resources().remove(kind, name);
    EXPECT_FALSE(removed);
    EXPECT_EQ(removed.error().code, base::Code::conflict);
    return removed ? "" : removed.error().message;
  };
  EXPECT_EQ(refusal(Kind::product, "camera"),
            "Product 'camera' is used by Device 'camera-1' and Deployment 'watch', expected them "
            "to be deleted first");
  EXPECT_THAT(refusal(Kind::pipeline, "watch"), HasSubstr("is used by Deployment 'watch'"));
  EXPECT_THAT(refusal(Kind::model, "detector"), HasSubstr("is used by Deployment 'watch'"));
  keeper_.apply(
      "kind: Deployment\nname: watch\npipeline: watch\ndevices: [camera-1]\n"
      "models: {detector: detector}\n");
  EXPECT_THAT(refusal(Kind::device, "camera-1"), HasSubstr("is used by Deployment 'watch'"));
  const std::vector<std::pair<Kind, const char*>> order = {{Kind::deployment, "watch"},
                                                           {Kind::model, "detector"},
                                                           {Kind::pipeline, "watch"},
                                                           {Kind::device, "camera-1"},
                                                           {Kind::product, "camera"}};
  for (const auto& [kind, name] : order) {
    const auto removed = resources().remove(kind, name);
    EXPECT_TRUE(removed) << removed.error().message;
  }
  keeper_.open();
  for (const KindName& each : kKinds) EXPECT_THAT(resources().list(each.kind), SizeIs(0));
  EXPECT_EQ(resources().documents()->devices.size(), 0U);
  EXPECT_EQ(keeper_.blobs->bytes(), 0U);
}

TEST_F(ResourcesTest, SayWhatIsNotThere) {
  keeper_.apply(kApplication);
  const auto missing = resources().get(Kind::device, "camera-2");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Code::unknown_name);
  EXPECT_EQ(missing.error().message, "there is no Device 'camera-2' (did you mean 'camera-1'?)");
  EXPECT_EQ(resources().remove(Kind::model, "../x").error().code, base::Code::unknown_name);
}

TEST_F(ResourcesTest, AreListedByNameInPages) {
  std::string text;
  for (int i = 0; i < 25; ++i) {
    text += "kind: Product\nname: p" + std::to_string(100 - i) + "\n---\n";
  }
  keeper_.apply(text);
  keeper_.apply(kApplication);
  std::vector<std::string> names;
  std::string after;
  while (true) {
    const auto page = resources().list(Kind::product, after, 10);
    if (page.empty()) break;
    for (const Resource& each : page) names.push_back(each.name);
    after = page.back().name;
  }
  ASSERT_EQ(names.size(), 26U);
  EXPECT_TRUE(std::ranges::is_sorted(names));
}

TEST_F(ResourcesTest, LeaveOutWhatTheKeyDoesNotOpen) {
  keeper_.apply(kApplication);
  ASSERT_EQ(std::remove((keeper_.folder / "key").c_str()), 0);
  keeper_.open();
  EXPECT_EQ(resources().documents()->device("camera-1"), nullptr);
  EXPECT_NE(resources().documents()->product("camera"), nullptr);
  EXPECT_TRUE(resources().get(Kind::device, "camera-1"));
  EXPECT_THAT(keeper_.log.text(), HasSubstr("left out until it is applied again"));
  EXPECT_EQ(keeper_.outcomes(kApplication),
            "unchanged Product camera, changed Device camera-1, unchanged Pipeline watch");
  EXPECT_EQ(resources().documents()->device("camera-1")->password.reveal(), kSecret);
}

TEST_F(ResourcesTest, StayAsTheyAreWhenTheDatabaseFails) {
  keeper_.apply(kApplication);
  ASSERT_TRUE(keeper_.database->execute("DROP TABLE model_version"));
  const auto applied = resources().apply("kind: Product\nname: meter\n", "", Apply::keep);
  EXPECT_FALSE(applied);
  EXPECT_FALSE(resources().get(Kind::product, "meter"));
  EXPECT_EQ(resources().revision(), 1U);
  EXPECT_EQ(resources().documents()->product("meter"), nullptr);
}

}  // namespace
}  // namespace weir::resource
