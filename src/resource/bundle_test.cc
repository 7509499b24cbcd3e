// Bundles: from files on disk to what is kept, with messages that tell places in those files.
#include "resource/bundle.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include "resource/keeper_test.h"
#include "resource/resources.h"
#include "store/digest.h"

namespace weir::resource {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;
using testing::kApplication;
using testing::Keeper;
using ::testing::SizeIs;

constexpr std::string_view kDeployment =
    "kind: Deployment\nname: watch\npipeline: watch\ndevices: {product: camera}\n"
    "models: {detector: models/detector}\n";

class BundleTest : public ::testing::Test {
 protected:
  BundleTest() {
    write("app/models/detector/model.yaml", "task: detection\n");
    write("app/models/detector/weights/model.onnx", "weights");
    write("app/models/detector/.git/HEAD", "not sent");
    write("app/models/detector/copy.onnx", "weights");
  }

  std::string write(std::string_view name, std::string_view text) {
    return keeper_.folder.write("files/" + std::string(name), text);
  }
  std::string path(std::string_view name) {
    return keeper_.folder / ("files/" + std::string(name));
  }
  std::string mistakes(const std::vector<std::string>& files) {
    data::Diagnostics diagnostics;
    bundle_ = make_bundle(files, diagnostics);
    return diagnostics.text();
  }
  void upload() {
    for (const Upload& each : bundle_.uploads) {
      EXPECT_EQ(keeper_.blobs->put(testing::read_file(each.path)), each.digest);
    }
  }

