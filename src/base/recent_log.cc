// Log lines kept for those who ask later.
#include "base/recent_log.h"

#include <algorithm>

namespace weir::base {

void RecentLog::write(Level level, std::string_view component, std::string_view message,
                      std::initializer_list<LogField> fields) {
  next_.write(level, component, message, fields);
  LogLine line{.number = 0,
               .time_ns = clock_.wall_ns(),
               .level = level,
               .component = std::string(component),
               .text = log_line(level, component, message, fields)};
  if (line.text.size() > kLineBytesMax) line.text.resize(kLineBytesMax);
  const std::lock_guard lock(mutex_);
  line.number = ++newest_;
  lines_.push_back(std::move(line));
  if (lines_.size() > kLinesMax) lines_.pop_front();
}

std::vector<LogLine> RecentLog::after(std::uint64_t number, std::size_t count) const {
  const std::lock_guard lock(mutex_);
  const auto first = std::ranges::upper_bound(lines_, number, {}, &LogLine::number);
  const auto left = static_cast<std::size_t>(lines_.end() - first);
  return {first, first + static_cast<std::ptrdiff_t>(std::min(count, left))};
}

std::uint64_t RecentLog::newest() const {
  const std::lock_guard lock(mutex_);
  return newest_;
}

}  // namespace weir::base
