// Several files in one text.
#include "resource/text_parts.h"

#include <algorithm>

#include "base/text.h"
#include "contract/document.h"

namespace weir::resource {

using base::Code;
using base::fail;

namespace {

constexpr std::string_view kMarker = "#%weir file ";

// Where the next line begins that is a marker; npos where there is none.
std::size_t find_marker(std::string_view text) {
  for (std::size_t at = text.find(kMarker); at != text.npos; at = text.find(kMarker, at + 1)) {
    if (at == 0 || text[at - 1] == '\n') return at;
  }
  return text.npos;
}

}  // namespace

bool valid_part_name(std::string_view name) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7f; };
  return name.size() <= kPartNameBytesMax && std::ranges::none_of(name, control) &&
         !base::invalid_utf8(name);
}

base::Result<std::vector<TextPart>> split_parts(std::string_view text, std::string_view file) {
  std::vector<TextPart> parts;
  std::size_t marker = find_marker(text);
  if (marker != 0) parts.push_back({std::string(file), text.substr(0, marker)});
  while (marker != text.npos) {
    text.remove_prefix(marker + kMarker.size());
    const std::size_t end = text.find('\n');
    std::string_view name = text.substr(0, end);
    if (name.ends_with('\r')) name.remove_suffix(1);
    if (!valid_part_name(name)) {
      return fail(Code::invalid, "a line '" + std::string(kMarker) +
                                     "NAME' has no name, expected at most " +
                                     std::to_string(kPartNameBytesMax) + " printable bytes");
    }
    text.remove_prefix(end == text.npos ? text.size() : end + 1);
    marker = find_marker(text);
    parts.push_back({std::string(name), text.substr(0, marker)});
    if (parts.size() > contract::kFilesMax + 1) {
      return fail(Code::limit, "more than " + std::to_string(contract::kFilesMax) +
                                   " files in one text, expected fewer");
    }
  }
  return parts;
}

base::Result<> append_part(std::string& out, std::string_view file, std::string_view text) {
  if (find_marker(text) != text.npos) {
    return fail(Code::conflict,
                "has a line that begins with '" + std::string(kMarker) + "', expected none");
  }
  out += kMarker;
  out += file;
  out += '\n';
  out += text;
  if (!text.empty() && text.back() != '\n') out += '\n';
  return {};
}

}  // namespace weir::resource
