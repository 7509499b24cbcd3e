// ModelCache: the models in use on this node, each loaded once for all who ask.
//
// Thread-safe. A model stays while anyone uses it; what cannot be loaded is tried again by the next
// who asks. Who asks for a model that is just being loaded waits for it; other models load
// meanwhile.
#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>

#include "base/result.h"
#include "flow/services.h"
#include "infer/model.h"

namespace weir::node {

class ModelCache final : public flow::Models {
 public:
  using Opened = base::Result<std::shared_ptr<const infer::Model>>;
  // Called by several threads at once, for different models.
  using Load = std::function<Opened(const std::string& folder, const std::string& weights)>;

  ModelCache();  // loads with ONNX Runtime, which is opened when the first model is asked for
  explicit ModelCache(Load load) : load_(std::move(load)) {}

  Opened open(const std::string& folder, const std::string& weights) override;
  // How many are remembered: those in use, and since the last call of open() those that were.
  std::size_t size() const;

 private:
  using Key = std::pair<std::string, std::string>;  // folder, weights

  const Load load_;
  mutable std::mutex mutex_;
  std::condition_variable loaded_;
  std::set<Key> loading_;
  std::map<Key, std::weak_ptr<const infer::Model>> models_;
};

}  // namespace weir::node
