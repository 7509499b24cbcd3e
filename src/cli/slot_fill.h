// Filling slots from the command line.
//
// Pure functions.
#pragma once

#include <span>
#include <string>
#include <string_view>

#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"
#include "data/yaml.h"

namespace weir::cli {

// Where mistakes in a setting are told to be.
constexpr std::string_view kSetOption = "--set";

struct Setting {
  std::string name;
  std::string text;  // as written
  data::Node value;
};

// Fills each slot in every deployment whose pipeline has it. Mistakes: a slot that none has, a
// value that a parameter does not take.
void fill_slots(contract::Documents& documents, std::span<const Setting> settings,
                const contract::Catalogue& catalogue, data::Diagnostics& diagnostics);

// Each slot that a deployment leaves open is a mistake: --set could fill it.
void refuse_open_slots(const contract::Documents& documents, data::Diagnostics& diagnostics);

}  // namespace weir::cli
