// Desired: what shall run on this node, taken from its resources: documents whose models are
// folders on this disk, and for each deployment and device a text that changes when anything
// changes that it depends on.
//
// A value.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "base/result.h"
#include "contract/document.h"
#include "resource/resources.h"

namespace weir::node {

struct Desired {
  contract::Documents documents = {};
  std::map<std::string, std::string> deployments = {};  // name → fingerprint
  std::map<std::string, std::string> devices = {};      // of those deployments
  std::map<std::string, std::string> broken = {};       // deployments that cannot run, and why
};

// The folder of a version of a model, `name@sha256:…`, made where it is not there yet.
using ModelFolder = std::function<base::Result<std::string>(const std::string& model)>;

// Names a deployment's models by their folders, up to the first that has none.
base::Result<> put_models(contract::Deployment& deployment, const ModelFolder& model_folder);

// All of one moment: what changes while models' files are put in place is for the next time.
Desired desired(const resource::Kept& kept, const ModelFolder& model_folder);

}  // namespace weir::node
