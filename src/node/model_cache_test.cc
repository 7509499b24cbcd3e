// ModelCache: one load for all who ask, nothing kept of what is gone.
#include "node/model_cache.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

namespace weir::node {
namespace {

class NoModel final : public infer::Model {
 public:
  explicit NoModel(std::string folder) : folder_(std::move(folder)) {}
  const std::string& folder() const override { return folder_; }
  infer::Task task() const override { return infer::Task::detection; }
  std::span<const std::string> labels() const override { return {}; }
  std::span<const data::Field> outputs() const override { return {}; }

 private:
  std::string folder_;
};

TEST(ModelCache, keeps_nothing_of_models_that_are_gone_or_failed) {
  ModelCache cache([](const std::string& folder, const std::string&) -> ModelCache::Opened {
    if (folder == "broken") return base::fail(base::Code::invalid, "broken");
    return std::make_shared<NoModel>(folder);
  });
  for (int i = 0; i < 10; ++i) {
    EXPECT_TRUE(cache.open("version " + std::to_string(i), ""));
    EXPECT_EQ(cache.open("broken", std::to_string(i)).error().code, base::Code::invalid);
  }
  const auto used = cache.open("used", "");
  EXPECT_EQ(cache.size(), 1U);
  EXPECT_EQ(*cache.open("used", ""), *used);
  EXPECT_NE(*cache.open("used", "other weights"), *used);
}

TEST(ModelCache, loads_once_for_all_who_ask_and_others_meanwhile) {
  std::counting_semaphore<> entered{0}, open{0};
  std::atomic<int> loads = 0;
  ModelCache cache([&](const std::string& folder, const std::string&) -> ModelCache::Opened {
    if (folder == "slow") {
      ++loads;
      entered.release();
      open.acquire();
    }
    return std::make_shared<NoModel>(folder);
  });
  ModelCache::Opened first, second;
  std::thread one([&] { first = cache.open("slow", ""); });
  entered.acquire();
  std::thread other([&] { second = cache.open("slow", ""); });
  EXPECT_TRUE(cache.open("quick", ""));
  open.release(2);
  one.join();
  other.join();
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(loads, 1);
}

}  // namespace
}  // namespace weir::node
