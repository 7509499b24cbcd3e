// YamlMap: reads the keys of one YAML mapping and tells every mistake in it.
//
// Take the keys one after the other, then call `finish`, which reports those that nobody took, with
// the nearest known one. A mistake is added to the diagnostics and reading goes on as if the key
// were absent. Not thread-safe; lives within one function; node and diagnostics outlive it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/diagnostic.h"
#include "data/yaml.h"

namespace weir::data {

constexpr std::size_t kNameBytesMax = 63;

// Names of resources: letters, digits, '-' and '_', beginning with a letter or digit.
bool valid_name(std::string_view text);
// Names of columns, properties, attributes, slots: letters, digits and '_', not beginning with a
// digit.
bool valid_identifier(std::string_view text);
constexpr std::string_view kNameExpected =
    "letters, digits, '-' and '_', at most 63, beginning with a letter or digit";
constexpr std::string_view kIdentifierExpected =
    "letters, digits and '_', at most 63, not beginning with a digit";

// "a" or "an", and the noun.
std::string with_article(std::string_view noun);

// What a node is: "an int64 '5'", "a list", "null".
std::string describe(const Node& node);

// " (did you mean 'x'?)", or "" where nothing is near.
std::string suggestion(std::string_view name, std::span<const std::string_view> candidates);

// "a, b or c".
std::string alternatives(std::span<const std::string_view> names);

class YamlMap {
 public:
  // `what` names the map in messages: "a step". A node that is no mapping is reported and acts as
  // an empty one.
  YamlMap(const Node& node, std::string_view what, std::string_view file, Diagnostics& diagnostics);

  // The value; nullptr where the key is absent or its value null.
  const Node* take(std::string_view key);
  const Node* require(std::string_view key);  // reports where there is none

  std::optional<std::string> text(std::string_view key);  // a scalar, as written
  std::optional<std::string> required_text(std::string_view key);
  std::optional<std::string> required_name(std::string_view key);  // that is a valid name
  std::optional<bool> flag(std::string_view key);

  // A key takes part in suggestions although it was not taken here.
  void know(std::string_view key);
  void finish();

 private:
  std::optional<std::string> scalar(std::string_view key, const Node* node);

  const Node& node_;
  std::string what_;
  std::string_view file_;
  Diagnostics& diagnostics_;
  std::vector<std::string> known_;
};

}  // namespace weir::data
