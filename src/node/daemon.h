// Daemon: an edge node as a service: resources that it keeps, what they say running, its REST, and
// the uplink to its hub.
//
// In its data folder:
//   weir.db      resources, and the epoch of ids        models/   the models' files, for inference
//   blobs/       files that were uploaded               uplink/   what is on its way to the hub
//   key          seals the secrets in weir.db           lock      held while it runs
//
// start, tick and stop belong to one thread. Clock and log outlive it.
#pragma once

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/recent_log.h"
#include "base/result.h"
#include "node/config.h"

namespace weir::node {

class Daemon {
 public:
  static constexpr std::int64_t kTickNs = 1'000'000'000;  // how often tick wants to be called
  // The state goes to the hub this often, and at the next tick when a deployment changed.
  static constexpr std::int64_t kReportNs = 10'000'000'000;
  // Of the models' files, all versions together.
  static constexpr std::uint64_t kModelsBytesMax = std::uint64_t{1} << 30;
  static constexpr std::int64_t kStopTimeoutNs = 4'500'000'000;
  // For a stop, or a start that is to be stopped, that waits for what has no deadline, such as a
  // request that is worked on or a disk: the process is ended then, and nothing is lost that had
  // been kept.
  static constexpr std::int64_t kStopLimitNs = 4'900'000'000;

  struct Options {
    const Config& config;
    const base::Clock& clock;
    base::RecentLog& log;
  };

  // Listens, and runs what its resources say, when it returns. Errors: the folder, the address or
  // the database cannot be used.
  static base::Result<std::unique_ptr<Daemon>> start(const Options& options);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  void tick();
  // Takes no more input, processes what came before, hands the uplink what it can, and ends, within
  // kStopTimeoutNs.
  void stop();
  std::uint16_t port() const;

 private:
  class Parts;
  explicit Daemon(std::unique_ptr<Parts> parts);
  std::unique_ptr<Parts> parts_;
};

}  // namespace weir::node
