// Bodies of requests that are one JSON object of texts.
//
// Pure functions over hostile text.
#pragma once

#include <cstddef>
#include <initializer_list>
#include <string_view>

#include "base/result.h"
#include "net/http.h"

namespace weir::hub {

struct TextField {
  std::string_view name;
  std::size_t characters_max;
};

// Each field, which is there and not empty. Errors: invalid (no JSON, another key, a text that is
// too long), missing, wrong_type (no object, no text, an empty one).
base::Result<net::TextMap> read_texts(std::string_view body,
                                      std::initializer_list<TextField> fields);

}  // namespace weir::hub
