// Checks of documents where several catalogues of operators are known: those of a hub's nodes.
//
// Pure functions, thread-safe.
#pragma once

#include <memory>
#include <vector>

#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"

namespace weir::resource {

using Catalogues = std::vector<std::shared_ptr<const contract::Catalogue>>;

// As contract::check() with one catalogue. A pipeline, or a deployment, is taken where one of them
// allows it; otherwise the mistakes are those of the catalogue with the fewest, of equal ones the
// first. At least one catalogue.
void check_with_any(const contract::Documents& documents, const Catalogues& catalogues,
                    data::Diagnostics& diagnostics);

// The catalogue that a pipeline is told about. At least one catalogue.
const contract::Catalogue& nearest(const contract::Pipeline& pipeline,
                                   const Catalogues& catalogues);

}  // namespace weir::resource
