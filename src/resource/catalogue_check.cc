// Checks with several catalogues.
#include "resource/catalogue_check.h"

#include <map>
#include <optional>
#include <string_view>

#include "contract/check.h"

namespace weir::resource {

using contract::Catalogue;
using contract::Documents;
using data::Diagnostics;

namespace {

// What several catalogues say of one document.
struct Verdict {
  std::vector<const Catalogue*> allow = {};
  const Catalogue* nearest = nullptr;  // the first of those that find least
  Diagnostics mistakes = {};           // that it finds
};

template <typename Pointer, typename Check>
Verdict ask(const std::vector<Pointer>& catalogues, const Check& check) {
  Verdict verdict;
  for (const Pointer& catalogue : catalogues) {
    Diagnostics found;
    check(*catalogue, found);
    if (found.empty()) verdict.allow.push_back(&*catalogue);
    if (verdict.nearest != nullptr && found.size() >= verdict.mistakes.size()) continue;
    verdict.nearest = &*catalogue;
    verdict.mistakes = std::move(found);
  }
  return verdict;
}

Verdict ask(const Catalogues& catalogues, const contract::Pipeline& pipeline) {
  return ask(catalogues, [&](const Catalogue& catalogue, Diagnostics& found) {
    contract::check_pipeline(pipeline, catalogue, found);
  });
}

void add_all(const Diagnostics& from, Diagnostics& to) {
  for (const data::Diagnostic& item : from.items()) to.add(item);
  // Those that are only counted stay counted: `to` is full by now.
  for (std::size_t i = from.items().size(); i < from.size(); ++i) to.add(from.items().back());
}

}  // namespace

void check_with_any(const Documents& documents, const Catalogues& catalogues,
                    Diagnostics& diagnostics) {
  if (catalogues.size() == 1) return contract::check(documents, *catalogues.front(), diagnostics);
  const auto enough = [&] { return diagnostics.size() >= contract::kMistakesMax; };
  for (const device::Device& device : documents.devices) {
    if (enough()) return;
    contract::check_device(device, documents, diagnostics);
  }
  std::map<std::string_view, Verdict> pipelines;
  for (const contract::Pipeline& pipeline : documents.pipelines) {
    if (enough()) return;
    const Verdict& verdict = pipelines[pipeline.name] = ask(catalogues, pipeline);
    add_all(verdict.mistakes, diagnostics);
  }
  contract::Passed passed;
  for (const contract::Deployment& deployment : documents.deployments) {
    if (enough()) return;
    if (deployment.pipeline.empty()) continue;
    const auto pipeline = pipelines.find(deployment.pipeline);
    if (pipeline == pipelines.end()) {  // told by any
      contract::check_deployment(deployment, documents, *catalogues.front(), diagnostics);
      continue;
    }
    const auto verdict =
        ask(pipeline->second.allow, [&](const Catalogue& catalogue, Diagnostics& found) {
          contract::check_deployment(deployment, documents, catalogue, found, passed);
        });
    add_all(verdict.mistakes, diagnostics);
  }
}

const Catalogue& nearest(const contract::Pipeline& pipeline, const Catalogues& catalogues) {
  return *ask(catalogues, pipeline).nearest;
}

}  // namespace weir::resource
