// Rows: which numbers a table of records holds, and the piece of them that one answer looks at. For
// the tables of this folder, whose numbers rise by one and whose oldest rows alone are deleted: no
// number between the lowest and the highest is without its row.
//
// Values and functions over the database; as thread-safe as it.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/result.h"
#include "store/database.h"

namespace weir::hub {

// The lowest and the highest number; none: 1 and 0.
struct Numbers {
  std::int64_t first = 1, last = 0;
  std::int64_t count() const { return last - first + 1; }  // of rows, since none is missing
};
base::Result<Numbers> numbers(store::Database& database, std::string_view table);

// The numbers that an answer to "what is below `before`" looks at, at most `max` of them.
struct Span {
  std::int64_t first = 1, last = 0;
};
Span newest_below(const Numbers& there, std::optional<std::int64_t> before, std::int64_t max);
// What the next answer asks for with `before`, after one that was full at `full_at`, or that looked
// at all of `span`; 0: there is no more.
std::int64_t next_page(const Numbers& there, const Span& span, std::optional<std::int64_t> full_at);

}  // namespace weir::hub
