// An edge node's parts put together.
#include "node/node.h"

#include <algorithm>
#include <chrono>
#include <thread>
#include <utility>

#include "flow/planner.h"
#include "node/jitter.h"
#include "operators/all.h"

namespace weir::node {
namespace {

std::size_t worker_count(std::size_t asked) {
  return asked > 0 ? asked : std::max<std::size_t>(1, std::thread::hardware_concurrency());
}

}  // namespace

Node::Node(const Options& options)
    : clock_(options.clock),
      log_(options.log),
      alerts_(options.alerts),
      next_epoch_(options.next_epoch),
      files_there_(options.files_there),
      stream_service_(streams_, names_),
      driver_services_{.clock = clock_, .log = log_, .streams = streams_, .random = make_jitter()},
      devices_(driver_services_, names_),
      executor_(std::make_unique<base::ThreadExecutor>(worker_count(options.workers))) {}

// Who wakes lanes goes first, then who runs them, then the lanes.
Node::~Node() {
  devices_.stop();
  executor_.reset();
}

bool Node::deploy(const contract::Deployment& deployment, const contract::Documents& documents,
                  flow::Instance::Result result, data::Diagnostics& diagnostics) {
  forget_settled();
  for (const device::Device* device : contract::selected_devices(documents, deployment)) {
    names_.id(device->name);
    devices_.start(*device);
  }
  const auto refuse = [&](const base::Error& error) {
    diagnostics.add(deployment.file, deployment.position, error.code,
                    "deployment " + deployment.name + ": " + error.message);
    return false;
  };
  const auto epoch = next_epoch_();
  if (!epoch) return refuse(epoch.error());
  auto deployed = std::make_unique<Deployed>(Deployed{.services = {.clock = clock_,
                                                                   .log = log_,
                                                                   .executor = *executor_,
                                                                   .devices = names_,
                                                                   .epoch = *epoch,
                                                                   .deployment = deployment.name,
                                                                   .models = &models_,
                                                                   .streams = &stream_service_,
                                                                   .alerts = &alerts_,
                                                                   .files_there = files_there_},
                                                      .instance = nullptr});
  const auto plan =
      flow::make_plan(deployment, documents, operators::all(), deployed->services, diagnostics);
  if (plan == nullptr) return false;
  auto instance = flow::Instance::make(plan, deployed->services, std::move(result), [this] {
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  });
  if (!instance) return refuse(instance.error());
  deployed->instance = *std::move(instance);
  flow::Instance& running = *deployed->instance;
  {
    const std::lock_guard lock(mutex_);
    deployed_.push_back(std::move(deployed));
  }
  running.start();
  return true;
}

// Plans are kept until all are made, so that what shares a model loads it once.
void Node::check(std::span<const contract::Deployment* const> deployments,
                 const contract::Documents& documents, data::Diagnostics& diagnostics) {
  base::MemoryLog unheard;  // what is to be told of an instance, it tells when it starts
  data::Dictionary names;
  flow::Services services{.clock = clock_,
                          .log = unheard,
                          .executor = *executor_,
                          .devices = names,
                          .models = &models_,
                          .streams = &stream_service_,
                          .alerts = &alerts_,
                          .files_there = files_there_,
                          .purpose = flow::Purpose::check};
  std::vector<std::shared_ptr<const flow::Plan>> plans;
  for (const contract::Deployment* deployment : deployments) {
    if (documents.pipeline(deployment->pipeline) == nullptr) continue;
    check_streams(*deployment, documents, diagnostics);
    plans.push_back(
        flow::make_plan(*deployment, documents, operators::all(), services, diagnostics));
  }
}

bool Node::retire(std::string_view deployment, std::int64_t deadline_ns) {
  std::unique_ptr<Deployed> retired;
  {
    const std::lock_guard lock(mutex_);
    const auto found = std::ranges::find_if(deployed_, [&](const auto& deployed) {
      return deployed->instance->plan().name == deployment;
    });
    if (found == deployed_.end()) return true;
    retired = std::move(*found);
    deployed_.erase(found);
  }
  flow::Instance& instance = *retired->instance;
  instance.stop();
  std::unique_lock lock(mutex_);
  (void)wait_until(lock, deadline_ns, [&] { return hurried_ || instance.ended(); });
  const bool drained = instance.ended();
  retired_.push_back(std::move(retired));
  lock.unlock();
  forget_settled();
  return drained;
}

void Node::hurry() {
  const std::lock_guard lock(mutex_);
  hurried_ = true;
  changed_.notify_all();
}

// Their operators are let go of outside the lock: a reader that closes waits for its waker.
void Node::forget_settled() {
  std::vector<std::unique_ptr<Deployed>> settled;
  const std::lock_guard lock(mutex_);
  for (auto& retired : retired_) {
    if (retired->instance->settled()) settled.push_back(std::move(retired));
  }
  std::erase(retired_, nullptr);
}

bool Node::drain(std::int64_t deadline_ns) {
  {
    const std::lock_guard lock(mutex_);
    for (const auto& deployed : deployed_) deployed->instance->stop();
  }
  const bool drained = wait(deadline_ns);
  devices_.stop();
  return drained;
}

bool Node::wait(std::int64_t deadline_ns) {
  std::unique_lock lock(mutex_);
  const auto has_ended = [](const auto& deployed) { return deployed->instance->ended(); };
  const auto all_ended = [&] {
    return std::ranges::all_of(deployed_, has_ended) && std::ranges::all_of(retired_, has_ended);
  };
  return wait_until(lock, deadline_ns, all_ended);
}

template <class Condition>
bool Node::wait_until(std::unique_lock<std::mutex>& lock, std::int64_t deadline_ns,
                      Condition condition) {
  const std::int64_t left_ns = std::max<std::int64_t>(0, deadline_ns - clock_.monotonic_ns());
  return changed_.wait_for(lock, std::chrono::nanoseconds(left_ns), condition);
}

bool Node::ended() const {
  const std::lock_guard lock(mutex_);
  return std::ranges::all_of(deployed_,
                             [](const auto& deployed) { return deployed->instance->ended(); });
}

NodeStatus Node::status() const {
  NodeStatus out;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& deployed : deployed_) {
      const auto error = deployed->instance->last_error();
      out.deployments.push_back({.name = deployed->instance->plan().name,
                                 .ended = deployed->instance->ended(),
                                 .last_error = error ? error->message : "",
                                 .steps = deployed->instance->status()});
    }
    out.retired = retired_.size();
  }
  out.streams = devices_.status();
  for (const bus::StreamStatus& ring : streams_.status()) {
    for (drivers::Status& stream : out.streams) {
      if (names_.find(stream.device) == ring.device && stream.property == ring.property)
        stream.drops += ring.dropped;
    }
  }
  return out;
}

contract::Catalogue catalogue() {
  std::vector<const contract::Contract*> contracts;
  for (const flow::OperatorType* type : operators::all()) contracts.push_back(type->contract);
  return contract::Catalogue(contracts, operators::left_out());
}

}  // namespace weir::node
