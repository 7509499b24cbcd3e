// Slots filled from the command line.
#include "cli/slot_fill.h"

#include <algorithm>
#include <utility>

#include "contract/param.h"

namespace weir::cli {
namespace {

class SlotFill {
 public:
  SlotFill(const contract::Catalogue& catalogue, const Setting& setting, data::Value value,
           data::Diagnostics& diagnostics)
      : catalogue_(catalogue),
        setting_(setting),
        value_(std::move(value)),
        diagnostics_(diagnostics) {}

  void fill(contract::Deployment& deployment, const contract::Pipeline& pipeline) {
    bool uses = false;
    for (const contract::Step& step : pipeline.steps) {
      for (const contract::Argument& argument : step.arguments) {
        if (argument.kind != contract::Argument::Kind::slot || argument.reference != setting_.name)
          continue;
        uses = true;
        check(step, argument);
      }
    }
    if (!uses) return;
    used_ = true;
    std::erase_if(deployment.fills,
                  [&](const contract::Fill& fill) { return fill.slot == setting_.name; });
    deployment.fills.push_back(
        {.slot = setting_.name, .kind = contract::Fill::Kind::either, .value = value_});
  }

  bool used() const { return used_; }

 private:
  // Whether the parameter takes the value. What is unknown is told elsewhere.
  void check(const contract::Step& step, const contract::Argument& argument) {
    const contract::Contract* const contract = catalogue_.find(step.operator_name);
    const contract::Param* const param =
        contract == nullptr ? nullptr : contract::find_param(*contract, argument.name);
    if (param == nullptr) return;
    if (const auto read = contract::read_param(*param, value_); !read) {
      diagnostics_.add(kSetOption, {}, read.error().code,
                       setting_.name + ": '" + argument.name + "' of '" + step.id +
                           "': " + read.error().message);
    }
  }

  const contract::Catalogue& catalogue_;
  const Setting& setting_;
  const data::Value value_;
  data::Diagnostics& diagnostics_;
  bool used_ = false;
};

bool filled(const contract::Deployment& deployment, const std::string& slot) {
  return std::ranges::find(deployment.fills, slot, &contract::Fill::slot) != deployment.fills.end();
}

}  // namespace

void fill_slots(contract::Documents& documents, std::span<const Setting> settings,
                const contract::Catalogue& catalogue, data::Diagnostics& diagnostics) {
  for (const Setting& setting : settings) {
    auto value = data::to_value(setting.value);
    if (!value) {
      diagnostics.add(kSetOption, {}, value.error().code,
                      setting.name + ": " + value.error().message);
      continue;
    }
    SlotFill slot(catalogue, setting, *std::move(value), diagnostics);
    for (contract::Deployment& deployment : documents.deployments) {
      const contract::Pipeline* const pipeline = documents.pipeline(deployment.pipeline);
      if (pipeline != nullptr) slot.fill(deployment, *pipeline);
    }
    if (slot.used()) continue;
    diagnostics.add(kSetOption, {}, base::Code::unknown_name,
                    "no pipeline here has a slot $" + setting.name);
  }
}

void refuse_open_slots(const contract::Documents& documents, data::Diagnostics& diagnostics) {
  for (const contract::Deployment& deployment : documents.deployments) {
    const contract::Pipeline* const pipeline = documents.pipeline(deployment.pipeline);
    if (pipeline == nullptr) continue;
    for (const contract::Step& step : pipeline->steps) {
      for (const contract::Argument& argument : step.arguments) {
        if (argument.kind != contract::Argument::Kind::slot) continue;
        if (filled(deployment, argument.reference)) continue;
        diagnostics.add(step.file, argument.value.position(), base::Code::missing,
                        "slot $" + argument.reference + " of '" + step.id +
                            "' is open; expected --set " + argument.reference + "=…");
      }
    }
  }
}

}  // namespace weir::cli
