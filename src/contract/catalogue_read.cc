// Contracts, from the JSON of a catalogue.
#include "contract/catalogue_read.h"

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "contract/param.h"
#include "contract/rule.h"
#include "data/json.h"
#include "data/yaml_map.h"

namespace weir::contract {

using base::Code;
using base::fail;
using base::Result;
using data::List;
using data::Value;

namespace {

struct OwnedContract {
  std::vector<Param> params;
  std::vector<Rule> rules;
  std::vector<Port> inputs, outputs;
  Contract contract;
};

// Texts of the contracts lie within `root`.
struct OwnedCatalogue {
  Value root;
  std::deque<OwnedContract> contracts;
  std::deque<std::vector<std::string_view>> choices;
  std::deque<Value> defaults;
  std::optional<Catalogue> catalogue;
};

Result<std::string_view> text(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr) return fail(Code::missing, "has no '" + std::string(key) + "'");
  if (const auto* found = value->get<std::string>()) return std::string_view(*found);
  return fail(Code::wrong_type, "'" + std::string(key) + "' is " +
                                    data::with_article(value->type_name()) + ", expected a string");
}

// What an older or terser node leaves out.
Result<std::string_view> text_or_empty(const Value& object, std::string_view key) {
  if (object.find(key) == nullptr) return std::string_view();
  return text(object, key);
}

Result<std::string_view> snake_name(const Value& object) {
  TRY(const std::string_view name, text(object, "name"));
  if (detail::snake(name) && data::valid_identifier(name)) return name;
  return fail(Code::invalid,
              "'name' is no name, expected lower-case letters, digits and '_', at "
              "most 63, not beginning with a digit");
}

Result<bool> flag(const Value& object, std::string_view key) {
  const Value* value = object.find(key);
  if (value == nullptr) return false;
  if (const auto* found = value->get<bool>()) return *found;
  return fail(Code::wrong_type, "'" + std::string(key) + "' is " +
                                    data::with_article(value->type_name()) + ", expected a bool");
}

Result<double> number_or(const Value& object, std::string_view key, double otherwise) {
  const Value* value = object.find(key);
  if (value == nullptr) return otherwise;
  if (const auto* found = value->get<double>()) return *found;
  if (const auto* found = value->get<std::int64_t>()) return static_cast<double>(*found);
  return fail(Code::wrong_type, "'" + std::string(key) + "' is " +
                                    data::with_article(value->type_name()) + ", expected a number");
}

Result<std::span<const Value>> list(const Value& object, std::string_view key,
                                    std::size_t count_max) {
  const Value* value = object.find(key);
  if (value == nullptr) return std::span<const Value>();
  const List* found = value->get<List>();
  if (found == nullptr) {
    return fail(Code::wrong_type, "'" + std::string(key) + "' is " +
                                      data::with_article(value->type_name()) + ", expected a list");
  }
  if (found->size() <= count_max) return std::span<const Value>(*found);
  return fail(Code::limit, "'" + std::string(key) + "' has " + std::to_string(found->size()) +
                               " items, expected at most " + std::to_string(count_max));
}

// The index of a text among names.
Result<std::size_t> one_of(const Value& object, std::string_view key,
                           std::span<const std::string_view> names) {
  TRY(const std::string_view found, text(object, key));
  const auto at = std::ranges::find(names, found);
  if (at != names.end()) return static_cast<std::size_t>(at - names.begin());
  return fail(Code::unknown_name,
              "'" + std::string(key) + "' is not known, expected " + data::alternatives(names));
}

Result<> distinct(std::set<std::string_view>& names, std::string_view name) {
  if (names.insert(name).second) return {};
  return fail(Code::conflict, "'" + std::string(name) + "' is there twice");
}

class ContractReader {
 public:
  ContractReader(const Value& object, OwnedCatalogue& owner) : object_(object), owner_(owner) {}

  Result<OwnedContract> read();

 private:
  Result<> read_head(Contract& contract);
  Result<> read_params(std::vector<Param>& params);
  Result<Param> read_param_of(const Value& object);
  Result<> read_bounds(const Value& object, Param& param);
  Result<> read_choices(const Value& object, Param& param);
  Result<> read_default(const Value& object, Param& param);
  Result<> read_rules(std::vector<Rule>& rules);
  Result<> read_ports(std::string_view key, std::vector<Port>& ports);

