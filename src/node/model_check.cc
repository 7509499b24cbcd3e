// Whether a model can be one.
#include "node/model_check.h"

#include <string>

#include "infer/package.h"

namespace weir::node {

void check_model(const contract::ModelVersion& model, const store::Blobs& blobs,
                 data::Diagnostics& diagnostics) {
  const auto path = [&](const std::string& name) {
    const auto file = model.files.find(name);
    return file == model.files.end() ? std::string() : blobs.path(file->second);
  };
  infer::check_package({model.folder.empty() ? model.name : model.folder, path}, diagnostics);
}

}  // namespace weir::node
