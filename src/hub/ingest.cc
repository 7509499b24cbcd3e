// From the link into the database.
#include "hub/ingest.h"

#include <fmt/format.h>

#include <utility>

#include "data/json.h"
#include "hub/alert_json.h"

namespace weir::hub {

using base::Code;
using base::Result;
using link::Class;

namespace {

constexpr std::string_view kIngest = "ingest";

// How many records the node says it lost, where the record says so: {"gap": n} under an id that no
// step of a pipeline has.
std::optional<std::int64_t> gap_of(const link::Batch& batch, const link::Record& record) {
  if (!record.id.starts_with(batch.node) ||
      !std::string_view(record.id).substr(batch.node.size()).starts_with("/gap/")) {
    return {};
  }
  const auto body = data::parse_json(record.body);
  const data::Value* const gap = body ? body->find("gap") : nullptr;
  const std::int64_t* const lost = gap == nullptr ? nullptr : gap->get<std::int64_t>();
  if (lost == nullptr || *lost < 0) return {};
  return *lost;
}

}  // namespace

struct Ingest::Work {
  std::int64_t node = 0;
  std::int64_t received_ns = 0;
  std::size_t of = 0;
  std::vector<Alert> alerts;  // that are new
  std::uint64_t kept = 0, duplicates = 0, lost = 0;
  std::int64_t alerts_removed = 0, results_removed = 0;
  std::vector<std::string> pictures;  // that may be named by nobody any more
};

Result<> Ingest::commit(const link::Batch& batch) {
  auto done = commit_whole(batch);
  const Code code = done ? Code{} : done.error().code;
  if (code == Code::missing || code == Code::unknown_name) return done;
  const std::lock_guard lock(trouble_mutex_);
  trouble_ = done ? "" : done.error().message;
  return done;
}

Result<> Ingest::commit_whole(const link::Batch& batch) {
  Work work;
  TRY(work.node, options_.nodes.number(batch.node));
  make_room(batch);
  TRY_DO(keep_pictures(batch));
  work.received_ns = options_.clock.wall_ns();
  work.of = static_cast<std::size_t>(batch.of);
  TRY_DO(options_.database.transaction([&] { return keep(batch, work); }));
  const std::int64_t committed_ns = options_.clock.wall_ns();
  for (const Alert& alert : work.alerts) {
    options_.feed.publish(live_alert_json(alert, committed_ns));
  }
  counters_.kept[work.of] += work.kept;
  counters_.duplicates[work.of] += work.duplicates;
  counters_.lost[work.of] += work.lost;
  counters_.alerts_removed += static_cast<std::uint64_t>(work.alerts_removed);
  counters_.results_removed += static_cast<std::uint64_t>(work.results_removed);
  release(work.pictures, {});
  options_.nodes.seen(batch.node);
  return {};
}

// Those of its pictures that came with it; the others must be here.
Result<> Ingest::keep_pictures(const link::Batch& batch) const {
  for (const std::string& picture : batch.pictures) TRY_DO(options_.pictures.put(picture));
  for (const link::Record& record : batch.records) {
    if (record.picture.empty() || options_.pictures.has(record.picture)) continue;
    return base::fail(Code::missing,
                      fmt::format("the picture {} of record '{}' is not here, expected it uploaded "
                                  "before",
                                  record.picture, record.id));
  }
  return {};
}

Result<> Ingest::keep(const link::Batch& batch, Work& work) {
  for (const link::Record& record : batch.records) TRY_DO(keep(batch, record, work));
  TRY(work.alerts_removed, options_.alerts.trim(work.pictures));
  TRY(work.results_removed, options_.results.trim(work.pictures));
  return {};
}

Result<> Ingest::keep(const link::Batch& batch, const link::Record& record, Work& work) {
  bool fresh = false;
  if (const auto lost = gap_of(batch, record)) {
    TRY(fresh, options_.nodes.add_gap(work.node, batch.of, record, *lost));
    if (fresh) work.lost += static_cast<std::uint64_t>(*lost);
  } else if (batch.of == Class::alert) {
    TRY(auto alert, options_.alerts.add(work.node, batch.node, record, work.received_ns));
    fresh = alert.has_value();
    if (fresh) work.alerts.push_back(std::move(*alert));
  } else {
    TRY(const auto added, options_.results.add(work.node, batch.of, record, work.received_ns));
    fresh = added == Results::Added::yes;
  }
  ++(fresh ? work.kept : work.duplicates);
  return {};
}

void Ingest::make_room() {
  make_room(link::Batch{});
}

void Ingest::make_room(const link::Batch& batch) {
  std::uint64_t more = 0;
  for (const std::string& picture : batch.pictures) more += picture.size();
  if (!beyond(kPicturesPercentMax, more)) return;
  Wanted wanted;
  for (const link::Record& record : batch.records) wanted.insert(record.picture);
  sweep(wanted);
  if (beyond(sweeping() ? kPicturesPercentUrgent : kPicturesPercentMax, more)) forget(wanted);
}

bool Ingest::beyond(std::uint64_t percent, std::uint64_t more) const {
  return options_.pictures.bytes() + more > options_.pictures_quota_bytes / 100 * percent;
}

// Uploads whose record never came, piece by piece: batches wait meanwhile. One whose record is
// still to come is uploaded again.
void Ingest::sweep(const Wanted& wanted) {
  if (!sweeping()) {
    const std::int64_t now_ns = options_.clock.monotonic_ns();
    if (swept_ns_ != 0 && now_ns - swept_ns_ < kSweepNs) return;
    swept_ns_ = now_ns;
    sweep_folder_ = 0;
    give_up_uploads();
  }
  std::size_t looked_at = 0;
  for (; sweeping() && looked_at < kSweepPicturesAtOnce; ++sweep_folder_) {
    const auto digests = options_.pictures.digests(static_cast<std::uint8_t>(sweep_folder_));
    if (!digests) {
      warn("pictures cannot be listed", digests.error());
      continue;
    }
    looked_at += digests->size();
    release(*digests, wanted);
  }
}

void Ingest::give_up_uploads() {
  const auto removed = options_.pictures.remove_partials(options_.clock.wall_ns() - kUploadIdleNs);
  if (!removed) return warn("unfinished uploads are not removed", removed.error());
  counters_.pictures_removed += *removed;
}

// Alerts are worth more than pictures: where the disk's share is used up, old pictures go first.
void Ingest::forget(const Wanted& wanted) {
  std::vector<std::string> pictures;
  const auto forgotten = options_.database.transaction([&]() -> Result<> {
    TRY(pictures, options_.alerts.forget_pictures(kPicturesForgottenAtOnce));
    return {};
  });
  if (!forgotten) return warn("old alerts keep their pictures", forgotten.error());
  if (pictures.empty()) return;
  options_.log.write(base::Level::warning, kIngest, "old alerts lose their pictures",
                     {{"count", std::to_string(pictures.size())},
                      {"bytes", std::to_string(options_.pictures.bytes())}});
  release(pictures, wanted);
}

// Removes those that no record names. After the commit: a crash before leaves a file too many,
// never one too few.
void Ingest::release(const std::vector<std::string>& pictures, const Wanted& wanted) {
  for (const std::string& picture : pictures) {
    if (wanted.contains(picture)) continue;
    const auto removed = [&]() -> Result<> {
      TRY(const bool still, named(picture));
      if (still) return {};
      TRY_DO(options_.pictures.remove(picture));
      ++counters_.pictures_removed;
      return {};
    }();
    if (!removed) warn("the picture " + picture + " is not removed", removed.error());
  }
}

Result<bool> Ingest::named(const std::string& picture) {
  if (!named_) {  // prepared once: a sweep asks for each picture there is
    TRY(auto find, options_.database.prepare(
                       "SELECT EXISTS (SELECT 1 FROM alert WHERE picture = ?1 AND picture <> '') "
                       "OR EXISTS (SELECT 1 FROM result WHERE picture = ?1 AND picture <> '')"));
    named_ = std::move(find);
  }
  named_->bind(1, picture);
  TRY_DO(named_->step());
  const bool found = named_->int64(0) != 0;
  named_->reset();
  return found;
}

void Ingest::warn(std::string_view message, const base::Error& error) {
  options_.log.write(base::Level::warning, kIngest, message, {{"reason", error.message}});
}

std::string Ingest::trouble() const {
  const std::lock_guard lock(trouble_mutex_);
  return trouble_;
}

IngestCounts Ingest::counts() const {
  IngestCounts out;
  for (std::size_t of = 0; of < link::kClasses; ++of) {
    out.kept[of] = counters_.kept[of];
    out.duplicates[of] = counters_.duplicates[of];
    out.lost[of] = counters_.lost[of];
  }
  out.alerts_removed = counters_.alerts_removed;
  out.results_removed = counters_.results_removed;
  out.pictures_removed = counters_.pictures_removed;
  return out;
}

}  // namespace weir::hub
