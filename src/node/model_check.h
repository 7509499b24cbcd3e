// Whether a model that is to be kept can be one. A pure function over blobs, thread-safe.
#pragma once

#include "contract/model_version.h"
#include "data/diagnostic.h"
#include "store/blobs.h"

namespace weir::node {

// Adds what is wrong with a model as far as it shows without loading it, at its place in the
// model.yaml of the folder that the model was sent from.
void check_model(const contract::ModelVersion& model, const store::Blobs& blobs,
                 data::Diagnostics& diagnostics);

}  // namespace weir::node
