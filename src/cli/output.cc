// What verbs print.
#include "cli/output.h"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>

#include "base/result.h"

namespace weir::cli {
namespace {

// Control characters as \x1b, but those in `kept`.
std::string escaped(std::string_view text, std::string_view kept) {
  std::string out;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool control = (byte < 0x20 || byte == 0x7F) && !kept.contains(c);
    out += control ? fmt::format("\\x{:02x}", byte) : std::string(1, c);
  }
  return out;
}

}  // namespace

int print(std::string_view text) {
  const bool written = std::fwrite(text.data(), 1, text.size(), stdout) == text.size();
  if (written && std::fflush(stdout) == 0) return 0;
  return complain(std::string("cannot write standard output: ") + base::errno_text(errno));
}

int complain(std::string_view lines) {
  std::string text = visible(lines);
  if (!text.ends_with('\n')) text += '\n';
  std::fwrite(text.data(), 1, text.size(), stderr);
  return 1;
}

std::string visible(std::string_view text) {
  return escaped(text, "\n\t");
}

std::string visible_in_line(std::string_view text) {
  return escaped(text, "");
}

}  // namespace weir::cli
