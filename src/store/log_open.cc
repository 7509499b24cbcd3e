// Opening a log: what is sound is taken, a torn tail cut, the rest set aside.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "base/random.h"
#include "store/block_scanner.h"
#include "store/file.h"
#include "store/log.h"
#include "store/segment.h"

namespace weir::store {

using base::Code;
using base::fail;
using base::Result;
using detail::BlockScanner;
using detail::File;

namespace {

constexpr std::uint64_t kSegmentsAQuota = 4;

}  // namespace

// A file with the name of a segment.
struct Log::Found {
  std::uint64_t first = 0, bytes = 0;
  std::string id = {};
  std::string fault = {};  // why it is no segment of a log
  bool unread = false;     // that it is one cannot be said: the disk does not give its header
};

// How far a segment's sound blocks reach: offsets, and bytes.
struct Log::Scanned {
  std::uint64_t end = 0, bytes = 0;
  std::optional<base::Error> fault = {};  // why there may be others behind them, that were not read
};

Log::Log(Options options)
    : options_(std::move(options)),
      segment_bytes_(std::clamp(options_.segment_bytes, options_.quota_bytes / kSegmentsMax,
                                options_.quota_bytes / kSegmentsAQuota)) {}

Result<std::unique_ptr<Log>> Log::open(Options options) {
  if (options.quota_bytes < kQuotaBytesMin) {
    return fail(Code::invalid, fmt::format("{}: a quota of {} bytes, expected at least {}",
                                           options.folder, options.quota_bytes, kQuotaBytesMin));
  }
  std::unique_ptr<Log> log(new Log(std::move(options)));
  TRY_DO(log->load());
  return log;
}

Result<> Log::load() {
  TRY(lock_, FolderLock::take(options_.folder));
  TRY(const auto all, find_segments());
  const auto sound = std::ranges::find_if(all.rbegin(), all.rend(),
                                          [](const Found& found) { return found.fault.empty(); });
  raw_id_ = sound != all.rend() ? sound->id : base::random_bytes(detail::kIdBytes);
  id_ = detail::to_hex(raw_id_);
  seed_ = detail::seed_of(raw_id_);
  TRY_DO(take_segments(all));
  TRY_DO(take_newest(all));
  synced_ = begin();
  drop_old_damaged();
  return {};
}

Result<std::vector<Log::Found>> Log::find_segments() const {
  TRY(const auto names, detail::list_folder(options_.folder));
  std::vector<Found> all;
  for (const std::string& name : names) {
    const auto first = detail::first_of_name(name);
    if (!first) continue;
    TRY(const auto file, File::open(path(*first), File::Mode::read));
    TRY(const std::uint64_t bytes, file->size());
    Found found{.first = *first, .bytes = bytes};
    std::string head(detail::kSegmentHeaderBytes, '\0');
    if (const auto count = file->read_at(0, head); !count) {
      found.fault = count.error().message;
      found.unread = true;
    } else if (auto header = detail::read_segment_header(head.substr(0, *count)); !header) {
      found.fault = "its header is damaged";
    } else if (header->first != *first) {
      found.fault = "it has another's name";
    } else {
      found.id = std::move(header->id);
    }
    all.push_back(std::move(found));
  }
  return all;
}

// Keeps what is sound and sets the rest aside.
Result<> Log::take_segments(const std::vector<Found>& all) {
  const bool any_sound =
      std::ranges::any_of(all, [](const Found& found) { return found.fault.empty(); });
  for (Found found : all) {
    if (found.fault.empty() && found.id != raw_id_) found.fault = "it belongs to another log";
    // The disk may give the header the next time; the blocks tell by themselves that they are ours.
    if (found.unread && any_sound) found.fault.clear();
    if (found.fault.empty()) {
      segments_.push_back({.first = found.first, .bytes = found.bytes});
      bytes_ += found.bytes;
      end_ = found.first;
      continue;
    }
    // Offsets that it gave out are not given out again; without a segment before it, the log has
    // another id, and counts from 0.
    if (!segments_.empty() && found.id.empty()) {
      TRY(std::shared_ptr<const File> file, File::open(path(found.first), File::Mode::read));
      end_ = std::max(end_, scan({.first = found.first, .bytes = found.bytes}, file).end);
    }
    TRY_DO(set_aside(found));
  }
  return {};
}

Result<> Log::set_aside(const Found& found) {
  const std::string from = path(found.first);
  if (found.bytes < detail::kSegmentHeaderBytes) {  // its writer ended while making it
    options_.log.write(base::Level::warning, detail::kComponent, "an unfinished segment is removed",
                       {{"file", from}});
    return detail::unlink_file(from);
  }
  const std::string to = from + std::string(detail::kDamagedEnding);
  options_.log.write(base::Level::error, detail::kComponent, "a damaged segment is set aside",
                     {{"file", from}, {"as", to}, {"reason", found.fault}});
  return detail::rename_file(from, to);
}

// Opens the newest segment to append to it, or begins one.
Result<> Log::take_newest(const std::vector<Found>& all) {
  if (segments_.empty()) return roll(end_);
  const Segment segment = newest();
  TRY(active_, File::open(path(segment.first), File::Mode::write));
  const Scanned scanned = scan(segment, active_);
  if (scanned.fault) {
    say(*scanned.fault);
    // A record takes a byte at least: no offset beyond this was given out.
    const std::uint64_t most = scanned.end + (segment.bytes - scanned.bytes);
    return roll(std::min(std::max(end_, most), detail::kOffsetMax));
  }
  if (scanned.bytes < segment.bytes) {
    options_.log.write(base::Level::warning, detail::kComponent, "the torn end of a log is cut",
                       {{"file", active_->path()},
                        {"position", std::to_string(scanned.bytes)},
                        {"bytes", std::to_string(segment.bytes - scanned.bytes)}});
    TRY_DO(active_->truncate(scanned.bytes));
    segments_.back().bytes = scanned.bytes;
    bytes_ -= segment.bytes - scanned.bytes;
  }
  if (scanned.end < end_) return roll(end_);
  end_ = scanned.end;
  // Should the header turn out to be damaged, it is not to take with it what is appended now.
  return all.back().unread ? roll(end_) : Result<>();
}

// What cannot be read is passed over: a block behind it says how far the offsets went.
Log::Scanned Log::scan(const Segment& segment, std::shared_ptr<const File> file) {
  BlockScanner scanner(std::move(file), {.segment = segment.first, .seed = seed_});
  Scanned scanned{.end = segment.first, .bytes = detail::kSegmentHeaderBytes};
  while (true) {
    const auto block = scanner.next(segment.first, segment.bytes);
    if (!block) {
      scanned.fault = block.error();
      scanner.skip_unreadable();
      continue;
    }
    if (*block == nullptr) return scanned;
    if (const auto damage = scanner.take_damage()) {
      say_damage(segment.first, damage->position, damage->bytes);
    }
    scanned = {.end = (*block)->end(), .bytes = (*block)->end_position()};
  }
}

// The newest stay, to be looked at by somebody.
void Log::drop_old_damaged() {
  const auto names = detail::list_folder(options_.folder);
  if (!names) return;
  std::vector<std::string> damaged;
  for (const std::string& name : *names)
    if (name.ends_with(detail::kDamagedEnding)) damaged.push_back(options_.folder + "/" + name);
  detail::keep_newest(std::move(damaged), kDamagedMax);
}

}  // namespace weir::store
