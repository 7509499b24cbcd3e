// Sound blocks of a segment.
#include "store/block_scanner.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "store/crc32c.h"

namespace weir::store::detail {

using base::Result;

Result<std::shared_ptr<const Block>> BlockScanner::next(std::uint64_t from, std::uint64_t size) {
  size_ = size;
  while (position_ < size) {
    TRY(const std::string_view head, peek(kBlockHeaderBytes, size));
    const auto header = read_block_header(head, start_.seed);
    if (!header || header->first < least_) {
      TRY_DO(search(size));
      continue;
    }
    const std::size_t whole = kBlockHeaderBytes + header->size;
    const std::uint64_t end = header->first + header->count;
    if (whole > size - position_) {
      pass_damage(size - position_);
      break;
    }
    if (end <= from) {
      position_ += whole;
      least_ = end;
      continue;
    }
    TRY(const std::string_view ahead, peek(whole, size));
    const std::string_view bytes = ahead.substr(0, whole);
    const std::string_view body = bytes.substr(std::min(bytes.size(), kBlockHeaderBytes));
    if (crc32c(body) != header->body_crc || !is_sound_body(body, header->count)) {
      pass_damage(whole);
      continue;
    }
    auto block = std::make_shared<Block>(Block{.first = header->first,
                                               .count = header->count,
                                               .segment = start_.segment,
                                               .position = position_,
                                               .bytes = std::string(bytes)});
    position_ += whole;
    least_ = end;
    skip_bytes_ = kPageBytes;
    return block;
  }
  return nullptr;
}

std::optional<BlockScanner::Damage> BlockScanner::take_damage() {
  return std::exchange(damage_, std::nullopt);
}

Result<std::string_view> BlockScanner::peek(std::size_t count, std::uint64_t size) {
  count = static_cast<std::size_t>(std::min<std::uint64_t>(count, size - position_));
  const std::uint64_t buffer_end = buffer_position_ + buffered_;
  const std::size_t kept = position_ >= buffer_position_ && position_ < buffer_end
                               ? static_cast<std::size_t>(buffer_end - position_)
                               : 0;
  if (kept < count) {
    if (kept > 0) std::memmove(buffer_.data(), buffer_.data() + buffered_ - kept, kept);
    buffer_.resize(std::max({buffer_.size(), count, kReadBytes}));
    buffer_position_ = position_;
    buffered_ = kept;
    const std::size_t most = static_cast<std::size_t>(
        std::min<std::uint64_t>(buffer_.size() - kept, size - position_ - kept));
    TRY_DO(fill(count, most));
  }
  const auto at = static_cast<std::size_t>(position_ - buffer_position_);
  return std::string_view(buffer_.data() + at, buffered_ - at);
}

// Buffers up to `most` bytes more; where the disk does not give them all, those before the page
// that it does not give, if they make up `count` bytes with what is buffered already.
Result<> BlockScanner::fill(std::size_t count, std::size_t most) {
  const std::size_t end = buffered_ + most;
  const auto into = std::span(buffer_);
  if (const auto read =
          file_->read_at(buffer_position_ + buffered_, into.subspan(buffered_, most))) {
    buffered_ += *read;
    return {};
  }
  while (buffered_ < end) {
    const std::uint64_t at = buffer_position_ + buffered_;
    const std::size_t page = std::min<std::size_t>(kPageBytes - at % kPageBytes, end - buffered_);
    const auto read = file_->read_at(at, into.subspan(buffered_, page));
    if (!read && buffered_ >= count) return {};
    if (!read) {
      unreadable_ = at - at % kPageBytes;
      return std::unexpected(read.error());
    }
    buffered_ += *read;
    if (*read < page) return {};  // the file's end
  }
  return {};
}

void BlockScanner::skip_unreadable() {
  const std::uint64_t behind = std::min(std::max(unreadable_, position_) + skip_bytes_, size_);
  skip_bytes_ *= 2;
  if (behind > position_) pass_damage(behind - position_);
}

// Goes to the next marker after position_, or to the end.
Result<> BlockScanner::search(std::uint64_t size) {
  pass_damage(1);
  while (position_ < size) {
    TRY(const std::string_view text, peek(kBlockMarker.size(), size));
    if (const auto found = text.find(kBlockMarker); found != std::string_view::npos) {
      pass_damage(found);
      return {};
    }
    // A marker may begin in the last bytes of what was read.
    const bool at_end = position_ + text.size() >= size || text.size() < kBlockMarker.size();
    pass_damage(at_end ? size - position_ : text.size() - (kBlockMarker.size() - 1));
  }
  return {};
}

void BlockScanner::pass_damage(std::uint64_t bytes) {
  if (!damage_) damage_ = Damage{.position = position_};
  damage_->bytes += bytes;
  position_ += bytes;
}

}  // namespace weir::store::detail
