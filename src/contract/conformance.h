// Whether a contract keeps to itself: what well_formed cannot ask at compile time, for tests that
// walk a catalogue.
//
// Pure function, thread-safe.
#pragma once

#include <string>
#include <vector>

#include "contract/contract.h"

namespace weir::contract {

// What is wrong with a contract, a sentence each: its example is no step that passes all checks
// with slots left open, a default is not what the parameter takes, a rule is no expression over the
// parameters, a name is given twice, a port's columns cannot be read.
std::vector<std::string> contract_mistakes(const Contract& contract);

}  // namespace weir::contract
