// For tests of routes: what api/openapi.yaml describes, and what a table of routes serves, in one
// form: "GET /api/v1/devices/{name}", sorted.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "data/yaml.h"
#include "net/http.h"

namespace weir::resource::testing {

inline data::Node openapi() {
  std::ifstream file("api/openapi.yaml", std::ios::binary);
  const std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  const auto documents = data::parse_yaml(text);
  EXPECT_TRUE(documents && documents->size() == 1) << "api/openapi.yaml cannot be read";
  return documents && !documents->empty() ? documents->front() : data::Node();
}

// The operations of a daemon, "node" or "hub", that have one of the tags.
inline std::vector<std::string> described(std::string_view daemon,
                                          const std::vector<std::string>& tags) {
  const data::Node root = openapi();
  std::vector<std::string> operations;
  const data::Node* paths = root.find("paths");
  if (paths == nullptr) return operations;
  const auto lists = [](const data::Node* list, std::string_view word) {
    return list != nullptr && std::ranges::any_of(list->items(), [&](const data::Node& item) {
             return item.text() == word;
           });
  };
  for (const data::YamlMember& path : paths->members()) {
    for (const data::YamlMember& operation : path.value.members()) {
      const bool tagged = std::ranges::any_of(
          tags, [&](const std::string& tag) { return lists(operation.value.find("tags"), tag); });
      if (!tagged || !lists(operation.value.find("x-daemons"), daemon)) continue;
      std::string method = operation.key;
      std::ranges::transform(method, method.begin(), [](char c) {
        return static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
      });
      operations.push_back(method + " " + path.key);
    }
  }
  std::ranges::sort(operations);
  return operations;
}

inline std::vector<std::string> served(const std::vector<net::Route>& routes) {
  std::vector<std::string> operations;
  for (const net::Route& route : routes) {
    operations.push_back(std::string(net::name(route.method)) + " " + route.pattern);
  }
  std::ranges::sort(operations);
  return operations;
}

}  // namespace weir::resource::testing
