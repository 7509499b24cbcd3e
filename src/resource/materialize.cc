// Models as folders.
#include "resource/materialize.h"

#include <algorithm>
#include <filesystem>
#include <system_error>

#include "store/digest.h"

namespace weir::resource {

using base::Code;
using base::fail;
using base::Result;

namespace {

namespace fs = std::filesystem;

// The digits of a digest: a colon is no good in the names of folders.
std::string folder_name(std::string_view digest) {
  return std::string(digest.substr(digest.find(':') + 1));
}

std::unexpected<base::Error> io_error(const fs::path& path, const std::error_code& error) {
  return fail(Code::io, "cannot make the model's folder " + path.string() + ": " + error.message());
}

Result<> place_file(const ModelFiles& model, const std::string& path, const std::string& digest,
                    const store::Blobs& blobs, const fs::path& target) {
  const std::string file = "file '" + path + "' of model '" + model.name + "'";
  if (!blobs.has(digest)) {
    return fail(Code::missing,
                file + " is gone, expected blob " + digest + ": apply the model again");
  }
  TRY(const std::string found, store::sha256_of_file(blobs.path(digest)));
  if (found != digest) {
    return fail(Code::corrupt, file + " is damaged, expected " + digest + ", found " + found);
  }
  std::error_code error;
  fs::create_directories(target.parent_path(), error);
  if (error) return io_error(target.parent_path(), error);
  fs::create_hard_link(blobs.path(digest), target, error);
  if (!error) return {};
  fs::copy_file(blobs.path(digest), target, error);  // another file system, or too many links
  if (error) return io_error(target, error);
  return {};
}

// After a power cut a folder may be there without all that was put into it.
bool whole(const ModelFiles& model, const store::Blobs& blobs, const fs::path& folder) {
  return std::ranges::all_of(model.files, [&](const auto& file) {
    std::error_code error;
    const auto size = fs::file_size(folder / file.first, error);
    if (error) return false;
    return size == fs::file_size(blobs.path(file.second), error) && !error;
  });
}

template <typename Kept>
void remove_others(const fs::path& folder, const Kept& kept) {
  std::error_code error;
  fs::directory_iterator entry(folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::error_code ignored;  // what cannot be removed now is tried again next time
    if (!kept(entry->path().filename().string())) fs::remove_all(entry->path(), ignored);
  }
}

void remove_other_versions(const fs::path& folder, const std::vector<std::string>& kept) {
  remove_others(folder, [&](const std::string& name) {
    return std::ranges::any_of(
        kept, [&](const std::string& digest) { return folder_name(digest) == name; });
  });
}

}  // namespace

Result<ModelFiles> files_of(std::string_view model, const State& state) {
  const auto reference = contract::parse_model_reference(model);
  const auto* versions = reference ? state.versions(reference->name) : nullptr;
  if (versions == nullptr || versions->empty()) {
    return fail(Code::unknown_name, "there is no model '" + std::string(model) + "'");
  }
  auto found = versions->begin();
  if (!reference->version.empty()) {
    found = std::ranges::find(*versions, reference->version, &KeptVersion::digest);
  }
  if (found == versions->end()) {
    return fail(Code::unknown_name,
                "model '" + reference->name + "' is not kept in version " + reference->version);
  }
  ModelFiles files{.name = reference->name, .digest = found->digest, .files = found->files};
  for (const KeptVersion& version : *versions) files.kept.push_back(version.digest);
  return files;
}

Result<std::string> materialize(const ModelFiles& model, const store::Blobs& blobs,
                                const std::string& folder) {
  const fs::path parent = fs::path(folder) / model.name;
  const fs::path target = parent / folder_name(model.digest);
  remove_other_versions(parent, model.kept);
  if (whole(model, blobs, target)) return target.string();
  const fs::path made = target.string() + ".new";  // one that was left half is removed above
  std::error_code error;
  fs::create_directories(made, error);
  if (error) return io_error(made, error);
  for (const auto& [path, digest] : model.files) {
    TRY_DO(place_file(model, path, digest, blobs, made / path));
  }
  fs::remove_all(target, error);
  if (!error) fs::rename(made, target, error);
  if (error) return io_error(target, error);
  return target.string();
}

void remove_unkept(const VersionNames& kept, const std::string& folder) {
  remove_others(folder, [&](const std::string& name) { return kept.contains(name); });
  for (const auto& [name, digests] : kept) remove_other_versions(fs::path(folder) / name, digests);
}

}  // namespace weir::resource
