// A file of whole lines, that loses nothing before it is begun.
#include "cli/line_file.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <sstream>

namespace weir::cli {
namespace {

using testing::HasSubstr;

bool give_up() {
  return true;
}

class LineFileTest : public testing::Test {
 protected:
  LineFileTest() { std::filesystem::create_directory(folder_); }
  ~LineFileTest() override { std::filesystem::remove_all(folder_); }

  std::string path(const std::string& name) const { return folder_ + "/" + name; }
  static std::string content(const std::string& path) {
    std::stringstream text;
    text << std::ifstream(path).rdbuf();
    return text.str();
  }

 private:
  const std::string folder_ = testing::TempDir() + "weir-lines-" + std::to_string(getpid());
};

TEST_F(LineFileTest, keeps_what_a_file_held_until_it_is_begun) {
  const std::string file = path("a");
  std::ofstream(file) << "precious\n";
  const auto opened = LineFile::open(file, give_up);
  ASSERT_TRUE(opened);
  EXPECT_EQ(content(file), "precious\n");
  ASSERT_TRUE((*opened)->write("a\n"));
  ASSERT_TRUE((*opened)->write("b\n"));
  EXPECT_EQ(content(file), "a\nb\n");  // at once
}

TEST_F(LineFileTest, begins_a_file_that_gets_no_line) {
  const std::string file = path("a");
  std::ofstream(file) << "of the last run\n";
  const auto opened = LineFile::open(file, give_up);
  ASSERT_TRUE(opened);
  ASSERT_TRUE((*opened)->begin());
  EXPECT_EQ(content(file), "");
}

TEST_F(LineFileTest, takes_back_half_a_line) {
  const std::string file = path("a");
  const auto opened = LineFile::open(file, give_up);
  ASSERT_TRUE(opened);
  ASSERT_TRUE((*opened)->write("whole\n"));
  // A file that may grow no further stands for a full disk.
  rlimit before = {};
  getrlimit(RLIMIT_FSIZE, &before);
  const rlimit full = {.rlim_cur = 10, .rlim_max = before.rlim_max};
  const auto handler = signal(SIGXFSZ, SIG_IGN);
  setrlimit(RLIMIT_FSIZE, &full);
  const auto written = (*opened)->write("too much for it\n");
  setrlimit(RLIMIT_FSIZE, &before);
  signal(SIGXFSZ, handler);
  ASSERT_FALSE(written);
  EXPECT_THAT(written.error().message, HasSubstr("cannot write " + file));
  EXPECT_EQ(content(file), "whole\n");
  ASSERT_TRUE((*opened)->write("next\n"));
  EXPECT_EQ(content(file), "whole\nnext\n");
}

TEST_F(LineFileTest, waits_for_the_reader_of_a_pipe_until_it_is_given_up) {
  const std::string pipe = path("pipe");
  ASSERT_EQ(mkfifo(pipe.c_str(), 0600), 0);
  const auto refused = LineFile::open(pipe, give_up);
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("nobody reads"));
  int reader = -1;
  const auto opened = LineFile::open(pipe, [&] {
    reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
    return false;
  });
  ASSERT_TRUE(opened) << opened.error().message;
  ASSERT_TRUE((*opened)->write("a\n"));
  char got[2] = {};
  EXPECT_EQ(read(reader, got, sizeof got), 2);
  close(reader);
}

TEST_F(LineFileTest, says_what_cannot_be_opened_or_written) {
  const auto nowhere = LineFile::open(path("none/a"), give_up);
  ASSERT_FALSE(nowhere);
  EXPECT_THAT(nowhere.error().message, HasSubstr("No such file"));
  const auto full = LineFile::open("/dev/full", give_up);
  ASSERT_TRUE(full);
  EXPECT_FALSE((*full)->write("a\n"));
}

}  // namespace
}  // namespace weir::cli
