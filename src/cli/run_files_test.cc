// What a run refuses to write over, and where it cannot write at all.
#include "cli/run_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "node/node.h"

namespace weir::cli {
namespace {

using testing::HasSubstr;

class RunFiles : public testing::Test {
 protected:
  RunFiles() {
    std::filesystem::create_directory(folder_);
    options_.files = {file("p.yaml")};
    options_.stand_ins.input = file("in.jsonl");
    options_.alerts = folder_ + "/alerts";
    for (const std::string& path : {file("p.yaml"), file("in.jsonl")}) std::ofstream(path) << "{}";
  }
  ~RunFiles() override { std::filesystem::remove_all(folder_); }

  std::string file(const std::string& name) const { return folder_ + "/" + name; }

  std::string check() {
    data::Diagnostics diagnostics;
    contract::Documents documents;
    const contract::Catalogue catalogue = node::catalogue();
    contract::read_documents(
        "kind: Pipeline\nname: p\nsteps:\n  - file_input: {path: x}\n"
        "  - alert: {title: t}\n  - file_output: {path: \"" +
            file("step.jsonl") + "\"}\n",
        "p.yaml", documents, diagnostics);
    stand_in(documents, options_.stand_ins, catalogue, diagnostics);
    check_files(options_, documents, catalogue, diagnostics);
    return diagnostics.text();
  }

  const std::string folder_ = testing::TempDir() + "weir-files-" + std::to_string(getpid());
  RunOptions options_;
};

TEST_F(RunFiles, of_their_own_are_fine) {
  options_.output = file("out.jsonl");
  options_.metrics = file("metrics.json");
  EXPECT_EQ(check(), "");
}

TEST_F(RunFiles, are_not_written_over) {
  std::filesystem::create_symlink("in.jsonl", file("link.jsonl"));
  std::filesystem::create_hard_link(file("in.jsonl"), file("hard.jsonl"));
  const std::pair<std::string, std::string> kCases[] = {
      {"in.jsonl", "what step 'file_input' reads"},
      {"link.jsonl", "what step 'file_input' reads"},
      {"hard.jsonl", "what step 'file_input' reads"},
      {"p.yaml", "what is to be run"},
      {"./step.jsonl", "what step 'file_output' works with"},
  };
  for (const auto& [name, expected] : kCases) {
    options_.output = file(name);
    options_.metrics = "";
    EXPECT_THAT(check(), HasSubstr("--output: " + file(name) + " is " + expected));
    options_.output = "";
    options_.metrics = file(name);
    EXPECT_THAT(check(), HasSubstr("--metrics: " + file(name) + " is " + expected));
  }
}

TEST_F(RunFiles, output_and_metrics_are_two) {
  options_.output = options_.metrics = file("both");
  EXPECT_THAT(check(), HasSubstr("--metrics: " + file("both") + " is where --output goes"));
  options_.output = options_.metrics = "/dev/null";
  EXPECT_EQ(check(), "");
}

TEST_F(RunFiles, an_input_that_is_not_there_is_told_of_the_option) {
  options_.stand_ins.input = file("none.csv");
  EXPECT_THAT(check(), HasSubstr("--input: cannot read " + file("none.csv") + ": No such file"));
}

TEST_F(RunFiles, alerts_need_a_folder) {
  options_.alerts = file("in.jsonl");
  EXPECT_THAT(check(), HasSubstr("--alerts: " + file("in.jsonl") + " is no folder"));
  options_.alerts = file("in.jsonl/below");
  EXPECT_THAT(check(), HasSubstr("--alerts: " + file("in.jsonl") + " is no folder"));
}

}  // namespace
}  // namespace weir::cli
