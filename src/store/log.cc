// The log's writer, and where its records are.
#include "store/log.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "store/file.h"
#include "store/segment.h"

namespace weir::store {

using base::Code;
using base::fail;
using base::Result;
using detail::Block;
using detail::File;

namespace {

constexpr std::size_t kBlockOverheadBytes = 128;  // of a block in memory, beside its bytes

}  // namespace

Log::~Log() = default;

Result<std::uint64_t> Log::append(std::string_view record) {
  return append_all({&record, 1});
}

Result<std::uint64_t> Log::append_all(std::span<const std::string_view> records) {
  const auto too_large = std::ranges::find_if(
      records, [](std::string_view record) { return record.size() > kRecordBytesMax; });
  if (too_large != records.end()) {
    return fail(Code::limit, fmt::format("{}: a record of {} bytes, expected at most {}",
                                         options_.folder, too_large->size(), kRecordBytesMax));
  }
  const std::lock_guard order(write_mutex_);
  const std::uint64_t first = end_;
  if (records.size() > detail::kOffsetMax - first) {
    return fail(Code::limit, fmt::format("{}: has no more offsets", options_.folder));
  }
  std::vector<std::shared_ptr<Block>> blocks;
  std::uint64_t bytes = 0;
  for (std::uint64_t next = first; !records.empty(); next = blocks.back()->end()) {
    blocks.push_back(std::make_shared<Block>(detail::make_block(records, next, seed_)));
    bytes += blocks.back()->bytes.size();
  }
  if (blocks.empty()) return first;
  TRY_DO(make_room(bytes));

  const std::uint64_t position = newest().bytes;
  std::uint64_t at = position;
  for (const auto& block : blocks) {
    if (auto written = active_->write_at(at, block->bytes); !written) {
      say(written.error());
      torn_ = true;
      if (const auto done = cut(position); !done) say(done.error());  // the next append tries again
      return std::unexpected(std::move(written.error()));
    }
    at += block->bytes.size();
  }
  keep(std::move(blocks));
  return first;
}

// Room for so many bytes in the newest segment, which may become another one.
Result<> Log::make_room(std::uint64_t bytes) {
  const Segment segment = newest();
  if (torn_) TRY_DO(cut(segment.bytes));
  const bool full = segment.failed || (segment.bytes > detail::kSegmentHeaderBytes &&
                                       segment.bytes + bytes > segment_bytes_);
  const std::uint64_t more = bytes + (full ? detail::kSegmentHeaderBytes : 0);
  if (const std::uint64_t used = this->bytes(); used + more > options_.quota_bytes) {
    return fail(Code::limit, fmt::format("{}: {} bytes more than the {} there are go beyond the "
                                         "quota of {}",
                                         options_.folder, more, used, options_.quota_bytes));
  }
  return full ? roll(end_) : Result<>();
}

// Begins another segment, also in place of a newest one that is empty.
Result<> Log::roll(std::uint64_t first) {
  const std::string name = path(first);
  const std::string header = detail::write_segment_header({.id = raw_id_, .first = first});
  const auto make = [&]() -> Result<std::unique_ptr<File>> {
    TRY(auto file, File::open(name, File::Mode::create));
    TRY_DO(file->write_at(0, header));
    return file;
  };
  auto made = make();
  if (!made) {
    say(made.error());
    detail::discard_file(name);  // opening passes over one without a whole header
    return std::unexpected(std::move(made.error()));
  }
  const std::lock_guard lock(mutex_);
  active_ = std::move(*made);
  if (!segments_.empty() && segments_.back().first == first) {
    bytes_ -= segments_.back().bytes;
    segments_.pop_back();
  }
  segments_.push_back({.first = first, .bytes = header.size()});
  bytes_ += header.size();
  end_ = first;
  names_synced_ = false;
  torn_ = false;
  return {};
}

// Cuts what a write that failed has left.
Result<> Log::cut(std::uint64_t bytes) {
  auto done = active_->truncate(bytes);
  if (done) torn_ = false;
  return done;
}

// Publishes blocks that were written.
void Log::keep(std::vector<std::shared_ptr<Block>> blocks) {
  const std::lock_guard lock(mutex_);
  Segment& newest = segments_.back();
  newest.synced = false;
  for (auto& block : blocks) {
    block->segment = newest.first;
    block->position = newest.bytes;
    newest.bytes += block->bytes.size();
    bytes_ += block->bytes.size();
    end_ = block->end();
    recent_bytes_ += block->bytes.size() + kBlockOverheadBytes;
    recent_.push_back(std::move(block));
  }
  while (recent_bytes_ > kRecentBytes) forget_oldest();
}

void Log::forget_oldest() {
  recent_bytes_ -= recent_.front()->bytes.size() + kBlockOverheadBytes;
  recent_.pop_front();
}

Result<> Log::sync() {
  const std::lock_guard one(sync_mutex_);
  TRY_DO(leave_failed());
  std::vector<Segment> segments;
  std::shared_ptr<File> active;
  std::uint64_t end = 0;
  bool names_synced = false;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::copy_if(segments_, std::back_inserter(segments),
                         [](const Segment& segment) { return !segment.synced && !segment.failed; });
    active = active_;
    end = end_;
    names_synced = names_synced_;
  }
  for (const Segment& segment : segments) TRY_DO(sync_segment(segment, active));
  if (!names_synced) TRY_DO(detail::sync_folder(options_.folder));

