// Files that a run is given by name, checked before anything runs.
//
// Looks at the file system, changes nothing.
#pragma once

#include "cli/verbs.h"
#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"

namespace weir::cli {

// Mistakes: an --input that cannot be read, an --output or --metrics that would write over a file
// that is read or written otherwise, an --alerts that can be no folder.
void check_files(const RunOptions& options, const contract::Documents& documents,
                 const contract::Catalogue& catalogue, data::Diagnostics& diagnostics);

}  // namespace weir::cli
