// Any text is read as documents and checked; what passes the checks can be bound.
#include "contract/document.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "contract/bind.h"
#include "contract/check.h"
#include "contract/graph.h"
#include "contract/sample_contracts.h"

namespace contract = weir::contract;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const contract::Catalogue catalogue(contract::sample::kAll);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  contract::Documents documents;
  weir::data::Diagnostics diagnostics;
  contract::read_documents(text, "fuzz/in.yaml", documents, diagnostics);
  contract::check(documents, catalogue, diagnostics);
  (void)diagnostics.text();
  if (!diagnostics.empty()) return 0;
  for (const contract::Pipeline& pipeline : documents.pipelines) {
    const auto graph = contract::connect(pipeline, catalogue, diagnostics);
    CHECK(graph.has_value());
    CHECK(graph->order.size() == pipeline.steps.size());
    std::size_t inputs = 0;
    for (const contract::Contract* each : graph->contracts) inputs += each->inputs.size();
    CHECK(graph->edges.size() == inputs);
    for (const contract::Step& step : pipeline.steps) {
      if (step.operator_name != contract::sample::kThreshold.name) continue;
      contract::sample::ThresholdParams params;
      weir::data::Diagnostics open;  // slots may be
      contract::bind_params(contract::sample::kThreshold, step, {}, nullptr, &params, open);
    }
  }
  return 0;
}
