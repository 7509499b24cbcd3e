// Reconciler: makes a node run what is desired, and goes on trying where it cannot.
//
// A thread of its own compares what shall run with what runs. A deployment is replaced when
// anything it depends on has changed (its pipeline, devices, products, models): what came before is
// processed to its end first. Where what shall take its place would not start, it goes on as it
// was, with its devices, and the trouble is told; it is replaced as soon as that can start. A
// device's driver is started anew when the device has changed, and stopped when no deployment uses
// it. What has not changed is not touched. A deployment that cannot start, or ended by an error, is
// tried again, later each time; others do not wait for it. What one lacks that cannot be put in
// place, such as a model, is asked for anew at each try.
//
// Thread-safe. What it is given outlives it.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "node/desired.h"
#include "node/node.h"

namespace weir::node {

enum class Phase : std::uint8_t {
  starting,  // for the first time, or in the place of what it was before a change
  running,   // where a try is planned: as it was before a change that cannot start yet
  ended,     // its input has come to its end
  failed,    // could not start, or ended by an error: it is tried again
};
std::string_view name(Phase phase);

// A desired deployment.
struct Progress {
  std::string deployment;
  Phase phase = Phase::starting;
  std::int64_t since_ns = 0;  // wall clock, of the phase
  std::string last_error;     // "": nothing went wrong yet
  std::int64_t retry_ns = 0;  // wall clock of the next try; 0 = none is planned
  std::uint64_t starts = 0;   // of instances, ever
};

class Reconciler {
 public:
  // For what a replaced or deleted deployment had taken before; then it is let go of.
  static constexpr std::int64_t kDrainTimeoutNs = 5'000'000'000;
  static constexpr base::BackoffLimits kRetry = {.delay_ns_min = 1'000'000'000,
                                                 .delay_ns_max = 60'000'000'000};
  // How often it is looked whether an instance has ended.
  static constexpr std::int64_t kLookNs = 500'000'000;

  struct Options {
    Node& node;
    std::function<Desired()> desired;
    std::function<void()> changed;  // a deployment entered another phase, or is gone; must not wait
    const base::Clock& clock;
    base::Log& log;
  };

  explicit Reconciler(Options options);
  ~Reconciler();  // what runs goes on; what is being replaced is left to Node::drain
  Reconciler(const Reconciler&) = delete;
  Reconciler& operator=(const Reconciler&) = delete;

  void wake();  // what is desired has changed
  std::vector<Progress> progress() const;

 private:
  struct Running {
    std::string fingerprint;
    std::vector<std::string> devices;  // of its instance
    std::string refused;  // fingerprint of what would not start in its place; "": nothing
    Progress progress;
    base::Backoff backoff{kRetry};
    std::int64_t retry_ns = 0;    // monotonic
    std::int64_t entered_ns = 0;  // monotonic, of the phase
  };

  void run();
  bool broken_due(const Desired& desired) const;
  void reconcile(const Desired& desired);
  void retire_changed(const Desired& desired);
  std::vector<std::string> changed(const Desired& desired);
  bool may_replace(const std::string& name, const Desired& desired);
  std::string trouble(const std::string& name, const Desired& desired);
  bool may_stop(const std::string& device);
  void stop_changed_devices(const Desired& desired);
  void start(const contract::Deployment& deployment, const Desired& desired, Running& of);
  void note_ended();
  void begin_again(Running& of);
  void fail(Running& of, const std::string& reason);
  void hold(Running& of, const std::string& refused, const std::string& reason);
  void retry_later(Running& of, const std::string& reason);
  void enter(Running& of, Phase phase);
  void tell_changes();

  const Options options_;
  std::map<std::string, std::string> devices_;       // that were started → fingerprint
  std::minstd_rand random_{std::random_device{}()};  // jitter

  mutable std::mutex mutex_;  // guards what is below; not held while the node works
  std::condition_variable changed_;
  bool woken_ = true;
  bool stopping_ = false;
  std::map<std::string, Running> running_;
  bool untold_ = false;  // `changed` is to be called

  std::jthread thread_;  // last: it uses all above
};

}  // namespace weir::node
