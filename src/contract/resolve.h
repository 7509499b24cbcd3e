// What each parameter of a step is, as far as it is known: the ground of bind_params and of the
// checks.
//
// Pure functions, thread-safe.
#pragma once

#include <cstdint>
#include <vector>

#include "contract/bind.h"
#include "contract/contract.h"
#include "contract/document.h"
#include "data/diagnostic.h"
#include "data/value.h"

namespace weir::contract {

// What fills references; null where it is not known.
struct Filling {
  const Slots* slots = nullptr;
  const device::Device* device = nullptr;
};

struct Resolved {
  enum class Origin : std::uint8_t { given, initial, unknown };
  Origin origin = Origin::initial;
  data::Value value = {};  // null where unknown or wrong
};

// How the argument is meant for this parameter: what looks like an attribute is part of an
// expression where none may stand.
Argument::Kind kind_of(const Param& param, const Argument& argument);

// One a parameter of the contract, in its order. Adds: unknown and missing parameters, wrong
// values, slots and attributes that are not filled, and rules that do not hold.
std::vector<Resolved> resolve(const Contract& contract, const Step& step, const Filling& filling,
                              data::Diagnostics& diagnostics);

}  // namespace weir::contract
