// What is no ONNX model is named as what it is.
#include "infer/weights.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "infer/testing/model_folder_test.h"
#include "infer/testing/tiny_onnx.h"

namespace weir::infer {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::string_literals;

struct Case {
  const char* name;
  std::string content;
  base::Code code;
  const char* says;
};

class OtherFiles : public ::testing::TestWithParam<Case> {};

TEST_P(OtherFiles, AreNamed) {
  const testing::ModelFolder folder;
  const std::string path = folder.write("model.onnx", GetParam().content);
  const auto checked = check_weights(path);
  ASSERT_FALSE(checked);
  EXPECT_EQ(checked.error().code, GetParam().code);
  EXPECT_THAT(checked.error().message, AllOf(HasSubstr(path), HasSubstr(GetParam().says)));
}

INSTANTIATE_TEST_SUITE_P(
    Weights, OtherFiles,
    ::testing::Values(Case{"Empty", "", base::Code::corrupt, "is empty"},
                      Case{"LfsPointer",
                           "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12\n",
                           base::Code::corrupt, "Git LFS pointer"},
                      Case{"TensorFlowLite", "\x1c\0\0\0TFL3\x14\0\x20\0"s, base::Code::corrupt,
                           "TensorFlow Lite"},
                      Case{"Zip", "PK\x03\x04\x14\0"s, base::Code::corrupt, "zip archive"},
                      Case{"Hdf5", "\x89HDF\r\n\x1a\n", base::Code::corrupt, "HDF5"},
                      Case{"Gzip", "\x1f\x8b\x08\0"s, base::Code::corrupt, "gzip"},
                      Case{"Html", "\n<!DOCTYPE html><html>", base::Code::corrupt, "a web page"},
                      Case{"Text", "404: Not Found\n", base::Code::corrupt, "a text file"}),
    [](const auto& info) { return std::string(info.param.name); });

TEST(Weights, MissingFileAndFolderAreNamed) {
  const testing::ModelFolder folder;
  const auto missing = check_weights(folder.path() + "/model.onnx");
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, base::Code::missing);
  EXPECT_THAT(missing.error().message, HasSubstr("No such file"));
  const auto directory = check_weights(folder.path());
  ASSERT_FALSE(directory);
  EXPECT_THAT(directory.error().message, HasSubstr("not a plain file"));
}

TEST(Weights, ModelPasses) {
  const testing::ModelFolder folder;
  const std::string model = testing::model(testing::channel_means());
  EXPECT_TRUE(check_weights(folder.write("model.onnx", model)));
  EXPECT_EQ(recognise_other(model), "");
}

}  // namespace
}  // namespace weir::infer
