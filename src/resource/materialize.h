// Models as folders: what a runtime loads, made of blobs.
//
// Not thread-safe for one folder.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "resource/merge_check.h"
#include "resource/state.h"
#include "store/blobs.h"

namespace weir::resource {

struct ModelFiles {
  std::string name = {};
  std::string digest = {};
  std::map<std::string, std::string> files = {};  // path → digest
  std::vector<std::string> kept = {};             // digests of all versions of the model
};

// Of `name` or `name@digest`. Error: unknown_name.
base::Result<ModelFiles> files_of(std::string_view model, const State& state);

// FOLDER/NAME/DIGEST, with all files, each checked against its digest when the folder is made. A
// folder that is whole stays as it is; those of versions that are no longer kept are removed.
// Errors: missing where a blob is gone; corrupt where it is damaged; io.
base::Result<std::string> materialize(const ModelFiles& model, const store::Blobs& blobs,
                                      const std::string& folder);

// Removes the folders of models and versions that are not kept: they hold their files' room on the
// disk. What cannot be removed stays for the next time.
void remove_unkept(const VersionNames& kept, const std::string& folder);

}  // namespace weir::resource
