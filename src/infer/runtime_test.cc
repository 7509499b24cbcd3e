// ONNX Runtime is found, and where it is not, the message says what to do.
#include "infer/runtime.h"

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::infer {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Sets a variable of the process for as long as it lives.
class Variable {
 public:
  Variable(const char* name, const char* value) : name_(name) { setenv(name, value, 1); }
  ~Variable() { unsetenv(name_); }

 private:
  const char* name_;
};

TEST(Runtime, IsFoundBesideTheProgram) {
  const auto runtime = Runtime::load();
  ASSERT_TRUE(runtime) << runtime.error().message;
  EXPECT_THAT((*runtime)->library(), HasSubstr("libonnxruntime.so"));
  EXPECT_THAT((*runtime)->version(), ::testing::ContainsRegex("^1\\.[0-9]+\\.[0-9]+"));
}

TEST(Runtime, MayBeLoadedTwice) {
  const auto first = Runtime::load();
  const auto second = Runtime::load({.library = (*first)->library()});
  ASSERT_TRUE(second) << second.error().message;
  EXPECT_EQ(&(*first)->api(), &(*second)->api());
}

TEST(Runtime, KeepsNoRecordOfWhatItDoes) {
  const auto runtime = Runtime::load();
  ASSERT_TRUE(runtime);
  std::size_t files = 0;
  for (const auto& file : std::filesystem::directory_iterator("/proc/self/fd")) {
    std::error_code error;
    const std::string path = std::filesystem::read_symlink(file, error).string();
    EXPECT_THAT(path, Not(HasSubstr("/.onnxruntime/"))) << "its telemetry's database";
    ++files;
  }
  EXPECT_GT(files, 0U);
}

TEST(Runtime, MissingLibraryIsNamedWithWhatToDo) {
  const auto runtime = Runtime::load({.library = "/nowhere/libonnxruntime.so"});
  ASSERT_FALSE(runtime);
  EXPECT_EQ(runtime.error().code, base::Code::missing);
  EXPECT_THAT(runtime.error().message,
              AllOf(HasSubstr("/nowhere/libonnxruntime.so"), HasSubstr("./dev setup"),
                    HasSubstr("WEIR_ONNXRUNTIME")));
}

TEST(Runtime, VariableNamesTheOnlyPlaceLookedAt) {
  const Variable variable("WEIR_ONNXRUNTIME", "/nowhere/else.so");
  const auto runtime = Runtime::load();
  ASSERT_FALSE(runtime);
  EXPECT_THAT(runtime.error().message, HasSubstr("/nowhere/else.so"));
}

TEST(Runtime, AnotherLibraryIsToldApart) {
  const auto runtime = Runtime::load({.library = "libm.so.6"});
  ASSERT_FALSE(runtime);
  EXPECT_EQ(runtime.error().code, base::Code::invalid);
  EXPECT_THAT(runtime.error().message, HasSubstr("not ONNX Runtime"));
}

}  // namespace
}  // namespace weir::infer
