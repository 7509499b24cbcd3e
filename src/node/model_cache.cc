// The models in use on this node.
#include "node/model_cache.h"

#include "infer/runtime.h"

namespace weir::node {

namespace {

// Opens ONNX Runtime once, and loads with it.
class RuntimeLoad {
 public:
  ModelCache::Opened load(const std::string& folder, const std::string& weights) {
    TRY(auto runtime, open());
    return infer::load_model(std::move(runtime), folder, weights);
  }

 private:
  base::Result<std::shared_ptr<const infer::Runtime>> open() {
    const std::lock_guard lock(mutex_);
    if (runtime_ == nullptr) {
      TRY(runtime_, infer::Runtime::load());
    }
    return runtime_;
  }

  std::mutex mutex_;
  std::shared_ptr<const infer::Runtime> runtime_;
};

}  // namespace

ModelCache::ModelCache()
    : load_(std::bind_front(&RuntimeLoad::load, std::make_shared<RuntimeLoad>())) {}

ModelCache::Opened ModelCache::open(const std::string& folder, const std::string& weights) {
  const Key key(folder, weights);
  std::unique_lock lock(mutex_);
  loaded_.wait(lock, [&] { return !loading_.contains(key); });
  std::erase_if(models_, [](const auto& each) { return each.second.expired(); });
  if (const auto known = models_.find(key); known != models_.end()) {
    if (auto model = known->second.lock()) return model;
  }
  loading_.insert(key);
  lock.unlock();
  Opened model = load_(folder, weights);
  lock.lock();
  loading_.erase(key);
  loaded_.notify_all();
  if (model) models_[key] = *model;
  return model;
}

std::size_t ModelCache::size() const {
  const std::lock_guard lock(mutex_);
  return models_.size();
}

}  // namespace weir::node
