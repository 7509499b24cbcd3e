// Whether deployments would start on this node, before anything is changed. Holds nothing; the node
// is used only while a call lasts.
#pragma once

#include <string>
#include <vector>

#include "contract/document.h"
#include "data/diagnostic.h"
#include "node/desired.h"
#include "node/node.h"

namespace weir::node {

// Adds what would keep `deployments` of these documents from starting, each mistake once. Not what
// depends on more than the documents: a file that cannot be read, or a model that is not placed,
// may be there when they start; what comes behind it is then not known yet. Thread-safe.
void check_starts(Node& node, contract::Documents documents,
                  const std::vector<std::string>& deployments, const ModelFolder& model_folder,
                  data::Diagnostics& diagnostics);

}  // namespace weir::node
