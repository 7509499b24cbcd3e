// From what a step says, and what fills its slots, to an operator's parameters.
//
// Pure functions, thread-safe.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "contract/contract.h"
#include "contract/document.h"
#include "contract/param.h"
#include "data/diagnostic.h"
#include "data/value.h"

namespace weir::contract {

// What fills the slots, by name; model folders relative to the working directory.
using Slots = std::map<std::string, data::Value, std::less<>>;
Slots slots_of(const Deployment& deployment);

// The text of an argument, as written or as its slot is filled; "" where it is none, or comes from
// a device.
std::string text_of(const Argument& argument, const Deployment& deployment);

// Whether a parameter of the step is filled from the device's attributes, so that it differs from
// device to device.
bool per_device(const Contract& contract, const Step& step);

// Sets the members of `params`, an object of the operator's Params type as it is constructed, and
// asks the contract's rules. `device` is null where the step is not per device (parameters from
// attributes then keep their defaults) and otherwise gives the attributes. Every mistake is added,
// at the place of its parameter. Returns whether there was none.
bool bind_params(const Contract& contract, const Step& step, const Slots& slots,
                 const device::Device* device, void* params, data::Diagnostics& diagnostics);

}  // namespace weir::contract