  Keeper keeper_;
  Bundle bundle_;
};

TEST_F(BundleTest, CarriesAnApplicationWithItsModel) {
  const std::string app =
      write("app/app.yaml", std::string(kApplication) + "---\n" + std::string(kDeployment));
  ASSERT_EQ(mistakes({app}), "");
  EXPECT_THAT(bundle_.uploads, SizeIs(2));  // two files are the same
  EXPECT_THAT(keeper_.refusal(bundle_.text),
              HasSubstr("(models):2:1: file 'copy.onnx' of model 'detector' is not here"));
  upload();
  EXPECT_EQ(keeper_.outcomes(bundle_.text),
            "created Product camera, created Device camera-1, created Pipeline watch, created "
            "Deployment watch, created Model detector");
  const auto folder = keeper_.resources().materialize("detector", keeper_.folder / "models");
  ASSERT_TRUE(folder) << folder.error().message;
  EXPECT_EQ(testing::read_file(*folder + "/weights/model.onnx"), "weights");
  EXPECT_EQ(testing::read_file(*folder + "/copy.onnx"), "weights");
  EXPECT_FALSE(fs::exists(*folder + "/.git"));
  EXPECT_FALSE(keeper_.apply(bundle_.text).changes());

  // One file changes: the model and who names it change, nothing else.
  write("app/models/detector/copy.onnx", "better weights");
  ASSERT_EQ(mistakes({app}), "");
  upload();
  EXPECT_EQ(keeper_.outcomes(bundle_.text),
            "unchanged Product camera, unchanged Device camera-1, unchanged Pipeline watch, "
            "changed Deployment watch, changed Model detector");
}

TEST_F(BundleTest, KeepsThePlacesOfEachFile) {
  const std::string device =
      write("device.yaml", "# a comment\nkind: Device\nname: d\nproduct: camra\ndriver: rtsp");
  const std::string app = write("app/app.yaml", std::string(kApplication) + "\n---\n" +
                                                    std::string(kDeployment) + "values: {x: 1}\n");
  ASSERT_EQ(mistakes({device, app}), "");
  EXPECT_THAT(bundle_.text, HasSubstr("#%weir file " + device + "\n# a comment\n"));
  upload();
  EXPECT_EQ(keeper_.refusal(bundle_.text),
            app + ":28:13: pipeline 'watch' has no slot 'x', expected detector\n" + device +
                ":2:1: device 'd' is of unknown product 'camra' (did you mean 'camera'?), expected "
                "a document of kind Product with that name\n");
}

TEST_F(BundleTest, LeavesNamesOfModelsToTheServer) {
  keeper_.apply(keeper_.model("kept", {{"model.yaml", "x"}}));
  const std::string named =
      "kind: Deployment\nname: d\npipeline: watch\ndevices: camera-1\n"
      "models: {detector: kept}\n";
  const std::string app = write("app/app.yaml", std::string(kApplication) + "---\n" + named);
  ASSERT_EQ(mistakes({app}), "");
  EXPECT_THAT(bundle_.uploads, SizeIs(0));
  keeper_.apply(bundle_.text);
}

TEST_F(BundleTest, RefusesWhatIsNoModel) {
  const auto with_model = [&](std::string_view model) {
    return write("app/app.yaml", "kind: Deployment\nname: d\npipeline: p\nmodels:\n  m: " +
                                     std::string(model) + "\n");
  };
  const std::string app = path("app/app.yaml");
  EXPECT_EQ(mistakes({with_model("models/none")}),
            app +
                ":5:6: model 'm' is 'models/none', which is no folder beside the file, expected "
                "a model's folder, or the name of a model that is kept\n");
  write("app/models/empty/readme", "");
  EXPECT_THAT(mistakes({with_model("models/empty")}), HasSubstr(":5:6: the folder '"));
  EXPECT_THAT(mistakes({with_model("models/empty")}), HasSubstr("has no model.yaml"));
  write("app/models/a b/model.yaml", "");
  EXPECT_THAT(mistakes({with_model("models/a b")}), HasSubstr("is no name for a model"));
  write("app/models/odd/model.yaml", "");
  write("app/models/odd/a:b", "");
  EXPECT_THAT(mistakes({with_model("models/odd")}), HasSubstr("is no name for a model's file"));
  write("app/models/link/model.yaml", "");
  fs::create_symlink("/", path("app/models/link/root"));
  EXPECT_THAT(mistakes({with_model("models/link")}), HasSubstr("/root' is no file"));
  write("app/models/many/model.yaml", "");
  for (int i = 0; i < 1'000; ++i) write("app/models/many/" + std::to_string(i), "");
  EXPECT_THAT(mistakes({with_model("models/many")}), HasSubstr("has more than 1000 files"));
  EXPECT_EQ(mistakes({with_model("models/detector/")}), "");
  EXPECT_EQ(mistakes({with_model(path("app/models/detector"))}), "");
  EXPECT_THAT(bundle_.text, HasSubstr("\"name\": \"detector\""));
}

TEST_F(BundleTest, TakesOneFolderHoweverItIsSpelled) {
  const std::string app =
      write("app/app.yaml",
            "kind: Deployment\nname: d\npipeline: p\n"
            "models: {a: models/detector, b: models/detector/, c: ./models//x/../detector}\n");
  EXPECT_EQ(mistakes({app}), "");
  EXPECT_THAT(bundle_.model_folders, SizeIs(1));
}

TEST_F(BundleTest, RefusesTwoFoldersOfOneName) {
  write("app/other/detector/model.yaml", "task: other\n");
  const std::string app =
      write("app/app.yaml",
            "kind: Deployment\nname: d\npipeline: p\n"
            "models: {a: models/detector, b: other/detector, c: ./models/detector}\n");
  EXPECT_THAT(mistakes({app}), HasSubstr("app.yaml:4:33: the folders '"));
  EXPECT_THAT(mistakes({app}), HasSubstr("both are model 'detector'"));
}

TEST_F(BundleTest, RefusesFilesThatCannotBeSent) {
  EXPECT_THAT(mistakes({path("none.yaml")}), HasSubstr("none.yaml: cannot be opened"));
  EXPECT_THAT(mistakes({write("bad.yaml", "kind: [\n")}), HasSubstr("bad.yaml:"));
  EXPECT_THAT(mistakes({write("marker.yaml", "a: b\n#%weir file x\n")}),
              HasSubstr("has a line that begins with '#%weir file '"));
  std::string large = "kind: Product\nname: p\n" + std::string(700'000, '#') + "\n";
  const std::string first = write("a.yaml", large);
  large.replace(large.find("name: p"), 7, "name: q");
  EXPECT_THAT(mistakes({first, write("b.yaml", large)}),
              HasSubstr("expected at most 1048576: apply them one after the other"));
  EXPECT_THAT(mistakes(std::vector<std::string>(1'001, first)), HasSubstr("1001 files"));
}

}  // namespace
}  // namespace weir::resource
