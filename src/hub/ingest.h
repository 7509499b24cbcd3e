// Ingest: batches of nodes, kept for good.
//
// commit() belongs to the receiver's thread. It keeps a batch in one synced transaction or not at
// all: alerts, results, and what a node says it lost, one record of an id each, after the pictures
// that came in it. A batch that names a picture which is not here is refused, with the reason: its
// node uploads it and sends again. New alerts go to the feed after the commit, so nobody sees what
// a crash could take back.
//
// Where the pictures' share of the disk is used up, room is made before anything is kept: uploads
// go whose record never came, then the pictures of the oldest alerts.
//
// make_room() belongs to that thread, too; counts() and trouble() are thread-safe. What is given
// outlives the ingest.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
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
#include "store/statement.h"

namespace weir::hub {

// Beyond this share of the pictures' quota, pictures that nothing names are looked for, and when
// that is done the oldest alerts lose theirs, so many at a time.
inline constexpr std::uint64_t kPicturesPercentMax = 90;
inline constexpr std::uint64_t kPicturesPercentUrgent = 95;  // beyond it they lose them at once
inline constexpr std::size_t kPicturesForgottenAtOnce = 100;
inline constexpr std::int64_t kSweepNs = 600'000'000'000;   // between two such searches
inline constexpr std::size_t kSweepPicturesAtOnce = 1'000;  // and the rest of the last one's folder
// An upload that nobody added to for so long is given up at such a search.
inline constexpr std::int64_t kUploadIdleNs = 600'000'000'000;

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
  // As commit() does it; to be called now and then, since uploads that find no room keep batches
  // from coming.
  void make_room();
  IngestCounts counts() const;
  // Why the last batch could not be kept, until one is; "": it was. What lacks only its picture, or
  // is of no node, is no trouble of ours.
  std::string trouble() const;

 private:
  struct Work;                                // of one batch
  using Wanted = std::set<std::string_view>;  // digests

  base::Result<> commit_whole(const link::Batch& batch);
  base::Result<> keep_pictures(const link::Batch& batch) const;
  base::Result<> keep(const link::Batch& batch, Work& work);
  base::Result<> keep(const link::Batch& batch, const link::Record& record, Work& work);
  void make_room(const link::Batch& batch);
  bool beyond(std::uint64_t percent, std::uint64_t more) const;
  bool sweeping() const { return sweep_folder_ < store::Blobs::kFolders; }
  void sweep(const Wanted& wanted);
  void give_up_uploads();
  void forget(const Wanted& wanted);
  void release(const std::vector<std::string>& pictures, const Wanted& wanted);
  base::Result<bool> named(const std::string& picture);
  void warn(std::string_view message, const base::Error& error);

  const Options options_;
  std::int64_t swept_ns_ = 0;                       // monotonic, when it began; 0: never
  unsigned sweep_folder_ = store::Blobs::kFolders;  // the next to be swept; kFolders: none
  std::optional<store::Statement> named_;
  struct Counters {
    std::array<std::atomic<std::uint64_t>, link::kClasses> kept = {}, duplicates = {}, lost = {};
    std::atomic<std::uint64_t> alerts_removed = 0, results_removed = 0, pictures_removed = 0;
  };
  Counters counters_;
  mutable std::mutex trouble_mutex_;
  std::string trouble_;
};

}  // namespace weir::hub
