// ModelCache: the models in use on this node, each loaded once for all who ask.
//
// Thread-safe. A model stays while anyone uses it. ONNX Runtime is opened when the first model is
// asked for.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>

#include "base/result.h"
#include "flow/services.h"
#include "infer/model.h"

namespace weir::node {

class ModelCache final : public flow::Models {
 public:
  base::Result<std::shared_ptr<const infer::Model>> open(const std::string& folder,
                                                         const std::string& weights) override;

 private:
  std::mutex mutex_;
  std::shared_ptr<const infer::Runtime> runtime_;
  std::map<std::pair<std::string, std::string>, std::weak_ptr<const infer::Model>> models_;
};

}  // namespace weir::node
