// RecentLog: passes log lines on and keeps the newest, each with a number, for those who ask later.
//
// Thread-safe; `next` outlives it. The numbers count from 1 and have no gaps, so a reader that
// gives the last number it saw knows whether it missed lines.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <mutex>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/log.h"

namespace weir::base {

struct LogLine {
  std::uint64_t number = 0;
  std::int64_t time_ns = 0;  // wall clock
  Level level = Level::info;
  std::string component;
  std::string text;  // the whole line, as log_line writes it
};

class RecentLog final : public Log {
 public:
  static constexpr std::size_t kLinesMax = 2'000;
  static constexpr std::size_t kLineBytesMax = 4'096;  // longer ones are kept cut

  RecentLog(Log& next, const Clock& clock) : next_(next), clock_(clock) {}
  void write(Level level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields) override;

  // The oldest kept lines with a number above `number`, at most `count`.
  std::vector<LogLine> after(std::uint64_t number, std::size_t count) const;
  std::uint64_t newest() const;  // the last number given; 0 = none yet

 private:
  Log& next_;
  const Clock& clock_;
  mutable std::mutex mutex_;
  std::uint64_t newest_ = 0;
  std::deque<LogLine> lines_;
};

}  // namespace weir::base
