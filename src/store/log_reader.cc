// Reading a log: from memory while the reader keeps up, else from the segment files.
#include <utility>

#include "store/block_scanner.h"
#include "store/file.h"
#include "store/log.h"
#include "store/segment.h"

namespace weir::store {

using base::Code;
using base::Result;
using detail::Block;
using detail::BlockScanner;
using detail::File;

Log::Reader::Reader(Log& log, std::uint64_t offset) : log_(&log) {
  seek(offset);
}
Log::Reader::Reader(Reader&&) noexcept = default;
Log::Reader& Log::Reader::operator=(Reader&&) noexcept = default;
Log::Reader::~Reader() = default;

Log::Reader Log::read(std::uint64_t from) {
  return Reader(*this, from);
}

void Log::Reader::seek(std::uint64_t offset) {
  offset_ = next_ = offset;
  block_ = nullptr;
  scanner_ = nullptr;
  position_ = 0;
  unreadable_ = false;
}

Result<std::optional<Log::Record>> Log::Reader::next() {
  while (true) {
    if (Record record; take(record)) return record;
    TRY(const bool more, load());
    if (!more) return std::nullopt;
  }
}

// The record at next_, or the first one after it, of the block that is held.
bool Log::Reader::take(Record& record) {
  while (block_ != nullptr && block_next_ < block_->end()) {
    const std::string_view bytes = detail::record_at(block_->bytes, at_);
    const std::uint64_t offset = block_next_++;
    if (offset < next_) continue;
    record = {.offset = offset, .skipped = offset - offset_, .bytes = std::string(bytes)};
    offset_ = next_ = offset + 1;
    return true;
  }
  block_ = nullptr;
  return false;
}

// Holds the next block, or moves next_ on where there is none; false at the end of the log.
Result<bool> Log::Reader::load() {
  unreadable_ = false;
  auto place = log_->find(next_);
  if (!place) return false;
  std::shared_ptr<const Block> block = std::move(place->block);
  if (block != nullptr) {
    scanner_ = nullptr;
  } else {
    TRY(block, load_from_disk(*place));
    if (block == nullptr) return true;
  }
  segment_ = block->segment;
  position_ = block->end_position();
  block_next_ = block->first;
  at_ = detail::kBlockHeaderBytes;
  block_ = std::move(block);
  return true;
}

Result<std::shared_ptr<const Block>> Log::Reader::load_from_disk(const Place& place) {
  if (scanner_ == nullptr || segment_ != place.segment) {
    auto file = File::open(log_->path(place.segment), File::Mode::read);
    if (!file && file.error().code != Code::missing) return std::unexpected(file.error());
    if (!file) {
      // Released or dropped since, or taken away by somebody.
      next_ = place.segment_end;
      if (log_->begin() <= place.segment) log_->say_damage(place.segment, 0, place.bytes);
      return nullptr;
    }
    const std::uint64_t position =
        segment_ == place.segment && position_ > 0 ? position_ : detail::kSegmentHeaderBytes;
    scanner_ = std::make_unique<BlockScanner>(
        std::move(*file),
        BlockScanner::Start{.segment = place.segment, .position = position, .seed = log_->seed_});
    segment_ = place.segment;
  }
  auto block = scanner_->next(next_, place.bytes);
  say_damage();
  if (!block) {
    unreadable_ = true;
    return block;
  }
  if (*block != nullptr) return block;
  // The rest of the segment is damaged.
  scanner_ = nullptr;
  position_ = 0;
  next_ = place.segment_end;
  return nullptr;
}

bool Log::Reader::skip_unreadable() {
  if (!std::exchange(unreadable_, false)) return false;
  scanner_->skip_unreadable();
  say_damage();
  return true;
}

void Log::Reader::say_damage() {
  if (const auto damage = scanner_->take_damage()) {
    log_->say_damage(segment_, damage->position, damage->bytes);
  }
}

}  // namespace weir::store
