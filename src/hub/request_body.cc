// JSON objects of texts.
#include "hub/request_body.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>

#include "data/json.h"

namespace weir::hub {

using base::Code;
using base::fail;

base::Result<net::TextMap> read_texts(std::string_view body,
                                      std::initializer_list<TextField> fields) {
  std::string expected;
  for (const TextField& field : fields) {
    expected += fmt::format("{}\"{}\": \"…\"", expected.empty() ? "" : ", ", field.name);
  }
  const auto parsed = data::parse_json(body);
  if (!parsed) {
    return fail(Code::invalid, fmt::format("the body is no JSON: {}; expected {{{}}}",
                                           parsed.error().message, expected));
  }
  const data::Map* const members = parsed->get<data::Map>();
  if (members == nullptr) {
    return fail(Code::wrong_type,
                fmt::format("the body is a {}, expected {{{}}}", parsed->type_name(), expected));
  }
  net::TextMap out;
  for (const auto& [key, value] : *members) {
    const std::string& name = *key.get<std::string>();
    const auto* const field = std::ranges::find(fields, std::string_view(name), &TextField::name);
    if (field == fields.end()) {
      return fail(Code::invalid, fmt::format("the body has a key '{}', expected {{{}}}",
                                             name.substr(0, 64), expected));
    }
    const std::string* const text = value.get<std::string>();
    if (text == nullptr || text->empty()) {
      return fail(Code::wrong_type, fmt::format("'{}' is {}, expected a text that is not empty",
                                                name, text ? "empty" : value.type_name()));
    }
    const auto characters = static_cast<std::size_t>(
        std::ranges::count_if(*text, [](char c) { return (c & 0xC0) != 0x80; }));
    if (characters > field->characters_max) {
      return fail(Code::invalid, fmt::format("'{}' has {} characters, expected at most {}", name,
                                             characters, field->characters_max));
    }
    out.emplace(name, *text);
  }
  for (const TextField& field : fields) {
    if (out.contains(field.name)) continue;
    return fail(Code::missing,
                fmt::format("the body has no '{}', expected {{{}}}", field.name, expected));
  }
  return out;
}

}  // namespace weir::hub
