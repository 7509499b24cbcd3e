// Log lines.
#include "base/log.h"

#include <cstdio>

namespace weir::base {
namespace {

std::string_view level_name(Level level) {
  switch (level) {
    case Level::debug: return "DEBUG";
    case Level::info: return "INFO";
    case Level::warning: return "WARNING";
    case Level::error: return "ERROR";
  }
  return "ERROR";
}

// A line stays one line whatever a peer put into a message.
void append_clean(std::string& out, std::string_view text) {
  for (const char c : text) out += (c == '\n' || c == '\r') ? ' ' : c;
}

void append_field(std::string& out, const LogField& field) {
  out += ' ';
  out += field.key;
  out += '=';
  if (field.value.find_first_of(" \"\n\r") == std::string::npos && !field.value.empty()) {
    out += field.value;
    return;
  }
  out += '"';
  for (const char c : field.value) {
    if (c == '"' || c == '\\') out += '\\';
    out += (c == '\n' || c == '\r') ? ' ' : c;
  }
  out += '"';
}

}  // namespace

std::string log_line(Level level, std::string_view component, std::string_view message,
                     std::initializer_list<LogField> fields) {
  std::string line(level_name(level));
  line += ' ';
  line += component;
  line += ' ';
  append_clean(line, message);
  for (const LogField& field : fields) append_field(line, field);
  return line;
}

void StderrLog::write(Level level, std::string_view component, std::string_view message,
                      std::initializer_list<LogField> fields) {
  if (level < least_) return;
  const std::string line = log_line(level, component, message, fields) + "\n";
  std::fwrite(line.data(), 1, line.size(), stderr);
}

void MemoryLog::write(Level level, std::string_view component, std::string_view message,
                      std::initializer_list<LogField> fields) {
  const std::lock_guard lock(mutex_);
  text_ += log_line(level, component, message, fields) + "\n";
  if (++lines_ > kLinesMax) {
    text_.erase(0, text_.find('\n') + 1);
    --lines_;
  }
}

std::string MemoryLog::text() const {
  const std::lock_guard lock(mutex_);
  return text_;
}

}  // namespace weir::base
