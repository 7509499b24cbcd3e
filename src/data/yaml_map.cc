// Reading the keys of a YAML mapping.
#include "data/yaml_map.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace weir::data {

using base::Code;

namespace {

bool letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}
bool sized(std::string_view text) {
  return !text.empty() && text.size() <= kNameBytesMax;
}

}  // namespace

bool valid_name(std::string_view text) {
  return sized(text) && (letter(text.front()) || base::is_digit(text.front())) &&
         std::ranges::all_of(
             text, [](char c) { return letter(c) || base::is_digit(c) || c == '-' || c == '_'; });
}

bool valid_identifier(std::string_view text) {
  return sized(text) && !base::is_digit(text.front()) && std::ranges::all_of(text, [](char c) {
           return letter(c) || base::is_digit(c) || c == '_';
         });
}

std::string with_article(std::string_view noun) {
  const bool vowel = !noun.empty() && std::string_view("aeio").contains(noun.front());
  return (vowel ? "an " : "a ") + std::string(noun);
}

std::string describe(const Node& node) {
  constexpr std::size_t kShownMax = 40;
  if (node.type_name() == "null") return "null";
  const std::string out = with_article(node.type_name());
  if (!node.is_scalar()) return out;
  std::string shown = node.text();
  if (shown.size() > kShownMax) {
    std::size_t end = kShownMax;
    while ((shown[end] & 0xC0) == 0x80) --end;  // whole characters only
    shown = shown.substr(0, end) + "…";
  }
  std::ranges::replace(shown, '\n', ' ');
  return out + " '" + shown + "'";
}

std::string suggestion(std::string_view name, std::span<const std::string_view> candidates) {
  const std::string_view near = base::nearest(name, candidates);
  return near.empty() ? "" : " (did you mean '" + std::string(near) + "'?)";
}

std::string alternatives(std::span<const std::string_view> names) {
  std::string out;
  for (std::size_t i = 0; i < names.size(); ++i) {
    if (i > 0) out += i + 1 == names.size() ? " or " : ", ";
    out += names[i];
  }
  return out;
}

YamlMap::YamlMap(const Node& node, std::string_view what, std::string_view file,
                 Diagnostics& diagnostics)
    : node_(node), what_(what), file_(file), diagnostics_(diagnostics) {
  if (node.is_mapping()) return;
  diagnostics_.add(file_, node.position(), Code::wrong_type,
                   what_ + " is " + describe(node) + ", expected a map");
}

const Node* YamlMap::take(std::string_view key) {
  know(key);
  const Node* node = node_.find(key);
  return node == nullptr || node->type_name() == "null" ? nullptr : node;
}

const Node* YamlMap::require(std::string_view key) {
  const Node* node = take(key);
  if (node == nullptr && node_.is_mapping()) {
    diagnostics_.add(file_, node_.position(), Code::missing,
                     what_ + " has no '" + std::string(key) + "'");
  }
  return node;
}

std::optional<std::string> YamlMap::text(std::string_view key) {
  return scalar(key, take(key));
}

std::optional<std::string> YamlMap::required_text(std::string_view key) {
  return scalar(key, require(key));
}

std::optional<std::string> YamlMap::required_name(std::string_view key) {
  std::optional<std::string> name = scalar(key, require(key));
  if (!name || valid_name(*name)) return name;
  diagnostics_.add(file_, node_.find(key)->position(), Code::invalid,
                   "'" + *name + "' is no name, expected " + std::string(kNameExpected));
  return std::nullopt;
}

std::optional<bool> YamlMap::flag(std::string_view key) {
  const Node* node = take(key);
  if (node == nullptr) return std::nullopt;
  if (node->type_name() == "bool") return (node->text()[0] | 0x20) == 't';
  diagnostics_.add(file_, node->position(), Code::wrong_type,
                   "'" + std::string(key) + "' of " + what_ + " is " + describe(*node) +
                       ", expected true or false");
  return std::nullopt;
}

std::optional<std::string> YamlMap::scalar(std::string_view key, const Node* node) {
  if (node == nullptr) return std::nullopt;
  if (node->is_scalar()) return node->text();
  diagnostics_.add(
      file_, node->position(), Code::wrong_type,
      "'" + std::string(key) + "' of " + what_ + " is " + describe(*node) + ", expected a text");
  return std::nullopt;
}

void YamlMap::know(std::string_view key) {
  if (std::ranges::find(known_, key) == known_.end()) known_.emplace_back(key);
}

void YamlMap::finish() {
  const std::vector<std::string_view> known(known_.begin(), known_.end());
  for (const YamlMember& member : node_.members()) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    diagnostics_.add(file_, member.position, Code::unknown_name,
                     what_ + " has no key '" + member.key + "'" + suggestion(member.key, known) +
                         ", expected " + alternatives(known));
  }
}

}  // namespace weir::data
