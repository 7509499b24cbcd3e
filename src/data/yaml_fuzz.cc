// Any text is read or refused, within the limits that yaml.h states.
#include "data/yaml.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"

namespace {

using weir::data::Node;

// The nodes of a tree; stops the program where it is deeper than promised.
std::size_t count(const Node& node, std::size_t depth) {
  CHECK(depth <= weir::data::kYamlDepthMax);
  std::size_t nodes = 1;
  for (const Node& item : node.items()) nodes += count(item, depth + 1);
  for (const auto& member : node.members()) {
    CHECK(node.find(member.key) == &member.value);  // keys are distinct
    nodes += count(member.value, depth + 1);
  }
  return nodes;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto documents =
      weir::data::parse_yaml(std::string_view(reinterpret_cast<const char*>(data), size));
  if (!documents) return 0;
  std::size_t nodes = 0;
  for (const Node& document : *documents) {
    nodes += count(document, 0);
    (void)weir::data::to_value(document);
  }
  CHECK(nodes <= weir::data::kYamlNodesMax);
  return 0;
}
