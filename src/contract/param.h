// Parameters of a contract by themselves: finding one, reading a value for it, its default, as a
// column.
//
// Pure functions, thread-safe.
#pragma once

#include <string_view>

#include "base/result.h"
#include "contract/contract.h"
#include "data/type.h"
#include "data/value.h"
#include "device/product.h"

namespace weir::contract {

const Param* find_param(const Contract& contract, std::string_view name);  // null where unknown

// A value as written made one of the parameter's: type, bounds, choices, syntax of columns and
// expressions. The message says what was expected and found, without a place.
base::Result<data::Value> read_param(const Param& param, const data::Value& written);

// What the parameter is where nothing is given.
data::Value default_value(const Param& param);

// What its values are: where an attribute of a device fills it, the attribute has this type (or
// int64 for float64).
device::ValueType value_type(Type type);

}  // namespace weir::contract
