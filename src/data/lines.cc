// Bytes in lines.
#include "data/lines.h"

#include <algorithm>
#include <cstring>

#include "data/json_object.h"

namespace weir::data {

base::Result<std::size_t> LineBuffer::find_end(std::size_t from) {
  while (true) {
    const std::string_view text = ahead();
    if (from < text.size()) {
      if (const std::size_t end = text.find('\n', from); end != std::string_view::npos) {
        return end < kLineBytesMax ? end + 1 : kNoEnd;
      }
    }
    if (text.size() > kLineBytesMax) return kNoEnd;
    from = std::max(from, text.size());
    TRY(const bool more, read_more());
    if (!more) return ahead().size();
  }
}

void LineBuffer::consume(std::size_t bytes) {
  line_ += static_cast<std::uint64_t>(std::ranges::count(ahead().substr(0, bytes), '\n'));
  at_ += bytes;
}

base::Result<> LineBuffer::skip_line() {
  while (true) {
    const std::string_view text = ahead();
    if (const std::size_t end = text.find('\n'); end != std::string_view::npos) {
      consume(end + 1);
      return {};
    }
    consume(text.size());
    TRY(const bool more, read_more());
    if (!more) return {};
  }
}

void LineBuffer::mark() {
  mark_ = at_;
  mark_line_ = line_;
}

void LineBuffer::return_to_mark() {
  at_ = mark_;
  line_ = mark_line_;
  mark_ = kNoEnd;
}

base::Result<bool> LineBuffer::read_more() {
  if (ended_) return false;
  const std::size_t keep = std::min(at_, mark_);
  if (keep > 0) {
    std::memmove(buffer_.data(), buffer_.data() + keep, size_ - keep);
    size_ -= keep;
    at_ -= keep;
    if (mark_ != kNoEnd) mark_ = 0;
  }
  if (buffer_.size() < size_ + kChunkBytes + kJsonPadding) {
    buffer_.resize(std::max(2 * buffer_.size(), size_ + kChunkBytes + kJsonPadding));
  }
  TRY(const std::size_t count,
      read_({buffer_.data() + size_, buffer_.size() - kJsonPadding - size_}));
  size_ += count;
  ended_ = count == 0;
  return count > 0;
}

std::string_view without_end(std::string_view line) {
  if (line.ends_with('\n')) line.remove_suffix(1);
  if (line.ends_with('\r')) line.remove_suffix(1);
  return line;
}

}  // namespace weir::data
