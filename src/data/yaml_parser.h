// The parser behind yaml.h: from a text to trees. Used by yaml.cc alone.
//
// Pure function, thread-safe.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/diagnostic.h"
#include "data/yaml.h"

namespace weir::data {

// Of '[', '{' and ',' in a text, wherever they stand: each value in brackets needs one.
inline constexpr std::size_t kYamlFlowMarksMax = kYamlNodesMax;

struct Node::Content {
  Kind kind = Kind::null;
  bool quoted = false;
  std::string text;
  std::vector<Node> items;
  std::vector<YamlMember> members;
  std::size_t nodes = 1;   // in the whole tree, aliases followed
  std::size_t height = 0;  // lists and maps within each other
};

// The documents that are whole before the first mistake, and that mistake; its file is left to the
// caller.
struct YamlText {
  std::vector<Node> documents;
  std::optional<Diagnostic> mistake = {};
};

YamlText read_yaml(std::string_view text);

}  // namespace weir::data
