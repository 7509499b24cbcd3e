// Opening a log: what is sound is taken, a torn tail cut, the rest set aside.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <system_error>
#include <utility>

#include "base/random.h"
#include "base/text.h"
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

// An id's bytes from its digits; nothing where they are not those of one.
std::optional<std::string> id_of_digits(std::string_view digits) {
  if (digits.size() != 2 * detail::kIdBytes) return std::nullopt;
  std::string id;
  for (; !digits.empty(); digits.remove_prefix(2)) {
    unsigned char byte = 0;
    const char* end = digits.data() + 2;
    if (std::from_chars(digits.data(), end, byte, 16).ptr != end) return std::nullopt;
    id += static_cast<char>(byte);
  }
  return id;
}

// The number of a segment that was set aside, by its name; 0 where it has none.
std::optional<std::uint64_t> number_of_damaged(std::string_view name) {
  const std::size_t at = name.find(detail::kDamagedEnding);
  if (at == std::string_view::npos || !detail::first_of_name(name.substr(0, at))) {
    return std::nullopt;
  }
  name.remove_prefix(at + detail::kDamagedEnding.size());
  std::uint64_t number = 0;
  if (name.empty()) return number;
  const char* end = name.data() + name.size();
  const auto [stop, error] = std::from_chars(name.data() + 1, end, number);
  if (!name.starts_with('-') || error != std::errc() || stop != end) return std::nullopt;
  return number;
}

}  // namespace

// A file with the name of a segment.
struct Log::Found {
  enum class Header : std::uint8_t {
    sound,
    damaged,
    unread,  // the disk does not give it
    other,   // of another segment
  };
  std::uint64_t first = 0, bytes = 0;
  Header header = Header::sound;
  std::string id = {};     // where the header is sound
  std::string fault = {};  // what is wrong with the header
};

// A segment that was set aside.
struct Log::Damaged {
  std::uint64_t number = 0;  // greater than those of earlier ones
  std::string path = {};
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
  const auto sound =
      std::ranges::find(all.rbegin(), all.rend(), Found::Header::sound, &Found::header);
  const auto known =
      sound != all.rend() ? std::optional(sound->id) : id_of_digits(options_.known_id);
  raw_id_ = known ? *known : base::random_bytes(detail::kIdBytes);
  id_ = base::encode_hex(raw_id_);
  seed_ = detail::seed_of(raw_id_);
  if (known) {
    TRY_DO(take_segments(all));
  } else {
    for (const Found& found : all) TRY_DO(set_aside(found));
  }
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
      found.header = Found::Header::unread;
      found.fault = count.error().message;
    } else if (auto header = detail::read_segment_header(head.substr(0, *count)); !header) {
      found.header = Found::Header::damaged;
      found.fault = "its header is damaged";
    } else if (header->first != *first) {
      found.header = Found::Header::other;
      found.fault = "it has another's name";
    } else {
      found.id = std::move(header->id);
    }
    all.push_back(std::move(found));
  }
  return all;
}

// Keeps what is ours and sets the rest aside. Where a header is damaged, its blocks say whose they
// are; what the disk does not give may be there the next time.
Result<> Log::take_segments(const std::vector<Found>& all) {
  for (Found found : all) {
    if (found.header == Found::Header::sound && found.id != raw_id_) {
      found.fault = "it belongs to another log";
    }
    Segment segment{.first = found.first, .bytes = found.bytes};
    Scanned scanned{.end = found.first, .bytes = detail::kSegmentHeaderBytes};
    if (found.header == Found::Header::damaged || found.header == Found::Header::other) {
      TRY(std::shared_ptr<const File> file, File::open(path(found.first), File::Mode::read));
      scanned = scan(segment, std::move(file));
    }
    const bool salvaged = found.header == Found::Header::damaged &&
                          (scanned.bytes > detail::kSegmentHeaderBytes || scanned.fault);
    if (!found.fault.empty() && found.header != Found::Header::unread && !salvaged) {
      end_ = std::max(end_, scanned.end);  // offsets that it gave out are not given out again
      TRY_DO(set_aside(found));
      continue;
    }
    if (salvaged) {
      options_.log.write(base::Level::error, detail::kComponent,
                         "a segment has a damaged header; its records are kept",
                         {{"file", path(found.first)}});
    }
    segments_.push_back(segment);
    bytes_ += found.bytes;
    end_ = found.first;
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
  TRY(const auto earlier, damaged());
  const std::uint64_t number = earlier.empty() ? 1 : earlier.back().number + 1;
  const std::string to = fmt::format("{}{}-{}", from, detail::kDamagedEnding, number);
  options_.log.write(base::Level::error, detail::kComponent, "a damaged segment is set aside",
                     {{"file", from},
                      {"as", to},
                      {"bytes", std::to_string(found.bytes)},
                      {"reason", found.fault}});
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
  // A segment that does not say whose it is, is not to take with it what is appended now.
  const auto found = std::ranges::find(all, segment.first, &Found::first);
  return found->header == Found::Header::sound ? Result<>() : roll(end_);
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

// The segments that were set aside, oldest first.
Result<std::vector<Log::Damaged>> Log::damaged() const {
  TRY(const auto names, detail::list_folder(options_.folder));
  std::vector<Damaged> all;
  for (const std::string& name : names) {
    if (const auto number = number_of_damaged(name)) {
      all.push_back({.number = *number, .path = options_.folder + "/" + name});
    }
  }
  std::ranges::stable_sort(all, {}, &Damaged::number);
  return all;
}

// The newest stay, to be looked at by somebody.
void Log::drop_old_damaged() const {
  auto all = damaged();
  if (!all || all->size() <= kDamagedMax) return;
  all->resize(all->size() - kDamagedMax);
  for (const Damaged& old : *all) detail::discard_file(old.path);
}

}  // namespace weir::store