  const Value& object_;
  OwnedCatalogue& owner_;
};

Result<OwnedContract> ContractReader::read() {
  OwnedContract owned;
  TRY_DO(read_head(owned.contract));
  TRY_DO(read_params(owned.params));
  TRY_DO(read_rules(owned.rules));
  TRY_DO(read_ports("inputs", owned.inputs));
  TRY_DO(read_ports("outputs", owned.outputs));
  if ((owned.contract.group == Group::input) != owned.inputs.empty()) {
    return fail(Code::conflict, "has input ports as an input, or none as no input");
  }
  return owned;
}

Result<> ContractReader::read_head(Contract& contract) {
  constexpr std::array<std::string_view, 3> kStates = {"none", "keyed", "instant"};
  std::array<std::string_view, 3> groups;
  std::ranges::transform(kGroups, groups.begin(), group_name);
  TRY(contract.name, snake_name(object_));
  TRY(const std::size_t group, one_of(object_, "group", groups));
  contract.group = kGroups[group];
  TRY(contract.summary, text_or_empty(object_, "summary"));
  TRY(contract.description, text_or_empty(object_, "description"));
  TRY(contract.since, text_or_empty(object_, "since"));
  TRY(contract.example, text_or_empty(object_, "example"));
  if (const Value* state = object_.find("state")) {
    TRY(const std::size_t kind, one_of(*state, "kind", kStates));
    contract.state = static_cast<State>(kind);
    TRY(contract.state_note, text_or_empty(*state, "note"));
  }
  return {};
}

Result<> ContractReader::read_params(std::vector<Param>& params) {
  TRY(const auto items, list(object_, "params", kContractItemsMax));
  std::set<std::string_view> names;
  for (const Value& item : items) {
    TRY(Param param, read_param_of(item));
    TRY_DO(distinct(names, param.name));
    params.push_back(param);
  }
  return {};
}

Result<Param> ContractReader::read_param_of(const Value& object) {
  std::array<std::string_view, kTypeCount> types;
  for (std::size_t i = 0; i < types.size(); ++i) types[i] = name(static_cast<Type>(i));
  Param param;
  TRY(param.name, snake_name(object));
  const auto about = [&](Result<> read) -> Result<> {
    if (read) return read;
    return fail(read.error().code,
                "parameter '" + std::string(param.name) + "': " + read.error().message);
  };
  const auto members = [&]() -> Result<> {
    TRY(param.summary, text_or_empty(object, "summary"));
    TRY(const std::size_t type, one_of(object, "type", types));
    param.type = static_cast<Type>(type);
    TRY(param.unit, text_or_empty(object, "unit"));
    TRY(param.required, flag(object, "required"));
    TRY(param.per_device, flag(object, "per_device"));
    TRY_DO(read_bounds(object, param));
    TRY_DO(read_choices(object, param));
    return read_default(object, param);
  };
  TRY_DO(about(members()));
  return param;
}

Result<> ContractReader::read_bounds(const Value& object, Param& param) {
  const bool bounded =
      param.type == Type::integer || param.type == Type::number || param.type == Type::duration;
  if (!bounded) return {};
  TRY(param.bounds.min, number_or(object, "min", param.bounds.min));
  TRY(param.bounds.max, number_or(object, "max", param.bounds.max));
  return {};
}

Result<> ContractReader::read_choices(const Value& object, Param& param) {
  TRY(const auto items, list(object, "choices", kContractItemsMax));
  if ((param.type == Type::choice) == items.empty()) {
    return fail(Code::conflict, "choices go with the type choice, and with no other");
  }
  std::vector<std::string_view>& choices = owner_.choices.emplace_back();
  for (const Value& item : items) {
    const auto* choice = item.get<std::string>();
    if (choice == nullptr) return fail(Code::wrong_type, "a choice is no string");
    choices.push_back(*choice);
  }
  param.choices = choices;
  return {};
}

// A default need not be within the bounds of what may be written: an empty region is the whole
// picture, an empty text none.
Result<> ContractReader::read_default(const Value& object, Param& param) {
  param.initial = [](const Param& self) {
    return self.fallback == nullptr ? Value() : *self.fallback;
  };
  if (param.required) return {};
  const Value* written = object.find("default");
  if (written == nullptr) {
    return fail(Code::missing, "is not required and has no 'default'");
  }
  const List* points = written->get<List>();
  Value value = *written;
  if (param.type != Type::region || points == nullptr || !points->empty()) {
    auto read = device::read_value(value_type(param.type), *written);
    if (!read) return fail(read.error().code, "the default: " + read.error().message);
    value = *std::move(read);
  }
  param.fallback = &owner_.defaults.emplace_back(std::move(value));
  return {};
}

Result<> ContractReader::read_rules(std::vector<Rule>& rules) {
  TRY(const auto items, list(object_, "rules", kContractItemsMax));
  for (const Value& item : items) {
    TRY(const std::string_view expression, text(item, "expression"));
    TRY(const std::string_view meaning, text(item, "text"));
    rules.push_back({expression, meaning});
  }
  return {};
}

Result<> ContractReader::read_ports(std::string_view key, std::vector<Port>& ports) {
  constexpr std::array<std::string_view, 2> kPolicies = {"lossless", "newest"};
  TRY(const auto items, list(object_, key, kContractItemsMax));
  std::set<std::string_view> names;
  for (const Value& item : items) {
    Port port;
    TRY(port.name, snake_name(item));
    TRY_DO(distinct(names, port.name));
    TRY(port.summary, text_or_empty(item, "summary"));
    TRY(port.schema, text_or_empty(item, "schema"));
    TRY(const std::size_t policy, one_of(item, "policy", kPolicies));
    port.policy = static_cast<Policy>(policy);
    ports.push_back(port);
  }
  return {};
}

// Spans are set where the contract stays.
Result<const Contract*> keep(OwnedContract read, OwnedCatalogue& owner) {
  OwnedContract& kept = owner.contracts.emplace_back(std::move(read));
  kept.contract.params = kept.params;
  kept.contract.rules = kept.rules;
  kept.contract.inputs = kept.inputs;
  kept.contract.outputs = kept.outputs;
  const std::vector<Value> unknown(kept.params.size());
  if (const auto asked = broken_rules(kept.contract, unknown); !asked) {
    return fail(asked.error().code, "a rule cannot be asked: " + asked.error().message);
  }
  return &kept.contract;
}

std::unexpected<base::Error> at_operator(std::size_t index, const Value& object,
                                         const base::Error& error) {
  const Value* name = object.find("name");
  const auto* text = name == nullptr ? nullptr : name->get<std::string>();
  const bool known = text != nullptr && data::valid_identifier(*text);
  return fail(error.code, "operator " + (known ? "'" + *text + "'" : std::to_string(index + 1)) +
                              " of the catalogue: " + error.message);
}

}  // namespace

Result<std::shared_ptr<const Catalogue>> read_catalogue(std::string_view json) {
  if (json.size() > kCatalogueBytesMax) {
    return fail(Code::limit, "a catalogue of " + std::to_string(json.size()) +
                                 " bytes, expected at most " + std::to_string(kCatalogueBytesMax));
  }
  const auto owner = std::make_shared<OwnedCatalogue>();
  TRY(owner->root, data::parse_json(json));
  if (owner->root.find("operators") == nullptr) {
    return fail(Code::missing, "a catalogue has no 'operators', expected a list of them");
  }
  TRY(const auto operators, list(owner->root, "operators", kOperatorsMax));
  std::vector<const Contract*> contracts;
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < operators.size(); ++i) {
    auto read = ContractReader(operators[i], *owner).read();
    if (!read) return at_operator(i, operators[i], read.error());
    const auto kept = keep(*std::move(read), *owner);
    if (!kept) return at_operator(i, operators[i], kept.error());
    TRY_DO(distinct(names, (*kept)->name));
    contracts.push_back(*kept);
  }
  owner->catalogue.emplace(contracts);
  return std::shared_ptr<const Catalogue>(owner, &*owner->catalogue);
}

}  // namespace weir::contract
