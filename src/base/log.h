// Log lines for the people who run Weir: `LEVEL component message key=value …`, one line each.
//
// A Log is shared by all parts of a process and thread-safe. Secrets never go in; a part that holds
// one writes `***`.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>

namespace weir::base {

enum class Level : std::uint8_t { debug, info, warning, error };

// A value is quoted when it holds a space, a quote or the end of a line.
struct LogField {
  std::string_view key;
  std::string value;
};

class Log {
 public:
  virtual ~Log() = default;
  virtual void write(Level level, std::string_view component, std::string_view message,
                     std::initializer_list<LogField> fields = {}) = 0;
};

// Writes lines of at least `least` to standard error.
class StderrLog final : public Log {
 public:
  explicit StderrLog(Level least = Level::info) : least_(least) {}
  void write(Level level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields) override;

 private:
  Level least_;
};

// Keeps the newest kLinesMax lines: for tests.
class MemoryLog final : public Log {
 public:
  static constexpr std::size_t kLinesMax = 10'000;
  void write(Level level, std::string_view component, std::string_view message,
             std::initializer_list<LogField> fields) override;
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::string text_;
  std::size_t lines_ = 0;
};

// The line without its end, as StderrLog writes it. What a peer put into a message stays on the
// line and does nothing to a terminal: ends of lines are spaces, other control characters read
// `\x1b`.
std::string log_line(Level level, std::string_view component, std::string_view message,
                     std::initializer_list<LogField> fields);

}  // namespace weir::base
