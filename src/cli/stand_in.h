// Stand-ins: what `weir run` puts in place of what its files leave open: --input for the devices,
// --set for slots and attributes.
//
// Pure functions.
#pragma once

#include <string>
#include <vector>

#include "contract/catalogue.h"
#include "contract/document.h"
#include "data/diagnostic.h"

namespace weir::cli {

struct StandIns {
  std::string input;              // a file or an rtsp:// URL; "" where the files name their devices
  std::vector<std::string> sets;  // slot=value, device.attribute=value
};

// The name of the device that --input stands for.
constexpr std::string_view kInputDevice = "input";

// Makes of the documents what is to run: afterwards every deployment in them is meant, a lone
// pipeline has one, and with --input its only input reads the file or camera. Mistakes are added.
void stand_in(contract::Documents& documents, const StandIns& options,
              const contract::Catalogue& catalogue, data::Diagnostics& diagnostics);

}  // namespace weir::cli
