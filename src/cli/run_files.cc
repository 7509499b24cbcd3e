// What is read must not be written over.
#include "cli/run_files.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <utility>

#include "contract/bind.h"
#include "contract/param.h"
#include "flow/file_use.h"

namespace weir::cli {
namespace {

struct NamedFile {
  std::string path;
  std::string what;  // it is, for messages
};

bool same_file(const std::string& a, const std::string& b) {
  const std::string file = flow::file_identity(a);
  return !file.empty() && file == flow::file_identity(b);
}

void add_files(const contract::Deployment& deployment, const contract::Step& step,
               const contract::Contract& contract, std::vector<NamedFile>& out) {
  const bool input = contract.group == contract::Group::input;
  for (const contract::Argument& argument : step.arguments) {
    const contract::Param* const param = contract::find_param(contract, argument.name);
    if (param == nullptr || param->type != contract::Type::path) continue;
    std::string path = contract::text_of(argument, deployment);
    if (path.empty()) continue;
    out.push_back(
        {std::move(path), "what step '" + step.id + (input ? "' reads" : "' works with")});
  }
}

std::vector<NamedFile> files_of(const RunOptions& options, const contract::Documents& documents,
                                const contract::Catalogue& catalogue) {
  std::vector<NamedFile> out;
  for (const std::string& file : options.files) out.push_back({file, "what is to be run"});
  for (const contract::Deployment& deployment : documents.deployments) {
    const contract::Pipeline* const pipeline = documents.pipeline(deployment.pipeline);
    if (pipeline == nullptr) continue;
    for (const contract::Step& step : pipeline->steps) {
      if (const auto* const contract = catalogue.find(step.operator_name))
        add_files(deployment, step, *contract, out);
    }
  }
  return out;
}

bool raises_alerts(const contract::Documents& documents) {
  return std::ranges::any_of(documents.pipelines, [](const contract::Pipeline& pipeline) {
    return std::ranges::any_of(
        pipeline.steps, [](const contract::Step& step) { return step.operator_name == "alert"; });
  });
}

// Why no file can be made in a folder that may have to be made itself; "" where it can.
std::string not_usable(const std::string& folder) {
  std::error_code error;
  std::filesystem::path there = std::filesystem::absolute(folder, error);
  while (there.has_relative_path() && !std::filesystem::exists(there, error))
    there = there.parent_path();
  if (!std::filesystem::is_directory(there, error)) return there.string() + " is no folder";
  if (access(there.c_str(), W_OK | X_OK) == 0) return "";
  return "cannot write into " + there.string() + ": " + base::errno_text(errno);
}

}  // namespace

void check_files(const RunOptions& options, const contract::Documents& documents,
                 const contract::Catalogue& catalogue, data::Diagnostics& diagnostics) {
  const auto refuse = [&](std::string_view option, base::Code code, std::string message) {
    diagnostics.add(option, {}, code, std::move(message));
  };
  const std::string& input = options.stand_ins.input;
  if (input.find("://") == std::string::npos && !input.empty() && access(input.c_str(), R_OK) != 0)
    refuse("--input", base::Code::io, "cannot read " + input + ": " + base::errno_text(errno));
  std::vector<NamedFile> files = files_of(options, documents, catalogue);
  const NamedFile targets[] = {{options.output == "-" ? "/dev/stdout" : options.output, "--output"},
                               {options.metrics, "--metrics"}};
  for (const NamedFile& target : targets) {
    if (target.path.empty()) continue;
    for (const NamedFile& file : files) {
      if (!same_file(target.path, file.path)) continue;
      refuse(target.what, base::Code::conflict,
             target.path + " is " + file.what + ", expected another file");
      break;
    }
    files.push_back({target.path, "where " + target.what + " goes"});
  }
  if (const std::string why = not_usable(options.alerts); raises_alerts(documents) && !why.empty())
    refuse("--alerts", base::Code::io, why);
}

}  // namespace weir::cli