  const std::lock_guard lock(mutex_);
  synced_ = std::max(synced_, end);
  for (Segment& segment : segments_) {
    const auto same = std::ranges::find(segments, segment.first, &Segment::first);
    if (same != segments.end() && same->bytes == segment.bytes) segment.synced = true;
  }
  if (active == active_) names_synced_ = true;
  return {};
}

Result<> Log::sync_segment(const Segment& segment, std::shared_ptr<File> file) {
  if (file->path() != path(segment.first)) {
    auto opened = File::open(path(segment.first), File::Mode::read);
    if (!opened && opened.error().code == Code::missing) return {};  // released since
    TRY(file, std::move(opened));
  }
  auto synced = file->sync();
  if (!synced) fail_segment(segment, synced.error());
  return synced;
}

void Log::fail_segment(const Segment& segment, const base::Error& error) {
  const std::lock_guard order(write_mutex_);  // no append to it is under way
  std::uint64_t from = 0, end = 0;
  {
    const std::lock_guard lock(mutex_);
    const auto failed = std::ranges::find(segments_, segment.first, &Segment::first);
    if (failed == segments_.end()) return;
    failed->failed = true;
    from = std::max(failed->first, synced_);
    end = std::next(failed) == segments_.end() ? end_ : std::next(failed)->first;
  }
  options_.log.write(base::Level::error, detail::kComponent,
                     "a sync failed; a power cut may take these records",
                     {{"file", path(segment.first)},
                      {"from", std::to_string(from)},
                      {"before", std::to_string(end)},
                      {"error", error.message}});
}

// Begins another segment where a sync of the newest one has failed.
Result<> Log::leave_failed() {
  const std::lock_guard order(write_mutex_);
  return newest().failed ? roll(end_) : Result<>();
}

std::uint64_t Log::begin() const {
  const std::lock_guard lock(mutex_);
  return segments_.front().first;
}

std::uint64_t Log::end() const {
  const std::lock_guard lock(mutex_);
  return end_;
}

std::uint64_t Log::synced() const {
  const std::lock_guard lock(mutex_);
  return synced_;
}

std::uint64_t Log::bytes() const {
  const std::lock_guard lock(mutex_);
  return bytes_;
}

void Log::release(std::uint64_t before) {
  std::vector<Segment> gone;
  {
    const std::lock_guard lock(mutex_);
    while (segments_.size() > 1 && segments_[1].first <= before) gone.push_back(take_oldest());
    while (!recent_.empty() && recent_.front()->end() <= before) forget_oldest();
  }
  unlink_segments(gone);
}

