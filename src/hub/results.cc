// Results in SQLite.
#include "hub/results.h"

#include <fmt/format.h>

#include <utility>

#include "hub/rows.h"

namespace weir::hub {

using base::Result;
using store::Statement;

namespace {

// Each ? is bound in the order of its writing.
std::string conditions(const ResultFilter& filter) {
  std::string out = "result.number BETWEEN ? AND ?";
  if (filter.node) out += " AND node.name = ?";
  if (filter.of) out += " AND result.class = ?";
  if (filter.since_ns) out += " AND result.time_ns >= ?";
  if (filter.until_ns) out += " AND result.time_ns < ?";
  return out;
}

void bind(Statement& find, const ResultFilter& filter, const Span& span) {
  int at = 0;
  find.bind(++at, span.first);
  find.bind(++at, span.last);
  if (filter.node) find.bind(++at, *filter.node);
  if (filter.of) find.bind(++at, static_cast<int>(*filter.of));
  if (filter.since_ns) find.bind(++at, *filter.since_ns);
  if (filter.until_ns) find.bind(++at, *filter.until_ns);
  find.bind(++at, filter.limit);
}

}  // namespace

Result<std::unique_ptr<Results>> Results::open(store::Database& database, std::int64_t kept_max) {
  TRY(Statement insert,
      database.prepare("INSERT INTO result (node, class, id, time_ns, picture, body, received_ns) "
                       "VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING"));
  return std::unique_ptr<Results>(new Results(database, kept_max, std::move(insert)));
}

Result<Results::Added> Results::add(std::int64_t node, link::Class of, const link::Record& record,
                                    std::int64_t received_ns) {
  insert_.bind(1, node).bind(2, static_cast<int>(of)).bind(3, record.id);
  insert_.bind(4, record.time_ns).bind(5, record.picture).bind(6, record.body);
  TRY_DO(insert_.bind(7, received_ns).run());
  return database_.changes() == 0 ? Added::was_there : Added::yes;
}

Result<std::int64_t> Results::trim(std::vector<std::string>& pictures) {
  TRY(const Numbers there, numbers(database_, "result"));
  if (there.count() <= kept_max_) return 0;
  const std::int64_t last = there.last - kept_max_;
  TRY(Statement find,
      database_.prepare("SELECT picture FROM result WHERE number <= ? AND picture <> ''"));
  find.bind(1, last);
  while (true) {
    TRY(const bool more, find.step());
    if (!more) break;
    pictures.emplace_back(find.text(0));
  }
  TRY(Statement remove, database_.prepare("DELETE FROM result WHERE number <= ?"));
  TRY_DO(remove.bind(1, last).run());
  return database_.changes();
}

Result<ResultPage> Results::list(const ResultFilter& filter) const {
  TRY(const Numbers there, numbers(database_, "result"));
  const Span span = newest_below(there, filter.before, kResultScanMax);
  TRY(Statement find,
      database_.prepare(
          fmt::format("SELECT result.number, node.name, result.class, result.id, result.time_ns, "
                      "result.body, result.received_ns FROM result JOIN node ON node.number = "
                      "result.node WHERE {} ORDER BY result.number DESC LIMIT ?",
                      conditions(filter))));
  bind(find, filter, span);
  ResultPage page;
  std::size_t bytes = 0;
  bool full = false;
  while (!full) {
    TRY(const bool more, find.step());
    if (!more) break;
    page.results.push_back({.number = find.int64(0),
                            .node = std::string(find.text(1)),
                            .id = std::string(find.text(3)),
                            .of = static_cast<link::Class>(find.int64(2)),
                            .time_ns = find.int64(4),
                            .body = std::string(find.text(5)),
                            .received_ns = find.int64(6)});
    bytes += page.results.back().body.size();
    full = page.results.size() == filter.limit || bytes > kResultListBytes;
  }
  page.next =
      next_page(there, span, full ? std::optional(page.results.back().number) : std::nullopt);
  return page;
}

Result<std::int64_t> Results::count() const {
  TRY(const Numbers there, numbers(database_, "result"));
  return there.count();
}

}  // namespace weir::hub
