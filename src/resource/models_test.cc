// Models: versions kept and named, folders sent along, folders made of blobs.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <vector>

#include "resource/keeper_test.h"
#include "resource/model.h"
#include "resource/resources.h"

namespace weir::resource {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::kApplication;
using testing::Keeper;
using ::testing::SizeIs;

using Files = std::map<std::string, std::string>;

Files files(const std::string& weights) {
  return {{"model.yaml", "task: detection\n"}, {"weights/model.onnx", weights}};
}

std::string deployment(std::string_view name, std::string_view model) {
  return "---\nkind: Deployment\nname: " + std::string(name) +
         "\npipeline: watch\ndevices: {product: camera}\nmodels: {detector: " + std::string(model) +
         "}\n";
}

class ModelsTest : public ::testing::Test {
 protected:
  ModelsTest() { keeper_.apply(kApplication); }

  std::string apply_version(const std::string& weights) {
    keeper_.clock.advance(1);
    keeper_.apply(keeper_.model("detector", files(weights)));
    return newest();
  }
  std::string newest() { return resources().get(Kind::model, "detector")->versions[0].digest; }
  std::vector<std::string> kept() {
    std::vector<std::string> digests;
    const auto model = resources().get(Kind::model, "detector");
    for (const Version& version : model->versions) digests.push_back(version.digest);
    return digests;
  }
  Resources& resources() { return keeper_.resources(); }
  data::Value filled(std::size_t deployment) {
    return resources().documents()->deployments[deployment].fills.front().value;
  }

