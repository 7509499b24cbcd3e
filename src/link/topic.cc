// Topics of the link.
#include "link/topic.h"

#include <fmt/format.h>

namespace weir::link {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kPrefix = "weir/v1/node/";
constexpr std::size_t kNodeNameBytesMax = 63;
constexpr std::string_view kLettersAndDigits = "abcdefghijklmnopqrstuvwxyz0123456789";

}  // namespace

std::string batch_topic(std::string_view node, Class of) {
  return fmt::format("{}{}/up/{}", kPrefix, node, name(of));
}

std::string state_topic(std::string_view node) {
  return fmt::format("{}{}/up/state", kPrefix, node);
}

std::string committed_topic(std::string_view node) {
  return fmt::format("{}{}/down/committed", kPrefix, node);
}

std::string listening_topic(std::string_view node) {
  return fmt::format("{}{}/down/listening", kPrefix, node);
}

std::string down_filter(std::string_view node) {
  return fmt::format("{}{}/down/#", kPrefix, node);
}

Result<UpTopic> parse_up_topic(std::string_view topic) {
  const auto wrong = [&] {
    return fail(Code::invalid,
                fmt::format("the topic '{}'; expected {}<node>/up/<alert|result|bulk|state>",
                            topic.substr(0, 128), kPrefix));
  };
  if (!topic.starts_with(kPrefix)) return wrong();
  std::string_view rest = topic.substr(kPrefix.size());
  const std::size_t slash = rest.find('/');
  if (slash == std::string_view::npos || !check_node_name(rest.substr(0, slash))) return wrong();
  UpTopic found{.node = std::string(rest.substr(0, slash)), .of = {}};
  rest.remove_prefix(slash);
  if (!rest.starts_with("/up/")) return wrong();
  rest.remove_prefix(4);
  if (rest == "state") return found;
  const auto of = parse_class(rest);
  if (!of) return wrong();
  found.of = *of;
  return found;
}

Result<> check_node_name(std::string_view node) {
  constexpr auto npos = std::string_view::npos;
  const bool fits = !node.empty() && node.size() <= kNodeNameBytesMax &&
                    node.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-.") == npos &&
                    kLettersAndDigits.find(node.front()) != npos &&
                    kLettersAndDigits.find(node.back()) != npos;
  if (fits) return {};
  return fail(Code::invalid,
              fmt::format("the node's name '{}'; expected lower-case letters, digits, '-' and '.', "
                          "at most {}, the first and the last a letter or a digit",
                          node.substr(0, kNodeNameBytesMax), kNodeNameBytesMax));
}

}  // namespace weir::link
