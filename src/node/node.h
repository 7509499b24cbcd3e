// Node: an edge node's parts put together: devices on the bus, streams and models at the operators'
// service, instances in their lanes.
//
// deploy, retire, forget_settled, drain: from one thread. check, hurry, status, ended: thread-safe.
// Whoever runs a node gives it time, a log and somewhere for its alerts to go; they outlive it.
// Destroying a node stops it without draining.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "bus/streams.h"
#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"
#include "data/dictionary.h"
#include "drivers/driver.h"
#include "flow/instance.h"
#include "flow/services.h"
#include "node/devices.h"
#include "node/model_cache.h"
#include "node/stream_service.h"

namespace weir::node {

struct DeploymentStatus {
  std::string name;
  bool ended = false;
  std::string last_error;  // "" where nothing went wrong
  std::vector<flow::StepStatus> steps;
};

struct NodeStatus {
  std::vector<DeploymentStatus> deployments;
  std::vector<drivers::Status> streams;  // `drops` include what slow readers passed over
  std::size_t retired = 0;               // deployments that are not let go of yet
};

class Node {
 public:
  struct Options {
    const base::Clock& clock;
    base::Log& log;
    flow::Alerts& alerts;
    std::size_t workers = 0;  // threads of the executor; 0 = one a core
    // In the ids of what cannot be replayed: a number for each instance that was never given out
    // before, whatever ended in between.
    std::function<base::Result<std::int64_t>()> next_epoch;
    flow::FilesThere files_there = flow::FilesThere::go;
  };

  explicit Node(const Options& options);
  ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Starts the deployment's devices, plans it and starts its instance. False, and every mistake
  // added at its place, where it cannot run; deployments running already go on. It runs without
  // devices that cannot be started; the status tells of those. `result` gets the records of steps
  // that nobody reads, from several threads.
  bool deploy(const contract::Deployment& deployment, const contract::Documents& documents,
              flow::Instance::Result result, data::Diagnostics& diagnostics);

  // Adds what keeps these deployments from starting as they are written: what their operators
  // refuse, and streams that their devices do not have. Starts nothing. May load models, each once.
  // Thread-safe.
  void check(std::span<const contract::Deployment* const> deployments,
             const contract::Documents& documents, data::Diagnostics& diagnostics);

  // Ends one deployment: takes no more input for it, processes what came before, at most until
  // `deadline_ns` (monotonic), and forgets it. Its devices go on. Whether all was processed.
  bool retire(std::string_view deployment, std::int64_t deadline_ns);
  // Lets go of what was retired at its deadline and has come to its end since; with it goes what it
  // held, such as a place in a camera's ring. To be called from time to time.
  void forget_settled();
  // The node is about to stop: `retire` waits no longer, now and later; `drain` waits for it.
  void hurry();
  // Ends a device's driver; deployments that read it get nothing more until it is started anew.
  void stop_device(std::string_view device) { devices_.stop(device); }

  // No more input is taken; returns when all that came before is processed, or `deadline_ns`
  // (monotonic) has come. Whether all was.
  bool drain(std::int64_t deadline_ns);
  // Until all instances have ended, or the deadline. Whether they have.
  bool wait(std::int64_t deadline_ns);
  bool ended() const;

  NodeStatus status() const;
  data::Dictionary& devices() { return names_; }

 private:
  template <class Condition>
  bool wait_until(std::unique_lock<std::mutex>& lock, std::int64_t deadline_ns,
                  Condition condition);

  struct Deployed {
    flow::Services services;
    std::unique_ptr<flow::Instance> instance;
  };

  const base::Clock& clock_;
  base::Log& log_;
  flow::Alerts& alerts_;
  const std::function<base::Result<std::int64_t>()> next_epoch_;
  const flow::FilesThere files_there_;
  data::Dictionary names_;
  bus::Streams streams_;
  StreamService stream_service_;
  ModelCache models_;
  drivers::Services driver_services_;
  Devices devices_;
  std::unique_ptr<base::ThreadExecutor> executor_;
  mutable std::mutex mutex_;  // guards deployed_, and goes with changed_
  std::condition_variable changed_;
  std::vector<std::unique_ptr<Deployed>> deployed_;
  std::vector<std::unique_ptr<Deployed>> retired_;  // until no task of theirs is left
  bool hurried_ = false;
};

// All operators: for checks and reference pages.
contract::Catalogue catalogue();

}  // namespace weir::node
