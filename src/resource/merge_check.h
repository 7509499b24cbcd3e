// Checks of documents that are to be kept, together with those that are.
//
// Pure functions, thread-safe.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"

namespace weir::resource {

// By the name of a model: the digests of its versions, the newest first.
using VersionNames = std::map<std::string, std::vector<std::string>, std::less<>>;

// `merged` are all documents as they would be, `kept` those that are. Adds every mistake in new
// documents, and in kept ones those that were not there before. Without a catalogue, pipelines and
// what deployments fill are not asked.
void check_merged(const contract::Documents& merged, const contract::Documents& kept,
                  const contract::Catalogue* catalogue, data::Diagnostics& diagnostics);

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
