// Topics of the link, one home for their names (docs/formats/uplink.md).
//
// Pure functions, thread-safe.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "link/message.h"

namespace weir::link {

inline constexpr std::string_view kUpFilter = "weir/v1/node/+/up/#";  // all the hub listens to

std::string batch_topic(std::string_view node, Class of);  // weir/v1/node/<node>/up/<class>
std::string state_topic(std::string_view node);            // weir/v1/node/<node>/up/state
std::string committed_topic(std::string_view node);        // weir/v1/node/<node>/down/committed
std::string listening_topic(std::string_view node);        // weir/v1/node/<node>/down/listening
std::string down_filter(std::string_view node);            // weir/v1/node/<node>/down/#

// A topic that a node writes.
struct UpTopic {
  std::string node;
  std::optional<Class> of;  // none: the node's state
};
// Errors: invalid.
base::Result<UpTopic> parse_up_topic(std::string_view topic);

// A node's name stands in topics, folders and addresses: lower-case letters, digits, '-' and '.',
// at most 63, the first and the last a letter or a digit. Errors: invalid.
base::Result<> check_node_name(std::string_view node);

}  // namespace weir::link
