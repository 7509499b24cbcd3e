// The tables of resources, for the database of a node or a hub: constants, which a database that
// has them keeps as they are.
#pragma once

#include <string_view>

namespace weir::resource {

// One migration of store::Database.
inline constexpr std::string_view kSchema = R"(
CREATE TABLE resource (
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  generation INTEGER NOT NULL,
  updated_ns INTEGER NOT NULL,
  spec TEXT NOT NULL,   -- the document as JSON, without secrets
  sealed TEXT,          -- {"user": …, "password": …} of a device, sealed
  PRIMARY KEY (kind, name)
) WITHOUT ROWID;
CREATE TABLE model_version (
  name TEXT NOT NULL,
  version TEXT NOT NULL,
  applied_ns INTEGER NOT NULL,
  generation INTEGER NOT NULL,  -- when it last became the newest
  spec TEXT NOT NULL,
  PRIMARY KEY (name, version)
) WITHOUT ROWID;
CREATE TABLE resource_revision (revision INTEGER NOT NULL);
INSERT INTO resource_revision VALUES (0);
)";

}  // namespace weir::resource
