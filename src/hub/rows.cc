// Numbers of rows.
#include "hub/rows.h"

#include <fmt/format.h>

#include <algorithm>

namespace weir::hub {

base::Result<Numbers> numbers(store::Database& database, std::string_view table) {
  // One subquery each: min and max together would read the whole table.
  TRY(auto find,
      database.prepare(fmt::format(
          "SELECT (SELECT min(number) FROM {0}), (SELECT max(number) FROM {0})", table)));
  TRY(const bool found, find.step());
  if (!found || find.is_null(0)) return Numbers{};
  return Numbers{.first = find.int64(0), .last = find.int64(1)};
}

Span newest_below(const Numbers& there, std::optional<std::int64_t> before, std::int64_t max) {
  const std::int64_t last = before ? std::min(*before - 1, there.last) : there.last;
  return {.first = std::max(there.first, last - max + 1), .last = last};
}

std::int64_t next_page(const Numbers& there, const Span& span,
                       std::optional<std::int64_t> full_at) {
  const std::int64_t reached = full_at.value_or(span.first);
  return reached > there.first ? reached : 0;
}

}  // namespace weir::hub
