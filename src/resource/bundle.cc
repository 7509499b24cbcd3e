// What `weir apply` sends.
#include "resource/bundle.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <set>
#include <string_view>
#include <system_error>
#include <utility>

#include "contract/document.h"
#include "data/json.h"
#include "resource/model.h"
#include "resource/resources.h"
#include "resource/text_parts.h"
#include "store/digest.h"

namespace weir::resource {

using base::Code;
using base::fail;
using base::Result;
using contract::Deployment;
using contract::Documents;
using contract::Fill;
using data::Diagnostics;

namespace {

namespace fs = std::filesystem;

constexpr std::string_view kModelsPart = "(models)";

struct Folder {
  std::string path;                          // as Fill::value has it
  std::map<std::string, std::string> files;  // path within the folder → digest
};

class BundleMaker {
 public:
  explicit BundleMaker(Diagnostics& diagnostics) : diagnostics_(diagnostics) {}

  Bundle make(std::span<const std::string> files);

 private:
  void add_file(const std::string& file, Documents& documents);
  void add_models(const Deployment& deployment);
  Result<> add_model(const Fill& fill);
  Result<std::map<std::string, std::string>> read_folder(const std::string& folder);
  Result<> read_entry(const fs::directory_entry& entry, const std::string& folder,
                      std::map<std::string, std::string>& files);
  std::string model_documents() const;

