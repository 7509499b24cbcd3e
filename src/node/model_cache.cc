// The models in use on this node.
#include "node/model_cache.h"

#include "infer/runtime.h"

namespace weir::node {

base::Result<std::shared_ptr<const infer::Model>> ModelCache::open(const std::string& folder,
                                                                   const std::string& weights) {
  const std::lock_guard lock(mutex_);
  auto& known = models_[{folder, weights}];
  if (auto model = known.lock()) return model;
  if (runtime_ == nullptr) {
    TRY(runtime_, infer::Runtime::load());
  }
  TRY(auto model, infer::load_model(runtime_, folder, weights));
  known = model;
  return model;
}

}  // namespace weir::node
