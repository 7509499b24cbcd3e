// YAML documents that know the line and column of every node.
//
// For files that people write, from hostile hands too: YAML 1.2 without its traps. Refused with
// their place: text that is not UTF-8 or too large, duplicate keys, keys that are not plain names,
// tags, an alias inside the node it stands for, nesting or aliases beyond the limits. A plain
// scalar is typed by the core schema (YAML 1.2.2, clause 10.3), so `yes` is a string.
//
// A Node is a value: an immutable tree, shared by copies, thread-safe. Where an alias stands,
// content is shared and the position is the alias's own.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/diagnostic.h"
#include "data/value.h"

namespace weir::data {

constexpr std::size_t kYamlBytesMax = 1024 * 1024;  // of a text
constexpr std::size_t kYamlDepthMax = 64;  // lists and maps within each other, aliases followed
constexpr std::size_t kYamlNodesMax = 100'000;  // of a text, aliases followed

struct YamlMember;

class Node {
 public:
  enum class Kind : std::uint8_t { null, scalar, sequence, mapping };

  Node() = default;  // null, without a place
  Kind kind() const;
  bool is_null() const { return kind() == Kind::null; }
  bool is_scalar() const { return kind() == Kind::scalar; }
  bool is_sequence() const { return kind() == Kind::sequence; }
  bool is_mapping() const { return kind() == Kind::mapping; }
  Position position() const { return position_; }

  const std::string& text() const;              // of a scalar, as written, quotes removed; else ""
  bool quoted() const;                          // of a scalar: then it is a string whatever it says
  std::span<const Node> items() const;          // of a sequence; else empty
  std::span<const YamlMember> members() const;  // of a mapping, in the order written; else empty
  const Node* find(std::string_view key) const;  // in a mapping; null where absent

  // "null", "bool", "int64", "float64", "string", "list" or "map": for messages.
  std::string_view type_name() const;

  struct Content;
  Node(Position position, std::shared_ptr<const Content> content);

 private:
  Position position_;
  std::shared_ptr<const Content> content_;
};

struct YamlMember {
  std::string key;
  Position position;  // of the key
  Node value;
};

// The documents of a text, in order. The error's message begins with "line:column: ".
base::Result<std::vector<Node>> parse_yaml(std::string_view text);

// The same, with the mistake told as a diagnostic; the documents that were whole before it are
// returned.
std::vector<Node> parse_yaml(std::string_view text, std::string_view file,
                             Diagnostics& diagnostics);

// A node as a value: null, bool, int64, double, string, list, map with string keys. Only an integer
// beyond 64 bits is an error; its message begins with "line:column: ".
base::Result<Value> to_value(const Node& node);

}  // namespace weir::data
