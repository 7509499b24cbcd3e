// Reading one pipeline: its steps and what they say. Used by document.cc alone.
//
// Pure functions, thread-safe. Mistakes are added to the diagnostics.
#pragma once

#include <optional>
#include <string_view>

#include "contract/document.h"
#include "data/diagnostic.h"
#include "data/yaml.h"

namespace weir::contract {

// A document of kind Pipeline; nullopt where it has no name.
std::optional<Pipeline> parse_pipeline(const data::Node& document, std::string_view file,
                                       data::Diagnostics& diagnostics);

}  // namespace weir::contract
