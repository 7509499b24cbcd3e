// From what is desired to what runs.
#include "node/reconciler.h"

#include <algorithm>
#include <chrono>

#include <utility>

namespace weir::node {

std::string_view name(Phase phase) {
  switch (phase) {
    case Phase::starting: return "starting";
    case Phase::running: return "running";
    case Phase::ended: return "ended";
    case Phase::failed: return "failed";
  }
  return "failed";
}

Reconciler::Reconciler(Options options)
    : options_(std::move(options)), thread_([this] { run(); }) {}

Reconciler::~Reconciler() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  options_.node.hurry();
  changed_.notify_all();
}

void Reconciler::wake() {
  {
    const std::lock_guard lock(mutex_);
    woken_ = true;
  }
  changed_.notify_all();
}

std::vector<Progress> Reconciler::progress() const {
  const std::lock_guard lock(mutex_);
  std::vector<Progress> out;
  for (const auto& [name, running] : running_) out.push_back(running.progress);
  return out;
}

void Reconciler::run() {
  Desired desired;
  for (;;) {
    bool anew = false;
    {
      std::unique_lock lock(mutex_);
      changed_.wait_for(lock, std::chrono::nanoseconds(kLook_ns),
                        [this] { return woken_ || stopping_; });
      if (stopping_) return;
      anew = std::exchange(woken_, false);
    }
    if (anew || broken_due(desired)) desired = options_.desired();
    reconcile(desired);
    tell_changes();
  }
}

// Whether the next try of a broken deployment has come: what it lacks may be there by now.
bool Reconciler::broken_due(const Desired& desired) const {
  const std::int64_t now_ns = options_.clock.monotonic_ns();
  const std::lock_guard lock(mutex_);
  return std::ranges::any_of(desired.broken, [&](const auto& broken) {
    const auto found = running_.find(broken.first);
    return found != running_.end() && found->second.retry_ns <= now_ns;
  });
}

void Reconciler::reconcile(const Desired& desired) {
  retire_changed(desired);
  stop_changed_devices(desired);
  options_.node.forget_settled();
  note_ended();
  for (const contract::Deployment& deployment : desired.documents.deployments) {
    Running* of = nullptr;
    {
      const std::lock_guard lock(mutex_);
      if (stopping_) return;
      of = &running_[deployment.name];  // only this thread inserts and erases
      of->progress.deployment = deployment.name;
      if (of->progress.since_ns == 0) enter(*of, Phase::starting);
      const Phase phase = of->progress.phase;
      const bool due = (phase == Phase::starting || phase == Phase::failed) &&
                       of->retry_ns <= options_.clock.monotonic_ns();
      if (!due) continue;
    }
    start(deployment, desired, *of);
  }
}

void Reconciler::retire_changed(const Desired& desired) {
  std::vector<std::string> changed;
  {
    const std::lock_guard lock(mutex_);
    for (const auto& [name, running] : running_) {
      const auto wanted = desired.deployments.find(name);
      if (wanted == desired.deployments.end() || wanted->second != running.fingerprint)
        changed.push_back(name);
    }
  }
  for (const std::string& name : changed) {
    const std::int64_t deadline_ns = options_.clock.monotonic_ns() + kDrainTimeout_ns;
    if (!options_.node.retire(name, deadline_ns)) {
      options_.log.write(base::Level::warning, "node",
                         "a deployment was ended with records still under way",
                         {{"deployment", name}});
    }
    options_.log.write(base::Level::info, "node", "deployment ended", {{"deployment", name}});
    const std::lock_guard lock(mutex_);
    untold_ = true;
    if (desired.deployments.contains(name)) {
      begin_again(running_[name]);
    } else {
      running_.erase(name);
    }
  }
}

void Reconciler::stop_changed_devices(const Desired& desired) {
  std::erase_if(devices_, [&](const auto& device) {
    const auto wanted = desired.devices.find(device.first);
    if (wanted != desired.devices.end() && wanted->second == device.second) return false;
    options_.node.stop_device(device.first);
    return true;
  });
}

void Reconciler::start(const contract::Deployment& deployment, const Desired& desired,
                       Running& of) {
  const auto broken = desired.broken.find(deployment.name);
  data::Diagnostics mistakes;
  bool started = false;
  options_.node.retire(deployment.name, 0);  // one that ended by an error
  if (broken == desired.broken.end()) {
    for (const device::Device* device : contract::selected_devices(desired.documents, deployment)) {
      devices_.emplace(device->name, desired.devices.at(device->name));
    }
    started = options_.node.deploy(
        deployment, desired.documents, [](const flow::PlannedStep&, const data::Batch&) {},
        mistakes);
  }
  const std::lock_guard lock(mutex_);
  of.fingerprint = desired.deployments.at(deployment.name);
  if (!started) {
    fail(of, broken != desired.broken.end() ? broken->second : mistakes.first().message);
    return;
  }
  ++of.progress.starts;
  of.progress.retry_ns = 0;
  enter(of, Phase::running);
  options_.log.write(base::Level::info, "node", "deployment started",
                     {{"deployment", deployment.name}});
}

void Reconciler::note_ended() {
  const NodeStatus status = options_.node.status();
  const std::lock_guard lock(mutex_);
  for (const DeploymentStatus& deployment : status.deployments) {
    const auto found = running_.find(deployment.name);
    if (found == running_.end() || found->second.progress.phase != Phase::running) continue;
    if (!deployment.ended) continue;
    if (deployment.last_error.empty()) {
      found->second.backoff.reset();
      enter(found->second, Phase::ended);
    } else {
      fail(found->second, deployment.last_error);
    }
  }
}

// With mutex_ held, as fail and enter.
void Reconciler::begin_again(Running& of) {
  of.fingerprint.clear();
  of.backoff.reset();
  of.retry_ns = 0;
  of.progress.retry_ns = 0;
  of.progress.last_error.clear();
  enter(of, Phase::starting);
}

// A reason that repeats is told once.
void Reconciler::fail(Running& of, const std::string& reason) {
  const bool repeats = of.progress.phase == Phase::failed && of.progress.last_error == reason;
  const std::int64_t lasted_ns = options_.clock.monotonic_ns() - of.entered_ns;
  if (of.progress.phase == Phase::running && lasted_ns > kRetry.delay_ns_max) of.backoff.reset();
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  const std::int64_t delay_ns = of.backoff.next_ns(random);
  of.retry_ns = options_.clock.monotonic_ns() + delay_ns;
  of.progress.retry_ns = options_.clock.wall_ns() + delay_ns;
  of.progress.last_error = reason;
  enter(of, Phase::failed);
  options_.log.write(repeats ? base::Level::debug : base::Level::error, "node",
                     "deployment cannot run",
                     {{"deployment", of.progress.deployment}, {"reason", reason}});
}

void Reconciler::enter(Running& of, Phase phase) {
  if (of.progress.since_ns != 0 && of.progress.phase == phase) return;
  of.progress.phase = phase;
  of.progress.since_ns = options_.clock.wall_ns();
  of.entered_ns = options_.clock.monotonic_ns();
  untold_ = true;
}

// Without the lock: who is told may ask for the progress.
void Reconciler::tell_changes() {
  {
    const std::lock_guard lock(mutex_);
    if (!std::exchange(untold_, false)) return;
  }
  if (options_.changed) options_.changed();
}

}  // namespace weir::node
