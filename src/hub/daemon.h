// Daemon: a hub as a service: its broker, the link to its nodes, what they sent, its REST and page.
//
// In its data folder:
//   hub.db       alerts, results, nodes, resources          models/   files of models
//   pictures/    of alerts, named by their digests          broker/   of the child mosquitto
//   key          seals the secrets in hub.db                lock      held while it runs
//
// start and stop belong to one thread. Clock and log outlive it.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/recent_log.h"
#include "base/result.h"
#include "hub/alerts.h"
#include "hub/config.h"
#include "hub/results.h"

namespace weir::hub {

// How much a hub keeps.
struct Kept {
  std::int64_t alerts_max = kAlertsMax;
  std::int64_t results_max = kResultsMax;
  std::uint64_t pictures_bytes_max = std::uint64_t{20} << 30;
  std::uint64_t models_bytes_max = std::uint64_t{4} << 30;
};

class Daemon {
 public:
  static constexpr std::int64_t kStopTimeoutNs = 4'500'000'000;
  // For a stop, or a start that is to be stopped, that waits for what has no deadline, such as a
  // request that is worked on or a disk: the process is ended then, and nothing is lost that had
  // been kept.
  static constexpr std::int64_t kStopLimitNs = 4'900'000'000;

  struct Options {
    const Config& config;
    const base::Clock& clock;
    base::RecentLog& log;
    Kept kept = {};
  };

  // Listens, and takes what nodes send, when it returns. Errors: conflict (another process uses the
  // data folder, a port is taken), refused (an address that is not loopback), those of the broker,
  // and of the disk.
  static base::Result<std::unique_ptr<Daemon>> start(const Options& options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Answers what was asked, keeps the batch under way, and ends, within kStopTimeoutNs. What was
  // not committed comes again from its node.
  void stop();
  std::uint16_t port() const;
  BrokerAddress broker() const;

 private:
  class Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::hub
