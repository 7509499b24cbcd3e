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
      changed_.wait_for(lock, std::chrono::nanoseconds(kLookNs),
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
  for (const std::string& name : changed(desired)) {
    if (!may_replace(name, desired)) continue;
    const std::int64_t deadline_ns = options_.clock.monotonic_ns() + kDrainTimeoutNs;
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

std::vector<std::string> Reconciler::changed(const Desired& desired) {
  std::vector<std::string> names;
  const std::lock_guard lock(mutex_);
  for (auto& [name, running] : running_) {
    const auto wanted = desired.deployments.find(name);
    if (wanted == desired.deployments.end() || wanted->second != running.fingerprint) {
      names.push_back(name);
    } else if (!running.refused.empty()) {  // it is wanted as it runs again
      running.refused.clear();
      running.progress.last_error.clear();
      running.progress.retry_ns = 0;
      untold_ = true;
    }
  }
  return names;
}

// Whether what is wanted would start. What would not does not end what runs.
bool Reconciler::may_replace(const std::string& name, const Desired& desired) {
  const auto wanted = desired.deployments.find(name);
  if (wanted == desired.deployments.end()) return true;
  Running* of = nullptr;
  {
    const std::lock_guard lock(mutex_);
    of = &running_.at(name);
    if (of->progress.phase != Phase::running) return true;
    const bool known = of->refused == wanted->second;
    if (known && of->retry_ns > options_.clock.monotonic_ns()) return false;
  }
  const std::string reason = trouble(name, desired);
  if (reason.empty()) return true;
  const std::lock_guard lock(mutex_);
  hold(*of, wanted->second, reason);
  return false;
}

// What would keep a deployment from starting; "": nothing.
std::string Reconciler::trouble(const std::string& name, const Desired& desired) {
  const auto broken = desired.broken.find(name);
  if (broken != desired.broken.end()) return broken->second;
  const auto deployment =
      std::ranges::find(desired.documents.deployments, name, &contract::Deployment::name);
  const contract::Deployment* const asked[] = {&*deployment};
  data::Diagnostics mistakes;
  options_.node.check(asked, desired.documents, mistakes);
  return mistakes.empty() ? "" : mistakes.first().message;
}

void Reconciler::stop_changed_devices(const Desired& desired) {
  std::erase_if(devices_, [&](const auto& device) {
    const auto wanted = desired.devices.find(device.first);
    if (wanted != desired.devices.end() && wanted->second == device.second) return false;
    if (!may_stop(device.first)) return false;
    options_.node.stop_device(device.first);
    return true;
  });
}

// A deployment that goes on as it was keeps its devices. Others that read such a device are started
// anew with it once it may change.
bool Reconciler::may_stop(const std::string& device) {
  std::vector<Running*> readers;
  const std::lock_guard lock(mutex_);
  for (auto& [name, running] : running_) {
    if (running.progress.phase != Phase::running) continue;
    if (std::ranges::find(running.devices, device) == running.devices.end()) continue;
    if (!running.refused.empty()) return false;
    readers.push_back(&running);
  }
  for (Running* reader : readers) reader->fingerprint.clear();
  return true;
}

void Reconciler::start(const contract::Deployment& deployment, const Desired& desired,
                       Running& of) {
  const auto broken = desired.broken.find(deployment.name);
  data::Diagnostics mistakes;
  bool started = false;
  std::vector<std::string> devices;
  options_.node.retire(deployment.name, 0);  // one that ended by an error
  if (broken == desired.broken.end()) {
    for (const device::Device* device : contract::selected_devices(desired.documents, deployment)) {
      devices.push_back(device->name);
      devices_.emplace(device->name, desired.devices.at(device->name));
    }
    started = options_.node.deploy(
        deployment, desired.documents, [](const flow::PlannedStep&, const data::Batch&) {},
        mistakes);
  }
  const std::lock_guard lock(mutex_);
  of.fingerprint = desired.deployments.at(deployment.name);
  of.devices = std::move(devices);
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

// With mutex_ held, as what follows.
void Reconciler::begin_again(Running& of) {
  of.fingerprint.clear();
  of.refused.clear();
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
  retry_later(of, reason);
  enter(of, Phase::failed);
  options_.log.write(repeats ? base::Level::debug : base::Level::error, "node",
                     "deployment cannot run",
                     {{"deployment", of.progress.deployment}, {"reason", reason}});
}

void Reconciler::hold(Running& of, const std::string& refused, const std::string& reason) {
  const bool repeats = of.refused == refused && of.progress.last_error == reason;
  if (of.refused != refused) of.backoff.reset();
  retry_later(of, reason);
  of.refused = refused;
  untold_ |= !repeats;
  options_.log.write(repeats ? base::Level::debug : base::Level::error, "node",
                     "deployment goes on as it was: what is wanted now cannot run",
                     {{"deployment", of.progress.deployment}, {"reason", reason}});
}

void Reconciler::retry_later(Running& of, const std::string& reason) {
  const double random = std::uniform_real_distribution<double>(0, 1)(random_);
  const std::int64_t delay_ns = of.backoff.next_ns(random);
  of.retry_ns = options_.clock.monotonic_ns() + delay_ns;
  of.progress.retry_ns = options_.clock.wall_ns() + delay_ns;
  of.progress.last_error = reason;
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
