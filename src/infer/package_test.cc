// model.yaml is read as documented, and each mistake is told with its place.
#include "infer/package.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/testing/model_folder_test.h"

namespace weir::infer {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kPointer =
    "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n";

base::Result<Package> read(const std::string& yaml) {
  const testing::ModelFolder folder;
  folder.write("model.yaml", yaml);
  folder.write("names.txt", "person\r\ntraffic light\n\ncar\n");
  folder.write("latin1.txt", "caf\xe9\n");
  folder.write("mark.txt", "\xEF\xBB\xBFperson\ncar\n");
  folder.write("pointer.txt", kPointer);
  return read_package(folder.path());
}

TEST(Package, ReadsADetector) {
  const auto package = read(R"(task: detection
inputs:
  - {tensor: input.1, column: view, resize: letterbox, pad: 114, channels: bgr, layout: nhwc,
     scale: 0.5}
outputs:
  - {tensor: "758", decode: fastestdet}
labels: names.txt
weights: small.onnx
)");
  ASSERT_TRUE(package) << package.error().message;
  EXPECT_EQ(package->task, Task::detection);
  EXPECT_EQ(package->input.tensor, "input.1");
  EXPECT_EQ(package->input.column, "view");
  EXPECT_EQ(package->input.resize, Resize::letterbox);
  EXPECT_EQ(package->input.pad, 114);
  EXPECT_EQ(package->input.channels, Channels::bgr);
  EXPECT_EQ(package->input.layout, Layout::nhwc);
  EXPECT_EQ(package->input.scale, 0.5);
  EXPECT_EQ(package->output.tensor, "758");
  EXPECT_EQ(package->output.decode, "fastestdet");
  EXPECT_THAT(package->labels, ElementsAre("person", "traffic light", "car"));
  EXPECT_EQ(package->weights, "small.onnx");
}

TEST(Package, ReadsAClassificationOfSeveralTensors) {
  const auto package = read(R"(task: classification
inputs:
  - tensor: input
    mean: [0.5, 0.4, 0.3]
    std: 0.25
    last: {count: 8, every: 200ms, within: 4s}
outputs:
  - {tensor: 758, decode: classification, activation: softmax}
labels: [background, person]
)");
  ASSERT_TRUE(package) << package.error().message;
  EXPECT_EQ(package->input.column, "image");
  EXPECT_THAT(package->input.mean, ElementsAre(0.5, 0.4, 0.3));
  EXPECT_THAT(package->input.std, ElementsAre(0.25, 0.25, 0.25));
  EXPECT_EQ(package->input.last, (Window{8, 200'000'000, 4'000'000'000}));
  EXPECT_EQ(package->output.tensor, "758");
  EXPECT_EQ(package->output.activation, Activation::softmax);
  EXPECT_EQ(package->weights, "model.onnx");
}

struct Mistake {
  const char* name;
  std::string from, to;  // what of kGood is replaced by what
  std::string says;
};

const std::string kGood = R"(task: classification
inputs:
  - tensor: input
    channels: rgb
    last: {count: 8, every: 200ms, within: 4s}
outputs:
  - tensor: logits
    decode: classification
labels: [background, person]
)";

class Mistakes : public ::testing::TestWithParam<Mistake> {};

TEST_P(Mistakes, AreToldWithTheirPlace) {
  std::string yaml = kGood;
  const std::size_t at = yaml.find(GetParam().from);
  ASSERT_NE(at, std::string::npos);
  yaml.replace(at, GetParam().from.size(), GetParam().to);
  const auto package = read(yaml);
  ASSERT_FALSE(package);
  EXPECT_THAT(package.error().message, HasSubstr("/model.yaml:" + GetParam().says));
}

INSTANTIATE_TEST_SUITE_P(
    Package, Mistakes,
    ::testing::Values(
        Mistake{"Task", "classification\n", "segmentation\n",
                "1:7: task: is 'segmentation', expected classification or detection"},
        Mistake{"NoTask", "task: classification\n", "", "1:1: 'task' is missing"},
        Mistake{"UnknownKey", "channels: rgb", "chanels: rgb",
                "4:5: an input has no 'chanels', expected 'channels'?"},
        Mistake{"Channels", "rgb", "yuv", "4:15: channels: is 'yuv', expected rgb or bgr or gray"},
        Mistake{"PadOfStretch", "channels: rgb", "pad: 3", "4:10: pad: only"},
        Mistake{"Pad", "channels: rgb", "resize: letterbox\n    pad: 256",
                "5:10: pad: expected 0 to 255"},
        Mistake{"Mean", "channels: rgb", "mean: [1, 2]",
                "4:11: mean: has 2 numbers, expected one a channel: 3"},
        Mistake{"Std", "channels: rgb", "std: [1, 0, 1]", "4:10: std: must not be 0"},
        Mistake{"Scale", "channels: rgb", "scale: small",
                "4:12: scale: is string, expected a number"},
        Mistake{"Infinite", "channels: rgb", "scale: .inf", "4:12: scale: is float64, expected"},
        Mistake{"Count", "count: 8", "count: 0", "5:19: count: expected a whole number, 1 to 1000"},
        Mistake{"Every", "every: 200ms", "every: soon", "5:29: every: expected a duration"},
        Mistake{"Within", "within: 4s", "within: 1s",
                "5:44: within: 8 tensors every 200ms never lie within 1s"},
        Mistake{"Window", "{count: 8, every: 200ms, within: 4s}", "8",
                "5:11: last: is int64, expected a map with count, every, within"},
        Mistake{"Decode", "decode: classification", "decode: fastestdet",
                "8:13: decode: is 'fastestdet', expected classification"},
        Mistake{"TwoOutputs", "    decode: classification\n",
                "    decode: classification\n  - {tensor: b, decode: classification}\n",
                "7:3: outputs: has 2 items, only models with one can be used yet"},
        Mistake{"NoLabels", "[background, person]", "[]", "9:9: labels: are empty"},
        Mistake{"LabelFileMissing", "[background, person]", "none.txt", "9:9: labels: "},
        Mistake{"LabelFileElsewhere", "[background, person]", "../names.txt",
                "9:9: labels: expected a list"},
        Mistake{"LabelFileLatin1", "[background, person]", "latin1.txt", "9:9: labels: "},
        Mistake{"LabelFilePointer", "[background, person]", "pointer.txt", "9:9: labels: "},
        Mistake{"Weights", "labels:", "weights: /etc/passwd\nlabels:", "9:10: weights: expected"},
        Mistake{"NotAMap", kGood, "just words", "1:1: a model package: is string, expected a map"},
        Mistake{"TwoDocuments", "labels:", "---\nlabels:", " has 2 documents, expected one"},
        Mistake{"Yaml", "task:", "task: task:", "1:"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Package, AllMistakesAreTold) {
  const auto package = read("task: nothing\nlabels: [a]\ninputs: 3\noutputs: []\n");
  ASSERT_FALSE(package);
  for (const char* place : {":1:7: task", ":3:9: inputs", ":4:10: outputs"}) {
    EXPECT_THAT(package.error().message, HasSubstr(place));
  }
}

TEST(Package, AByteOrderMarkIsNoPartOfALabel) {
  std::string yaml = kGood;
  yaml.replace(yaml.find("[background, person]"), 20, "mark.txt");
  const auto package = read("\xEF\xBB\xBF" + yaml);
  ASSERT_TRUE(package) << package.error().message;
  EXPECT_THAT(package->labels, ElementsAre("person", "car"));
}

TEST(Package, APointerOfGitLfsIsNamedInsteadOfBeingRead) {
  std::string yaml = kGood;
  yaml.replace(yaml.find("[background, person]"), 20, "pointer.txt");
  const auto labels = read(yaml);
  ASSERT_FALSE(labels);
  EXPECT_THAT(labels.error().message, HasSubstr("/pointer.txt: is a Git LFS pointer"));
  const auto package = read(kPointer);
  ASSERT_FALSE(package);
  EXPECT_EQ(package.error().code, base::Code::corrupt);
  EXPECT_THAT(package.error().message, HasSubstr("/model.yaml: is a Git LFS pointer"));
  const auto page = read("<html><body>log in</body></html>");
  ASSERT_FALSE(page);
  EXPECT_THAT(page.error().message, HasSubstr("/model.yaml: is a web page"));
}

TEST(Package, IsCheckedByTheNamesThatAPersonKnows) {
  const testing::ModelFolder folder;
  const auto mistakes = [&](const std::string& yaml) {
    folder.write("1", yaml);
    data::Diagnostics found;
    check_package({"models/m",
                   [&](const std::string& name) {
                     if (name == "model.yaml") return folder.path() + "/1";
                     if (name == "names.txt") return folder.path() + "/2";
                     return name == "model.onnx" ? folder.path() + "/3" : "";
                   }},
                  found);
    return found.text();
  };
  const std::string gone = "/names.txt: cannot be read: No such file or directory\n";
  const std::string good = kGood;
  std::string named = good;
  named.replace(named.find("[background, person]"), 20, "names.txt");
  EXPECT_EQ(mistakes(good), "");
  EXPECT_THAT(mistakes(good + "foo: 1\n"), HasSubstr("models/m/model.yaml:10:1: a model package"));
  EXPECT_THAT(mistakes("{{{garbage"), ::testing::StartsWith("models/m/model.yaml:1:"));
  EXPECT_EQ(mistakes(named), "models/m/model.yaml:9:9: labels: models/m" + gone);
  folder.write("2", "background\nperson\n");
  EXPECT_EQ(mistakes(named), "");
  EXPECT_THAT(mistakes(good + "weights: small.onnx\n"),
              HasSubstr("models/m/model.yaml:10:10: weights: models/m/small.onnx: cannot read"));
  folder.write("3", kPointer);
  EXPECT_THAT(mistakes(good), ::testing::StartsWith("models/m/model.yaml: weights: "
                                                    "models/m/model.onnx: is a Git LFS pointer"));
  EXPECT_THAT(
      mistakes(good + "weights: model.onnx\n"),
      ::testing::StartsWith("models/m/model.yaml:10:10: weights: models/m/model.onnx: is a "));
}

TEST(Package, MissingFileIsNamed) {
  const auto package = read_package("/nowhere");
  ASSERT_FALSE(package);
  EXPECT_EQ(package.error().code, base::Code::missing);
  EXPECT_THAT(package.error().message, HasSubstr("/nowhere/model.yaml"));
}

}  // namespace
}  // namespace weir::infer