bool Log::would_unlink(std::uint64_t before) const {
  const std::lock_guard lock(mutex_);
  return segments_.size() > 1 && segments_[1].first <= before;
}

Result<std::uint64_t> Log::drop_oldest() {
  const std::lock_guard order(write_mutex_);
  if (const std::uint64_t first = newest().first; begin() == first) {
    if (first == end_) return 0;
    TRY_DO(roll(end_));
  }
  std::vector<Segment> gone;
  std::uint64_t offsets = 0;
  {
    const std::lock_guard lock(mutex_);
    if (segments_.size() == 1) return 0;  // released meanwhile
    gone.push_back(take_oldest());
    offsets = segments_.front().first - gone.back().first;
    while (!recent_.empty() && recent_.front()->end() <= segments_.front().first) forget_oldest();
  }
  unlink_segments(gone);
  return offsets;
}

// With mutex_ held.
Log::Segment Log::take_oldest() {
  const Segment oldest = segments_.front();
  segments_.pop_front();
  bytes_ -= oldest.bytes;
  synced_ = std::max(synced_, segments_.front().first);
  return oldest;
}

Result<> Log::raise_end(std::uint64_t offset) {
  const std::lock_guard order(write_mutex_);
  if (offset > detail::kOffsetMax) {
    return fail(Code::invalid, fmt::format("{}: the offset {} is beyond {}, which no log reaches",
                                           options_.folder, offset, detail::kOffsetMax));
  }
  return offset > end_ ? roll(offset) : Result<>();
}

Log::Segment Log::newest() const {
  const std::lock_guard lock(mutex_);
  return segments_.back();
}

// Where the record at `offset` is, or the first one after it.
std::optional<Log::Place> Log::find(std::uint64_t offset) const {
  const std::lock_guard lock(mutex_);
  offset = std::max(offset, segments_.front().first);
  if (offset >= end_) return std::nullopt;
  if (!recent_.empty() && offset >= recent_.front()->first) {
    const auto block = std::ranges::upper_bound(recent_, offset, {},
                                                [](const auto& recent) { return recent->end(); });
    if (block != recent_.end()) return Place{.block = *block};
  }
  const auto after = std::ranges::upper_bound(segments_, offset, {}, &Segment::first);
  const Segment& segment = *std::prev(after);
  return Place{.block = nullptr,
               .segment = segment.first,
               .bytes = segment.bytes,
               .segment_end = after == segments_.end() ? end_ : after->first};
}

void Log::say(const base::Error& error) {
  const std::int64_t now = options_.clock.monotonic_ns();
  if (said_ns_ && now - *said_ns_ < kSayAgainNs) return;
  said_ns_ = now;
  options_.log.write(base::Level::error, detail::kComponent, "cannot append to a log",
                     {{"folder", options_.folder}, {"error", error.message}});
}

// Each damage once, however often it is read.
void Log::say_damage(std::uint64_t first, std::uint64_t position, std::uint64_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    const auto segment = std::ranges::find(segments_, first, &Segment::first);
    if (segment == segments_.end() || position < segment->said) return;
    segment->said = position + bytes;
  }
  options_.log.write(base::Level::error, detail::kComponent, "damage in a segment is passed over",
                     {{"file", path(first)},
                      {"position", std::to_string(position)},
                      {"bytes", std::to_string(bytes)}});
}

void Log::unlink_segments(const std::vector<Segment>& segments) {
  for (const Segment& segment : segments) {
    if (const auto done = detail::unlink_file(path(segment.first)); !done) {
      options_.log.write(base::Level::warning, detail::kComponent, "cannot remove a segment",
                         {{"error", done.error().message}});
    }
  }
}

std::string Log::path(std::uint64_t first) const {
  return options_.folder + "/" + detail::segment_name(first);
}

}  // namespace weir::store
