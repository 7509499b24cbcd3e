// The catalogue a node reports, read: contracts made of the JSON of to_json(Catalogue).
//
// The hub has no operators. With a catalogue read here, check.h gives the same diagnostics as with
// the operators' own, and to_json gives the same text. Params are not bound to members: bind_params
// needs the operators' own contracts.
//
// For texts of nodes, which may lie: what a contract must hold is checked, and a text that does not
// keep it is refused whole. Keys that are not known are passed over, as a newer node may send them.
// Pure function, thread-safe.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "contract/catalogue.h"

namespace weir::contract {

constexpr std::size_t kCatalogueBytesMax = 4 * 1024 * 1024;
constexpr std::size_t kOperatorsMax = 1'000;    // of a catalogue
constexpr std::size_t kContractItemsMax = 100;  // params, rules, choices, ports: of each contract

// The catalogue owns its contracts. Errors: invalid, wrong_type, missing, conflict, limit; the
// message names the operator.
base::Result<std::shared_ptr<const Catalogue>> read_catalogue(std::string_view json);

}  // namespace weir::contract
