// Checks of documents that are to be kept, together with those that are.
//
// Pure functions, thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <vector>

#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"
#include "resource/catalogue_check.h"

namespace weir::resource {

// By the name of a model: the digests of its versions, the newest first.
using VersionNames = std::map<std::string, std::vector<std::string>, std::less<>>;

// Who else is asked. For the time of a call.
struct Checks {
  const Catalogues& catalogues;  // none: pipelines and fills are not asked
  const std::function<void(const device::Device&, data::Diagnostics&)>& device;  // may be empty
};

// `merged` are all documents as they would be, `kept` those that are. Adds every mistake in new
// documents, and in kept ones those that were not there before.
void check_merged(const contract::Documents& merged, const contract::Documents& kept,
                  const Checks& checks, data::Diagnostics& diagnostics);

// Of the mistakes found in merged documents (`after`): those in new documents, and those in kept
// ones that are not among the mistakes of what is kept (`before`).
void add_new(const data::Diagnostics& after, const data::Diagnostics& before,
             data::Diagnostics& diagnostics);

// A pipeline that is kept names no folders: whose would they be?
void refuse_model_folders(const contract::Pipeline& pipeline, const contract::Catalogue& catalogue,
                          data::Diagnostics& diagnostics);

// What a deployment names as models made one version each: `name@digest`, in Fill::value; in
// Fill::written a folder becomes the version that was sent along for it. Adds names that stand for
// nothing.
void resolve_models(contract::Deployment& deployment,
                    const std::vector<contract::ModelVersion>& sent, const VersionNames& versions,
                    data::Diagnostics& diagnostics);

}  // namespace weir::resource
