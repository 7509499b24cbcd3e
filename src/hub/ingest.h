// Ingest: batches of nodes, kept for good.
//
// commit() belongs to the receiver's thread. It keeps a batch in one synced transaction or not at
// all: alerts, results, and what a node says it lost, one record of an id each, after the pictures
// that came in it. A batch that names a picture which is not here is refused, with the reason: its
// node uploads it and sends again. New
// alerts go to the feed after the commit, so nobody sees what a crash could take back.
//
// counts() is thread-safe. What is given outlives the ingest.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "hub/alerts.h"
#include "hub/nodes.h"
#include "hub/results.h"
#include "link/message.h"
#include "net/feed.h"
#include "store/blobs.h"
#include "store/database.h"

namespace weir::hub {

// Beyond this share of the pictures' quota, pictures that nothing names are looked for, and the
// oldest alerts lose theirs, so many at a time.
inline constexpr std::uint64_t kPicturesPercentMax = 90;
inline constexpr std::size_t kPicturesForgottenAtOnce = 100;
inline constexpr std::int64_t kSweepNs = 600'000'000'000;  // between two such searches

struct IngestCounts {
  std::array<std::uint64_t, link::kClasses> kept = {};        // new records, by class
  std::array<std::uint64_t, link::kClasses> duplicates = {};  // records that were here already
  std::array<std::uint64_t, link::kClasses> lost = {};        // records that nodes said they lost
  std::uint64_t alerts_removed = 0, results_removed = 0, pictures_removed = 0;
};

class Ingest {
 public:
  struct Options {
    store::Database& database;
    Nodes& nodes;
    Alerts& alerts;
    Results& results;
    store::Blobs& pictures;
    std::uint64_t pictures_quota_bytes = 0;
    net::Feed& feed;
    base::Log& log;
    const base::Clock& clock;
  };

  explicit Ingest(const Options& options) : options_(options) {}

  base::Result<> commit(const link::Batch& batch);
  IngestCounts counts() const;

 private:
  struct Work;  // of one batch

  base::Result<> keep_pictures(const link::Batch& batch) const;
  base::Result<> keep(const link::Batch& batch, Work& work);
  base::Result<> keep(const link::Batch& batch, const link::Record& record, Work& work);
  base::Result<> make_room(Work& work);
  void release(const std::vector<std::string>& pictures);
  base::Result<bool> named(const std::string& picture);
  bool crowded() const;
  void sweep(const link::Batch& batch);

  const Options options_;
  std::int64_t swept_ns_ = 0;  // monotonic; 0: never
  struct Counters {
    std::array<std::atomic<std::uint64_t>, link::kClasses> kept = {}, duplicates = {}, lost = {};
    std::atomic<std::uint64_t> alerts_removed = 0, results_removed = 0, pictures_removed = 0;
  };
  Counters counters_;
};

}  // namespace weir::hub