  Diagnostics& diagnostics_;
  Bundle bundle_;
  std::map<std::string, Folder> models_;  // by the model's name
  std::set<std::string> digests_;
};

Bundle BundleMaker::make(std::span<const std::string> files) {
  Documents documents;
  if (files.size() > contract::kFilesMax) {
    diagnostics_.add("", {}, Code::limit,
                     std::to_string(files.size()) + " files, expected at most " +
                         std::to_string(contract::kFilesMax));
    return {};
  }
  for (const std::string& file : files) add_file(file, documents);
  if (!diagnostics_.empty()) return {};  // before the first large file is read
  for (const Deployment& deployment : documents.deployments) add_models(deployment);
  if (!diagnostics_.empty()) return {};
  if (!models_.empty()) {
    const auto appended = append_part(bundle_.text, kModelsPart, model_documents());
    if (!appended) diagnostics_.add("", {}, appended.error().code, appended.error().message);
  }
  if (bundle_.text.size() > kApplyBytesMax) {
    diagnostics_.add("", {}, Code::limit,
                     "the files make a text of " + std::to_string(bundle_.text.size()) +
                         " bytes, expected at most " + std::to_string(kApplyBytesMax) +
                         ": apply them one after the other");
  }
  return std::move(bundle_);
}

void BundleMaker::add_file(const std::string& file, Documents& documents) {
  const auto refuse = [&](const base::Error& error) {
    diagnostics_.add(file, {}, error.code, error.message);
  };
  const auto text = contract::read_file(file);
  if (!text) return refuse(text.error());
  contract::read_documents(*text, file, documents, diagnostics_);
  if (!valid_part_name(file)) {
    return refuse({Code::invalid, "the file's name cannot be sent, expected printable text"});
  }
  if (const auto appended = append_part(bundle_.text, file, *text); !appended) {
    refuse(appended.error());
  }
}

void BundleMaker::add_models(const Deployment& deployment) {
  for (const Fill& fill : deployment.fills) {
    if (fill.kind != Fill::Kind::model) continue;
    std::error_code error;
    const bool folder = fs::is_directory(*fill.value.get<std::string>(), error);
    if (!folder && contract::parse_model_reference(fill.written)) continue;  // kept at the server
    const auto added =
        folder ? add_model(fill)
               : fail(Code::io, "model '" + fill.slot + "' is '" + fill.written +
                                    "', which is no folder beside the file, expected a model's "
                                    "folder, or the name of a model that is kept");
    if (!added) {
      diagnostics_.add(deployment.file, fill.position, added.error().code, added.error().message);
    }
  }
}

Result<> BundleMaker::add_model(const Fill& fill) {
  std::string path = *fill.value.get<std::string>();
  std::error_code error;
  const std::string name = fs::absolute(path, error).lexically_normal().filename().string();
  const auto reference = contract::parse_model_reference(name);
  if (!reference || !reference->version.empty()) {
    return fail(Code::invalid, "the folder '" + name +
                                   "' is no name for a model, expected letters, "
                                   "digits, '-' and '_'");
  }
  const auto known = models_.find(name);
  if (known != models_.end() && known->second.path == path) return {};
  if (known != models_.end()) {
    return fail(Code::conflict, "the folders '" + known->second.path + "' and '" + path +
                                    "' both are model '" + name + "', expected different names");
  }
  TRY(auto files, read_folder(path));
  if (!files.contains(std::string(kModelDescription))) {
    return fail(Code::missing, "the folder '" + path + "' has no " +
                                   std::string(kModelDescription) + ", expected a model");
  }
  bundle_.model_folders.push_back(path);
  models_.emplace(name, Folder{std::move(path), std::move(files)});
  return {};
}

Result<std::map<std::string, std::string>> BundleMaker::read_folder(const std::string& folder) {
  std::map<std::string, std::string> files;
  std::error_code error;
  fs::recursive_directory_iterator entries(folder, error);
  for (; !error && entries != fs::recursive_directory_iterator(); entries.increment(error)) {
    const fs::directory_entry& entry = *entries;
    if (entry.path().filename().string().starts_with('.')) {
      entries.disable_recursion_pending();  // of editors and version control
      continue;
    }
    TRY_DO(read_entry(entry, folder, files));
    if (files.size() <= contract::kModelFilesMax) continue;
    return fail(Code::limit, "the folder '" + folder + "' has more than " +
                                 std::to_string(contract::kModelFilesMax) + " files");
  }
  if (!error) return files;
  return fail(Code::io, "the folder '" + folder + "' cannot be read: " + error.message());
}

Result<> BundleMaker::read_entry(const fs::directory_entry& entry, const std::string& folder,
                                 std::map<std::string, std::string>& files) {
  std::error_code error;
  const std::string path = entry.path().string();
  if (entry.is_directory(error) && !entry.is_symlink(error)) return {};
  if (!entry.is_regular_file(error)) {
    return fail(Code::io, "'" + path + "' is no file, expected files and folders in a model");
  }
  const std::uint64_t bytes = entry.file_size(error);
  if (error) return fail(Code::io, "'" + path + "' cannot be read: " + error.message());
  if (bytes > kModelFileBytesMax) {
    return fail(Code::limit, "'" + path + "' has " + std::to_string(bytes) +
                                 " bytes, expected at most " + std::to_string(kModelFileBytesMax));
  }
  const std::string within = entry.path().lexically_relative(folder).generic_string();
  if (!contract::valid_model_path(within)) {
    return fail(Code::invalid, "'" + path + "' is no name for a model's file, expected at most " +
                                   std::to_string(contract::kModelPathBytesMax) +
                                   " bytes without control characters, '\\' and ':'");
  }
  TRY(const std::string digest, store::sha256_of_file(path));
  files.emplace(within, digest);
  if (digests_.insert(digest).second) bundle_.uploads.push_back({path, digest, bytes});
  return {};
}

std::string BundleMaker::model_documents() const {
  std::string out;
  const auto member = [&](std::string_view key, std::string_view value) {
    data::append_json_string(out, key);
    out += ": ";
    data::append_json_string(out, value);
    out += '\n';
  };
  for (const auto& [name, folder] : models_) {
    out += "---\nkind: Model\n";
    member("name", name);
    member("version", version_digest(folder.files));
    member("folder", folder.path);
    out += "files:\n";
    for (const auto& [path, digest] : folder.files) {
      out += "  ";
      member(path, digest);
    }
  }
  return out;
}

}  // namespace

Bundle make_bundle(std::span<const std::string> files, Diagnostics& diagnostics) {
  return BundleMaker(diagnostics).make(files);
}

}  // namespace weir::resource
