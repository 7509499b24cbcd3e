// An instance: the running form of a deployment on this node; its lanes, what they counted and what
// went wrong.
//
// Thread-safe. Lanes run on the services' executor; the services outlive the instance.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "flow/lane.h"
#include "flow/plan.h"
#include "flow/services.h"

namespace weir::flow {

struct StepStatus {
  std::string id, op;
  StepCounters counters;  // over all lanes
};

class Instance {
 public:
  // Rejected records of a step are logged once per this long, with their number.
  static constexpr std::int64_t kRejectedLogIntervalNs = 5'000'000'000;

  // Records that leave the pipeline at a step that nobody reads. Called from several lanes at a
  // time.
  using Result = std::function<void(const PlannedStep& step, const data::Batch& batch)>;

  // Makes the lanes: one a device where the plan says so, else one. `on_end` is called once, when
  // all lanes have ended.
  static base::Result<std::unique_ptr<Instance>> make(std::shared_ptr<const Plan> plan,
                                                      Services& services, Result result,
                                                      std::function<void()> on_end);
  ~Instance();

  void start();
  // No more input; what came before is processed to its end. `ended` tells when.
  void stop();
  bool ended() const { return open_lanes_.load(std::memory_order_acquire) == 0; }
  // Ended, and no task of its lanes is left on the executor: it may be destroyed while the executor
  // runs on.
  bool settled() const;
  std::vector<StepStatus> status() const;
  std::optional<base::Error> last_error() const;  // of a source that ended by it
  const Plan& plan() const { return *plan_; }

 private:
  struct Rejected {
    std::uint64_t records = 0;  // not told yet
    std::int64_t told_ns = 0;
    std::string reason;
    bool told = false;
  };

  Instance(std::shared_ptr<const Plan> plan, Services& services, std::function<void()> on_end);
  void rejected(const PlannedStep& step, std::size_t records, const base::Error& reason);
  void source_failed(const PlannedStep& step, const base::Error& reason);
  void tell(const std::string& step, Rejected& rejected, std::int64_t now_ns);
  void lane_ended();

  std::shared_ptr<const Plan> plan_;
  Services& services_;
  std::function<void()> on_end_;
  std::vector<std::shared_ptr<Lane>> lanes_;
  std::atomic<std::size_t> open_lanes_ = 0;
  mutable std::mutex mutex_;  // guards what is below
  std::map<std::string, Rejected> rejected_;
  std::optional<base::Error> last_error_;
};

}  // namespace weir::flow
