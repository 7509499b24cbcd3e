// The hub's own tables; those of resources are resource::kSchema.
//
// A node's row stays when the node is removed, for the records that came from it: a node that is
// added again under the same name is another one, and its ids are its own. Numbers of records rise
// by one in the order of commit, a record that is here already takes none, and only the oldest
// records are ever deleted: how many there are follows from the first and the last number.
#pragma once

#include <string_view>

namespace weir::hub {

// Migrations of store::Database, in this order.
inline constexpr std::string_view kSchema = R"(
CREATE TABLE node (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  name TEXT NOT NULL,
  token TEXT NOT NULL,         -- its digest
  broker TEXT NOT NULL,        -- its entry in the broker's password file
  added_ns INTEGER NOT NULL,
  removed_ns INTEGER,
  seen_ns INTEGER,
  state TEXT,                  -- JSON as reported, without the catalogue
  state_ns INTEGER,            -- when it came
  catalogue TEXT               -- JSON as reported
);
CREATE UNIQUE INDEX node_name ON node (name) WHERE removed_ns IS NULL;

CREATE TABLE alert (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  node INTEGER NOT NULL REFERENCES node (number),
  id TEXT NOT NULL,
  time_ns INTEGER NOT NULL,
  device TEXT NOT NULL,
  title TEXT NOT NULL,
  deployment TEXT NOT NULL,
  step TEXT NOT NULL,
  picture TEXT NOT NULL,       -- digest; '' where there is none (any more)
  body TEXT NOT NULL,          -- JSON
  received_ns INTEGER NOT NULL,
  acknowledged_ns INTEGER,
  acknowledged_by TEXT,
  UNIQUE (node, id)
);
CREATE INDEX alert_picture ON alert (picture) WHERE picture <> '';

CREATE TABLE comment (
  number INTEGER PRIMARY KEY,
  alert INTEGER NOT NULL REFERENCES alert (number) ON DELETE CASCADE,
  time_ns INTEGER NOT NULL,
  by TEXT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX comment_alert ON comment (alert);

CREATE TABLE result (
  number INTEGER PRIMARY KEY,
  node INTEGER NOT NULL REFERENCES node (number),
  class INTEGER NOT NULL,      -- of the link: 1 result, 2 bulk
  id TEXT NOT NULL,
  time_ns INTEGER NOT NULL,
  picture TEXT NOT NULL,
  body TEXT NOT NULL,          -- JSON
  received_ns INTEGER NOT NULL,
  UNIQUE (node, id)
);
CREATE INDEX result_picture ON result (picture) WHERE picture <> '';

CREATE TABLE gap (              -- records that a node lost before it could send them
  node INTEGER NOT NULL REFERENCES node (number),
  id TEXT NOT NULL,
  class INTEGER NOT NULL,
  time_ns INTEGER NOT NULL,
  records INTEGER NOT NULL,
  received_ns INTEGER NOT NULL,
  PRIMARY KEY (node, id)
) WITHOUT ROWID;
)";

// Of what nodes lost, the sums are kept, and of the records that told it the newest ids alone.
inline constexpr std::string_view kLostSchema = R"(
CREATE TABLE lost (
  node INTEGER NOT NULL REFERENCES node (number),
  class INTEGER NOT NULL,
  records INTEGER NOT NULL,
  PRIMARY KEY (node, class)
) WITHOUT ROWID;
INSERT INTO lost SELECT gap.node, class, CAST(total(records) AS INTEGER)
  FROM gap JOIN node ON node.number = gap.node WHERE removed_ns IS NULL GROUP BY gap.node, class;

ALTER TABLE gap RENAME TO old_gap;
CREATE TABLE gap (
  number INTEGER PRIMARY KEY,  -- the newest has the highest
  node INTEGER NOT NULL REFERENCES node (number),
  class INTEGER NOT NULL,
  id TEXT NOT NULL,
  UNIQUE (node, class, id)
);
INSERT INTO gap (node, class, id) SELECT old_gap.node, class, id
  FROM old_gap JOIN node ON node.number = old_gap.node WHERE removed_ns IS NULL
  ORDER BY received_ns;
DROP TABLE old_gap;
)";

}  // namespace weir::hub
