// Jitter for the drivers' retries.
#include "node/jitter.h"

#include <memory>
#include <mutex>
#include <random>

namespace weir::node {
namespace {

struct Engine {
  std::mutex mutex;
  std::mt19937_64 random{std::random_device{}()};  // guarded by mutex
};

}  // namespace

std::function<double()> make_jitter() {
  return [engine = std::make_shared<Engine>()] {
    const std::lock_guard lock(engine->mutex);
    return std::uniform_real_distribution<double>(0, 1)(engine->random);
  };
}

}  // namespace weir::node
