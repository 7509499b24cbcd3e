// Which files the steps of a plan read and write.
#include "flow/file_use.h"

#include <sys/stat.h>

#include <filesystem>
#include <map>
#include <string>
#include <system_error>

namespace weir::flow {
namespace {

std::optional<FileClash> clash(const Plan& plan, std::size_t writer, const std::string& path,
                               std::size_t other, const char* does) {
  if (other == writer) return std::nullopt;
  return FileClash{
      writer,
      {base::Code::conflict, path + " is " + does + " by step '" + plan.steps[other].id +
                                 "', too; expected a file " + "of its own"}};
}

}  // namespace

std::string file_identity(const std::string& path) {
  struct stat status = {};
  const bool there = stat(path.c_str(), &status) == 0;
  if (there && !S_ISREG(status.st_mode)) return "";
  if (there) return std::to_string(status.st_dev) + ":" + std::to_string(status.st_ino);
  std::error_code error;
  const auto whole = std::filesystem::absolute(path, error);
  const auto plain = error ? whole : std::filesystem::weakly_canonical(whole, error);
  return error ? path : plain.string();
}

std::optional<FileClash> find_clash(const Plan& plan) {
  std::map<std::string, std::size_t> readers, writers;
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const std::string& path : plan.steps[i].prepared.reads)
      readers.emplace(file_identity(path), i);
  }
  for (std::size_t i = 0; i < plan.steps.size(); ++i) {
    for (const std::string& path : plan.steps[i].prepared.writes) {
      const std::string file = file_identity(path);
      if (file.empty()) continue;
      if (const auto found = readers.find(file); found != readers.end()) {
        if (auto bad = clash(plan, i, path, found->second, "read")) return bad;
      }
      const auto writer = writers.emplace(file, i).first->second;
      if (auto bad = clash(plan, i, path, writer, "written")) return bad;
    }
  }
  return std::nullopt;
}

}  // namespace weir::flow
