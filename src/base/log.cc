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

void append_clean(std::string& out, char c) {
  constexpr std::string_view kDigits = "0123456789abcdef";
  const auto byte = static_cast<unsigned char>(c);
  if (c == '\n' || c == '\r') {
    out += ' ';
  } else if (byte < 0x20 || byte == 0x7F) {
    out += "\\x";
    out += kDigits[byte >> 4];
    out += kDigits[byte & 15];
  } else {
    out += c;
  }
}

void append_field(std::string& out, const LogField& field) {
  out += ' ';
  out += field.key;
  out += '=';
  if (field.value.find_first_of(" \"\n\r") == std::string::npos && !field.value.empty()) {
    for (const char c : field.value) append_clean(out, c);
    return;
  }
  out += '"';
  for (const char c : field.value) {
    if (c == '"' || c == '\\') out += '\\';
    append_clean(out, c);
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
  for (const char c : message) append_clean(line, c);
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
