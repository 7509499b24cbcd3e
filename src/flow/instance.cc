// Instances.
#include "flow/instance.h"

#include <algorithm>
#include <utility>

namespace weir::flow {

Instance::Instance(std::shared_ptr<const Plan> plan, Services& services,
                   std::function<void()> on_end)
    : plan_(std::move(plan)), services_(services), on_end_(std::move(on_end)) {}

// A waker may hold a lane a moment longer: what the lane's operators use goes with the instance.
Instance::~Instance() {
  for (const auto& lane : lanes_) lane->close();
}

bool Instance::settled() const {
  return ended() &&
         std::ranges::all_of(lanes_, [](const auto& lane) { return lane.use_count() == 1; });
}

base::Result<std::unique_ptr<Instance>> Instance::make(std::shared_ptr<const Plan> plan,
                                                       Services& services, Result result,
                                                       std::function<void()> on_end) {
  std::unique_ptr<Instance> instance(new Instance(plan, services, std::move(on_end)));
  std::vector<std::vector<data::Device>> lanes;
  if (plan->lane_per_device) {
    for (const data::Device device : plan->devices) lanes.push_back({device});
  } else {
    lanes.push_back(plan->devices);
  }
  Instance* const self = instance.get();
  const LaneEvents events = {
      .result = std::move(result),
      .rejected = [self](const PlannedStep& step, std::size_t records,
                         const base::Error& reason) { self->rejected(step, records, reason); },
      .source_failed = [self](const PlannedStep& step,
                              const base::Error& reason) { self->source_failed(step, reason); },
      .ended = [self] { self->lane_ended(); },
  };
  for (std::vector<data::Device>& devices : lanes) {
    auto lane = std::make_shared<Lane>(plan, std::move(devices), services, events);
    TRY_DO(lane->open());
    instance->lanes_.push_back(std::move(lane));
  }
  instance->open_lanes_ = instance->lanes_.size();
  return instance;
}

void Instance::start() {
  for (const auto& lane : lanes_) lane->start();
}

void Instance::stop() {
  for (const auto& lane : lanes_) lane->stop();
}

std::vector<StepStatus> Instance::status() const {
  std::vector<StepStatus> out;
  for (const PlannedStep& step : plan_->steps) {
    out.push_back({step.id, std::string(step.contract().name), {}});
  }
  for (const auto& lane : lanes_) {
    const std::vector<StepCounters> counters = lane->counters();
    for (std::size_t i = 0; i < counters.size(); ++i) {
      StepCounters& sum = out[i].counters;
      sum.in += counters[i].in;
      sum.out += counters[i].out;
      sum.dropped += counters[i].dropped;
      sum.errors += counters[i].errors;
      sum.busy_ns += counters[i].busy_ns;
    }
  }
  return out;
}

std::optional<base::Error> Instance::last_error() const {
  const std::lock_guard lock(mutex_);
  return last_error_;
}

void Instance::rejected(const PlannedStep& step, std::size_t records, const base::Error& reason) {
  const std::int64_t now_ns = services_.clock.monotonic_ns();
  const std::lock_guard lock(mutex_);
  Rejected& entry = rejected_[step.id];
  entry.records += records;
  entry.reason = reason.message;
  if (!entry.told || now_ns - entry.told_ns >= kRejectedLogIntervalNs) tell(step.id, entry, now_ns);
}

void Instance::tell(const std::string& step, Rejected& rejected, std::int64_t now_ns) {
  services_.log.write(base::Level::warning, "flow", "records rejected",
                      {{"deployment", services_.deployment},
                       {"step", step},
                       {"records", std::to_string(rejected.records)},
                       {"reason", rejected.reason}});
  rejected = {.records = 0, .told_ns = now_ns, .reason = {}, .told = true};
}

void Instance::source_failed(const PlannedStep& step, const base::Error& reason) {
  services_.log.write(
      base::Level::error, "flow", "input ended with an error",
      {{"deployment", services_.deployment}, {"step", step.id}, {"reason", reason.message}});
  const std::lock_guard lock(mutex_);
  last_error_ = reason;
}

void Instance::lane_ended() {
  if (open_lanes_.fetch_sub(1, std::memory_order_acq_rel) > 1) return;
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t now_ns = services_.clock.monotonic_ns();
    for (auto& [step, entry] : rejected_) {
      if (entry.records > 0) tell(step, entry, now_ns);
    }
  }
  on_end_();
}

}  // namespace weir::flow
