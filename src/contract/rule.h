// The rules of a contract, asked of parameters.
//
// Pure functions, thread-safe.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"
#include "data/value.h"

namespace weir::contract {

// The rules that do not hold of `values`, one a parameter in the contract's order; null = not
// known. A rule whose answer depends on an unknown value holds. Error: a rule that is no expression
// over the parameters, a mistake in the contract.
base::Result<std::vector<const Rule*>> broken_rules(const Contract& contract,
                                                    std::span<const data::Value> values);

}  // namespace weir::contract
