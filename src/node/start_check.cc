// Whether deployments would start.
#include "node/start_check.h"

#include <algorithm>
#include <set>

namespace weir::node {
namespace {

// As operators and models tell what is not there.
bool may_come(base::Code code) {
  return code == base::Code::missing || code == base::Code::io;
}

}  // namespace

void check_starts(Node& node, contract::Documents documents,
                  const std::vector<std::string>& deployments, const ModelFolder& model_folder,
                  data::Diagnostics& diagnostics) {
  std::vector<const contract::Deployment*> asked;
  for (contract::Deployment& deployment : documents.deployments) {
    if (std::ranges::find(deployments, deployment.name) == deployments.end()) continue;
    (void)put_models(deployment, model_folder);  // one that is not placed is found missing
    asked.push_back(&deployment);
  }
  data::Diagnostics mistakes;
  node.check(asked, documents, mistakes);
  std::set<std::string> told;  // several deployments of one pipeline find the same
  for (const data::Diagnostic& mistake : mistakes.items()) {
    if (!may_come(mistake.code) && told.insert(to_string(mistake)).second) {
      diagnostics.add(mistake);
    }
  }
}

}  // namespace weir::node