  Keeper keeper_;
};

TEST_F(ModelsTest, AreKeptInVersions) {
  const std::string first = apply_version("1");
  const std::string second = apply_version("2");
  EXPECT_NE(first, second);
  EXPECT_THAT(kept(), ElementsAre(second, first));
  EXPECT_EQ(keeper_.outcomes(keeper_.model("detector", files("2"))), "unchanged Model detector");
  EXPECT_EQ(apply_version("1"), first);  // back again
  EXPECT_THAT(kept(), ElementsAre(first, second));
  keeper_.open();
  EXPECT_THAT(kept(), ElementsAre(first, second));
  EXPECT_EQ(resources().documents()->model("detector")->version, first);
}

TEST_F(ModelsTest, FillSlotsByNameOrVersion) {
  const std::string first = apply_version("1");
  keeper_.apply(deployment("by-name", "detector") + deployment("by-version", "detector@" + first));
  EXPECT_EQ(filled(0), data::Value("detector@" + first));
  const std::string second = apply_version("2");
  EXPECT_EQ(filled(0), data::Value("detector@" + second));
  EXPECT_EQ(filled(1), data::Value("detector@" + first));
  const auto model = resources().get(Kind::model, "detector");
  EXPECT_THAT(model->versions[0].used_by, ElementsAre("by-name"));
  EXPECT_THAT(model->versions[1].used_by, ElementsAre("by-version"));
  keeper_.open();
  EXPECT_EQ(filled(0), data::Value("detector@" + second));
}

TEST_F(ModelsTest, FillSlotsByTheFolderSentAlong) {
  const std::string text =
      keeper_.model("detector", files("1"), "models/detector") + deployment("d", "models/detector");
  const Applied applied = keeper_.apply(text);
  EXPECT_EQ(filled(0), data::Value("detector@" + newest()));
  EXPECT_FALSE(keeper_.apply(text).changes());
  // From another folder it is the same.
  EXPECT_FALSE(keeper_
                   .apply(keeper_.model("detector", files("1"), "other/detector") +
                          deployment("d", "other/detector"))
                   .changes());
  EXPECT_THAT(resources().get(Kind::deployment, "d")->spec,
              HasSubstr("\"models\":{\"detector\":\"detector@sha256:"));
  EXPECT_EQ(resources().get(Kind::model, "detector")->spec.find("folder"), std::string::npos);
}

TEST_F(ModelsTest, AreRefusedWhereTheyStandForNothing) {
  apply_version("1");
  EXPECT_EQ(keeper_.refusal(deployment("d", "models/detector")),
            "app.yaml:6:20: unknown model 'models/detector', expected a model's folder that is "
            "sent along, or the name of a model that is kept\n");
  EXPECT_THAT(keeper_.refusal(deployment("d", "detectr")), HasSubstr("did you mean 'detector'?"));
  EXPECT_THAT(keeper_.refusal(deployment("d", "detector@sha256:" + std::string(64, '0'))),
              HasSubstr("is not kept in version sha256:000"));
  EXPECT_THAT(keeper_.refusal("kind: Pipeline\nname: p\nsteps:\n"
                              "- camera_input: {product: camera, property: video}\n"
                              "- look: {model: models/detector}\n"),
              HasSubstr("app.yaml:5:17: 'model' of 'look' is a string 'models/detector', expected "
                        "a $slot"));
}

TEST_F(ModelsTest, AreRefusedWithoutTheirFiles) {
  std::string text = keeper_.model("detector", files("1"));
  std::string changed = text;
  changed.replace(changed.find("model.yaml"), 10, "model.yam_");
  EXPECT_THAT(keeper_.refusal(changed), HasSubstr("app.yaml:5:3: model 'detector' has no file "
                                                  "model.yaml"));
  changed = text;
  changed.replace(changed.find("weights/"), 8, "weight/");
  EXPECT_THAT(keeper_.refusal(changed),
              HasSubstr("app.yaml:3:10: the version of model 'detector' is not the digest of its "
                        "files, expected sha256:"));
  ASSERT_TRUE(keeper_.blobs->remove(*keeper_.blobs->put("1")));
  EXPECT_EQ(keeper_.outcomes(text, Apply::dry_run), "created Model detector");
  EXPECT_THAT(keeper_.refusal(text),
              HasSubstr("file 'weights/model.onnx' of model 'detector' is not here, expected blob "
                        "sha256:"));
}

TEST_F(ModelsTest, AreRefusedWhereTheirFilesAreNone) {
  apply_version("garbage");
  std::size_t asked = 0;
  keeper_.check_model = [&](const contract::ModelVersion& model, data::Diagnostics& mistakes) {
    ++asked;
    const std::string& digest = model.files.at("weights/model.onnx");
    if (testing::read_file(keeper_.blobs->path(digest)).starts_with("garbage"))
      mistakes.add(model.folder + "/model.yaml", {2, 1}, base::Code::invalid, "no model");
  };
  const auto revision = resources().revision();
  const std::string text =
      keeper_.model("detector", files("garbage 2"), "m") + "---\n" + std::string(kApplication);
  EXPECT_EQ(keeper_.refusal(text), "m/model.yaml:2:1: no model\n");
  const auto dry = resources().apply(text, "app.yaml", Apply::dry_run);
  ASSERT_TRUE(dry);
  EXPECT_EQ(dry->refused.text(), "m/model.yaml:2:1: no model\n");
  EXPECT_EQ(resources().revision(), revision);
  EXPECT_THAT(kept(), SizeIs(1));

  ASSERT_TRUE(keeper_.blobs->remove(*keeper_.blobs->put("garbage 2")));
  asked = 0;
  EXPECT_EQ(keeper_.outcomes(keeper_.model("detector", files("garbage"))),
            "unchanged Model detector");
  EXPECT_TRUE(resources().apply(text, "app.yaml", Apply::dry_run)->refused.empty());
  keeper_.apply(keeper_.model("detector", files("weights")));
  EXPECT_EQ(asked, 1u);
}

TEST_F(ModelsTest, OldVersionsGoWithTheirBlobsUnlessTheyAreUsed) {
  const std::string pinned = apply_version("pinned");
  keeper_.apply(deployment("d", "detector@" + pinned));
  std::vector<std::string> digests;
  for (int i = 0; i < 15; ++i) digests.push_back(apply_version("weights " + std::to_string(i)));
  std::ranges::reverse(digests);
  digests.resize(kVersionsKeptMax);
  digests.push_back(pinned);
  EXPECT_EQ(kept(), digests);
  keeper_.open();
  EXPECT_EQ(kept(), digests);
  ASSERT_TRUE(resources().remove(Kind::deployment, "d"));
  apply_version("one more");
  EXPECT_THAT(kept(), SizeIs(kVersionsKeptMax));
  // What is left: the weights of ten versions, and the one description they share.
  std::uint64_t bytes = std::string("task: detection\n").size() + std::string("one more").size();
  for (int i = 14; i > 5; --i) bytes += ("weights " + std::to_string(i)).size();
  EXPECT_EQ(keeper_.blobs->bytes(), bytes);
}

TEST_F(ModelsTest, MakeRoomAmongWhatNobodyUses) {
  const std::string pinned = apply_version("pinned");
  keeper_.apply(deployment("d", "detector@" + pinned));
  apply_version("old");
  const std::string newer = apply_version("newer");
  keeper_.apply(keeper_.model("other", files("old")));  // shares a file with what goes
  const std::string newest = apply_version("newest");
  const std::string shared = *keeper_.blobs->put("old");
  ASSERT_TRUE(resources().make_room());
  EXPECT_THAT(kept(), ElementsAre(newest, newer, pinned));
  EXPECT_TRUE(keeper_.blobs->has(shared));
  const std::uint64_t bytes = keeper_.blobs->bytes();
  ASSERT_TRUE(resources().make_room());
  EXPECT_THAT(kept(), ElementsAre(newest, pinned));
  EXPECT_EQ(keeper_.blobs->bytes(), bytes - std::string("newer").size());
  EXPECT_FALSE(resources().make_room());
  keeper_.open();
  EXPECT_THAT(kept(), ElementsAre(newest, pinned));
}

TEST_F(ModelsTest, SweepWhatNoModelNamesWhenOpened) {
  apply_version("1");
  const std::string left = *keeper_.blobs->put("of an upload that was never applied");
  const std::string used = *keeper_.blobs->put("1");
  keeper_.open();
  EXPECT_FALSE(keeper_.blobs->has(left));
  EXPECT_TRUE(keeper_.blobs->has(used));
}

TEST_F(ModelsTest, BecomeFolders) {
  const std::string first = apply_version("1");
  const std::string folder = keeper_.folder / "models";
  const auto made = resources().materialize("detector", folder);
  ASSERT_TRUE(made) << made.error().message;
  EXPECT_EQ(*made, folder + "/detector/" + first.substr(7));
  EXPECT_EQ(testing::read_file(*made + "/model.yaml"), "task: detection\n");
  EXPECT_EQ(testing::read_file(*made + "/weights/model.onnx"), "1");
  EXPECT_EQ(resources().materialize("detector@" + first, folder), *made);

  // Made whole again after a power cut, without what a stopped attempt left.
  fs::remove(*made + "/model.yaml");
  fs::create_directories(*made + ".new/weights");
  EXPECT_EQ(resources().materialize("detector", folder), *made);
  EXPECT_EQ(testing::read_file(*made + "/model.yaml"), "task: detection\n");
  EXPECT_FALSE(fs::exists(*made + ".new"));

  const std::string second = apply_version("2");
  const auto other = resources().materialize("detector", folder);
  EXPECT_NE(*other, *made);
  EXPECT_TRUE(fs::exists(*made));  // still kept
  EXPECT_EQ(resources().materialize("none", folder).error().code, base::Code::unknown_name);
  EXPECT_EQ(resources().materialize("../x", folder).error().code, base::Code::unknown_name);
}

TEST_F(ModelsTest, LeaveNoFoldersWhenTheyGo) {
  const std::string folder = keeper_.folder / "models";
  apply_version("0");
  const std::string dropped = *resources().materialize("detector", folder);
  for (std::size_t i = 1; i <= kVersionsKeptMax; ++i) apply_version(std::to_string(i));
  const std::string newest = *resources().materialize("detector", folder);
  keeper_.apply(keeper_.model("other", files("other")));
  const std::string deleted = *resources().materialize("other", folder);
  fs::create_directories(dropped);  // was in use when the model was last put in place
  resources().sweep(folder);
  EXPECT_FALSE(fs::exists(dropped));
  EXPECT_TRUE(fs::exists(newest));
  EXPECT_TRUE(fs::exists(deleted));
  ASSERT_TRUE(resources().remove(Kind::model, "other"));
  resources().sweep(folder);
  EXPECT_FALSE(fs::exists(fs::path(deleted).parent_path()));
  EXPECT_TRUE(fs::exists(newest + "/weights/model.onnx"));
  resources().sweep(keeper_.folder / "none");
}

TEST_F(ModelsTest, AreNotMadeOfMissingOrDamagedBlobs) {
  apply_version("12345");
  const std::string digest = *keeper_.blobs->put("12345");
  const std::string path = keeper_.blobs->path(digest);
  fs::permissions(path, fs::perms::owner_write, fs::perm_options::add);
  keeper_.folder.write(fs::path(path).lexically_relative(keeper_.folder.path()).string(), "12x45");
  const std::string folder = keeper_.folder / "models";
  const auto damaged = resources().materialize("detector", folder);
  ASSERT_FALSE(damaged);
  EXPECT_EQ(damaged.error().code, base::Code::corrupt);
  EXPECT_THAT(damaged.error().message, HasSubstr("file 'weights/model.onnx' of model 'detector'"));
  ASSERT_TRUE(keeper_.blobs->remove(digest));
  EXPECT_EQ(resources().materialize("detector", folder).error().code, base::Code::missing);
}

TEST(VersionDigest, IsOfPathsAndDigestsInOrder) {
  // printf 'a\0sha256:x\nb\0sha256:y\n' | sha256sum
  EXPECT_EQ(version_digest({{"b", "sha256:y"}, {"a", "sha256:x"}}),
            "sha256:debf98f7b9b088572b98a0732f4809d934fe42a43d5dfaaedfee0bca1aa627d5");
}

}  // namespace
}  // namespace weir::resource
