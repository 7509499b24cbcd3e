// A class's log, and what happens when it is full.
#include "link/class_log.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace weir::link {

using base::Code;
using base::Level;
using base::Result;

Result<std::unique_ptr<ClassLog>> ClassLog::open(Options options) {
  std::unique_ptr<ClassLog> opened(new ClassLog(std::move(options)));
  TRY_DO(opened->load());
  return opened;
}

Result<> ClassLog::load() {
  const std::string path = fmt::format("{}/{}", options_.folder, name(options_.of));
  const std::string cursor_path = path + ".cursor";
  TRY(log_, store::Log::open({.folder = path,
                              .segment_bytes = options_.segment_bytes,
                              .quota_bytes = options_.quota_bytes,
                              .known_id = CursorFile::log_of(cursor_path),
                              .log = options_.log,
                              .clock = options_.clock}));
  TRY(cursor_file_, CursorFile::open(cursor_path));
  TRY(const auto kept, cursor_file_->read(log_->id()));
  // Without a cursor nobody knows whether what is gone was sent: it does not count as lost.
  const std::uint64_t cursor = kept.value_or(log_->begin());
  // A log that lost its tail must not give out offsets again that are committed.
  if (cursor > log_->end()) TRY_DO(log_->raise_end(cursor));
  cursor_ = cursor;
  lost_before_ = cursor;
  if (!kept) TRY_DO(cursor_file_->write(log_->id(), cursor));
  find_pictures();
  return {};
}

void ClassLog::find_pictures() {
  store::Log::Reader reader = log_->read(cursor_);
  std::string reason;  // why some record could not be read
  while (true) {
    const auto record = reader.next();
    if (!record) {
      reason = record.error().message;
      if (!reader.skip_unreadable()) break;
      continue;
    }
    if (!*record) break;
    const auto picture = picture_of((*record)->bytes);
    if (picture && !picture->empty())
      options_.pictures.add(options_.of, (*record)->offset, std::string(*picture));
  }
  all_pictures_known_ = reason.empty();
  if (all_pictures_known_) return;
  options_.log.write(Level::error, "uplink", "cannot read all that waits to be sent",
                     {{"class", std::string(name(options_.of))}, {"reason", reason}});
}

Result<> ClassLog::append(std::span<const std::string_view> records, const std::string& picture) {
  const std::lock_guard lock(append_mutex_);
  auto offset = log_->append_all(records);
  while (!offset && offset.error().code == Code::limit && options_.of != Class::alert &&
         drop_oldest_locked())
    offset = log_->append_all(records);
  if (!offset) return std::unexpected(offset.error());
  if (!picture.empty()) options_.pictures.add(options_.of, *offset + records.size() - 1, picture);
  return {};
}

bool ClassLog::drop_oldest() {
  const std::lock_guard lock(append_mutex_);
  return drop_oldest_locked();
}

bool ClassLog::drop_oldest_locked() {
  (void)cursor_file_->sync();  // as in keep_cursor; the room is needed all the same
  std::uint64_t lost = 0;
  {
    const std::lock_guard lock(lost_mutex_);  // counted before the sender sees a part of it gone
    const std::uint64_t before = log_->begin();
    const auto dropped = log_->drop_oldest();
    if (!dropped || *dropped == 0) return false;
    lost = count_lost_locked(before, log_->begin());
  }
  if (lost > 0) {
    options_.log.write(
        Level::warning, "uplink", "the quota is reached; the oldest records go",
        {{"class", std::string(name(options_.of))}, {"records", std::to_string(lost)}});
  }
  options_.pictures.release(options_.of, log_->begin());
  return true;
}

Result<> ClassLog::move_cursor(std::uint64_t offset) {
  {
    const std::lock_guard lock(lost_mutex_);  // first: what is dropped from now on is not lost
    lost_before_ = std::max(lost_before_, offset);
  }
  const auto kept = keep_cursor(offset);
  if (kept) log_->release(offset);
  options_.pictures.release(options_.of, offset);
  cursor_ = offset;  // last: who sees it sees all of it
  return kept;
}

// A cursor before the log's begin would count as lost what is committed.
Result<> ClassLog::keep_cursor(std::uint64_t offset) {
  TRY_DO(cursor_file_->write(log_->id(), offset));
  return log_->would_unlink(offset) ? cursor_file_->sync() : Result<>();
}

std::uint64_t ClassLog::count_lost(std::uint64_t first, std::uint64_t end) {
  const std::lock_guard lock(lost_mutex_);
  return count_lost_locked(first, end);
}

std::uint64_t ClassLog::count_lost_locked(std::uint64_t first, std::uint64_t end) {
  first = std::max(first, lost_before_);
  if (end <= first) return 0;
  lost_before_ = end;
  dropped_ += end - first;
  return end - first;
}

}  // namespace weir::link
