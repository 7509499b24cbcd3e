// Binding parameters.
#include "contract/bind.h"

#include <algorithm>
#include <cstddef>

#include "contract/resolve.h"

namespace weir::contract {

Slots slots_of(const Deployment& deployment) {
  Slots slots;
  for (const Fill& fill : deployment.fills) slots.emplace(fill.slot, fill.value);
  return slots;
}

std::string text_of(const Argument& argument, const Deployment& deployment) {
  if (argument.kind == Argument::Kind::literal) return argument.value.text();
  if (argument.kind != Argument::Kind::slot) return "";
  const auto fill = std::ranges::find(deployment.fills, argument.reference, &Fill::slot);
  const auto* const text =
      fill == deployment.fills.end() ? nullptr : fill->value.get<std::string>();
  return text == nullptr ? "" : *text;
}

bool per_device(const Contract& contract, const Step& step) {
  return std::ranges::any_of(contract.params, [&](const Param& param) {
    const Argument* argument = step.argument(param.name);
    return argument != nullptr && kind_of(param, *argument) == Argument::Kind::attribute;
  });
}

bool bind_params(const Contract& contract, const Step& step, const Slots& slots,
                 const device::Device* device, void* params, data::Diagnostics& diagnostics) {
  const std::size_t before = diagnostics.size();
  const std::vector<Resolved> resolved =
      resolve(contract, step, {.slots = &slots, .device = device}, diagnostics);
  if (diagnostics.size() > before) return false;
  for (std::size_t i = 0; i < resolved.size(); ++i) {
    const Param& param = contract.params[i];
    if (resolved[i].origin == Resolved::Origin::given) param.set(params, param, resolved[i].value);
  }
  return true;
}

}  // namespace weir::contract
