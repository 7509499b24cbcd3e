// Epochs: numbers for the ids of what cannot be replayed
// (docs/adr/0010-epochs-with-a-random-part.md).
//
// Kept in the node's database. Thread-safe, as that is.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "store/database.h"

namespace weir::node {

// Migration of the database.
inline constexpr std::string_view kEpochTable = R"(
CREATE TABLE epoch (newest INTEGER NOT NULL);
INSERT INTO epoch VALUES (0);
)";

// A number that was never given out before, not even by a database that is lost since, and above
// all that this one gave out. It is on disk before anything is named by it. Errors: those of the
// database.
base::Result<std::int64_t> next_epoch(store::Database& database, const base::Clock& clock);

}  // namespace weir::node
