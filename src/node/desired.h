// Desired: what shall run on this node, taken from its resources: documents whose models are
// folders on this disk, and for each deployment and device a text that changes when anything
// changes that it depends on.
//
// A value.
#pragma once

#include <map>
#include <string>

#include "base/log.h"
#include "contract/document.h"
#include "resource/resources.h"

namespace weir::node {

struct Desired {
  contract::Documents documents = {};
  std::map<std::string, std::string> deployments = {};  // name → fingerprint
  std::map<std::string, std::string> devices = {};      // of those deployments
  std::map<std::string, std::string> broken = {};       // deployments that cannot run, and why
};

// Puts the models' files below `models_folder` where they are not there yet.
Desired desired(const resource::Resources& resources, const std::string& models_folder);

}  // namespace weir::node
