// Alerts in SQLite.
#include "hub/alerts.h"

#include <fmt/format.h>

#include <utility>

#include "data/json.h"
#include "hub/rows.h"

namespace weir::hub {

using base::Code;
using base::Result;
using store::Statement;

namespace {

constexpr std::string_view kColumns =
    "alert.number, node.name, alert.id, alert.time_ns, alert.device, alert.title, "
    "alert.deployment, alert.step, alert.picture, alert.body, alert.received_ns, "
    "alert.acknowledged_ns, alert.acknowledged_by";

Alert read_row(const Statement& row) {
  return {.number = row.int64(0),
          .node = std::string(row.text(1)),
          .id = std::string(row.text(2)),
          .time_ns = row.int64(3),
          .device = std::string(row.text(4)),
          .title = std::string(row.text(5)),
          .deployment = std::string(row.text(6)),
          .step = std::string(row.text(7)),
          .picture = std::string(row.text(8)),
          .body = std::string(row.text(9)),
          .received_ns = row.int64(10),
          .acknowledged_ns = row.int64(11),
          .acknowledged_by = std::string(row.text(12))};
}

std::unexpected<base::Error> unknown(std::int64_t number) {
  return base::fail(Code::unknown_name, fmt::format("there is no alert {}", number));
}

// What a filter asks of a row; each ? is bound in the order of its writing.
class Conditions {
 public:
  explicit Conditions(const AlertFilter& filter, const Span& span) : filter_(filter), span_(span) {}

  std::string sql() const {
    std::string out = "alert.number BETWEEN ? AND ?";
    if (filter_.node) out += " AND node.name = ?";
    if (filter_.device) out += " AND alert.device = ?";
    if (filter_.title) out += " AND alert.title = ?";
    if (filter_.since_ns) out += " AND alert.time_ns >= ?";
    if (filter_.until_ns) out += " AND alert.time_ns < ?";
    if (filter_.acknowledged) {
      out += " AND alert.acknowledged_ns IS ";
      out += *filter_.acknowledged ? "NOT NULL" : "NULL";
    }
    return out;
  }

  // Returns the next free parameter.
  int bind(Statement& find) const {
    int at = 0;
    find.bind(++at, span_.first);
    find.bind(++at, span_.last);
    for (const auto& text : {filter_.node, filter_.device, filter_.title}) {
      if (text) find.bind(++at, *text);
    }
    for (const auto& time_ns : {filter_.since_ns, filter_.until_ns}) {
      if (time_ns) find.bind(++at, *time_ns);
    }
    return ++at;
  }

 private:
  const AlertFilter& filter_;
  const Span& span_;
};

}  // namespace

Result<std::unique_ptr<Alerts>> Alerts::open(store::Database& database, const base::Clock& clock,
                                             std::int64_t kept_max) {
  // ON CONFLICT DO NOTHING would use up a number for each duplicate.
  TRY(Statement insert,
      database.prepare("INSERT INTO alert (node, id, time_ns, device, title, deployment, step, "
                       "picture, body, received_ns) SELECT ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10 "
                       "WHERE NOT EXISTS (SELECT 1 FROM alert WHERE node = ?1 AND id = ?2)"));
  return std::unique_ptr<Alerts>(new Alerts(database, clock, kept_max, std::move(insert)));
}

Result<std::optional<Alert>> Alerts::add(std::int64_t node, std::string_view node_name,
                                         const link::Record& record, std::int64_t received_ns) {
  const auto body = data::parse_json(record.body);
  const data::Value fields = body ? *body : data::Value();
  Alert alert{.number = 0,
              .node = std::string(node_name),
              .id = record.id,
              .time_ns = record.time_ns,
              .device = fields.text_at("device"),
              .title = fields.text_at("title"),
              .deployment = fields.text_at("deployment"),
              .step = fields.text_at("step"),
              .picture = record.picture,
              .body = record.body,
              .received_ns = received_ns,
              .acknowledged_ns = 0,
              .acknowledged_by = {}};
  insert_.bind(1, node).bind(2, alert.id).bind(3, alert.time_ns);
  insert_.bind(4, alert.device).bind(5, alert.title).bind(6, alert.deployment);
  insert_.bind(7, alert.step).bind(8, alert.picture).bind(9, alert.body).bind(10, received_ns);
  TRY_DO(insert_.run());
  if (database_.changes() == 0) return std::nullopt;
  alert.number = database_.last_row_id();
  return alert;
}

Result<std::int64_t> Alerts::trim(std::vector<std::string>& pictures) {
  TRY(const Numbers there, numbers(database_, "alert"));
  if (there.count() <= kept_max_) return 0;
  TRY(Statement remove, database_.prepare("DELETE FROM alert WHERE number <= ? RETURNING picture"));
  remove.bind(1, there.last - kept_max_);
  std::int64_t removed = 0;
  while (true) {
    TRY(const bool more, remove.step());
    if (!more) return removed;
    ++removed;
    if (!remove.text(0).empty()) pictures.emplace_back(remove.text(0));
  }
}

Result<std::vector<std::string>> Alerts::forget_pictures(std::size_t count) {
  TRY(Statement find, database_.prepare("SELECT number, picture FROM alert WHERE picture <> '' "
                                        "ORDER BY number LIMIT min(?, 1 + (SELECT "
                                        "count(*) FROM alert WHERE picture <> '') / 10)"));
  TRY(Statement forget, database_.prepare("UPDATE alert SET picture = '' WHERE number = ?"));
  find.bind(1, count);
  std::vector<std::string> pictures;
  std::vector<std::int64_t> rows;
  while (true) {
    TRY(const bool more, find.step());
    if (!more) break;
    rows.push_back(find.int64(0));
    pictures.emplace_back(find.text(1));
  }
  for (const std::int64_t row : rows) TRY_DO(forget.bind(1, row).run());
  return pictures;
}

Result<AlertPage> Alerts::list(const AlertFilter& filter) const {
  TRY(const Numbers there, numbers(database_, "alert"));
  const Span span = newest_below(there, filter.before, kAlertScanMax);
  const Conditions conditions(filter, span);
  TRY(Statement find,
      database_.prepare(fmt::format("SELECT {} FROM alert JOIN node ON node.number = alert.node "
                                    "WHERE {} ORDER BY alert.number DESC LIMIT ?",
                                    kColumns, conditions.sql())));
  find.bind(conditions.bind(find), filter.limit);
  AlertPage page;
  std::size_t bytes = 0;
  bool full = false;
  while (!full) {
    TRY(const bool more, find.step());
    if (!more) break;
    page.alerts.push_back(read_row(find));
    bytes += page.alerts.back().body.size();
    full = page.alerts.size() == filter.limit || bytes > kAlertListBytes;
  }
  page.next =
      next_page(there, span, full ? std::optional(page.alerts.back().number) : std::nullopt);
  return page;
}

Result<Alert> Alerts::get(std::int64_t number) const {
  TRY(Statement find,
      database_.prepare(fmt::format("SELECT {} FROM alert JOIN node ON node.number = alert.node "
                                    "WHERE alert.number = ?",
                                    kColumns)));
  find.bind(1, number);
  TRY(const bool found, find.step());
  if (!found) return unknown(number);
  return read_row(find);
}

Result<std::vector<Comment>> Alerts::comments(std::int64_t number) const {
  TRY(Statement find,
      database_.prepare("SELECT time_ns, by, text FROM comment WHERE alert = ? ORDER BY number"));
  find.bind(1, number);
  std::vector<Comment> out;
  while (true) {
    TRY(const bool more, find.step());
    if (!more) return out;
    out.push_back({.time_ns = find.int64(0),
                   .by = std::string(find.text(1)),
                   .text = std::string(find.text(2))});
  }
}

Result<> Alerts::acknowledge(std::int64_t number, std::string_view by) {
  return database_.transaction([&]() -> Result<> {
    TRY_DO(get(number));
    TRY(Statement update,
        database_.prepare("UPDATE alert SET acknowledged_ns = ?, acknowledged_by = ? "
                          "WHERE number = ? AND acknowledged_ns IS NULL"));
    return update.bind(1, clock_.wall_ns()).bind(2, by).bind(3, number).run();
  });
}

Result<> Alerts::comment(std::int64_t number, std::string_view by, std::string_view text) {
  return database_.transaction([&]() -> Result<> {
    TRY_DO(get(number));
    TRY(Statement count, database_.prepare("SELECT count(*) FROM comment WHERE alert = ?"));
    count.bind(1, number);
    TRY_DO(count.step());
    if (count.int64(0) >= kCommentsMax) {
      return base::fail(Code::limit, fmt::format("alert {} has {} comments, no more are kept",
                                                 number, kCommentsMax));
    }
    TRY(Statement insert, database_.prepare("INSERT INTO comment (alert, time_ns, by, text) "
                                            "VALUES (?, ?, ?, ?)"));
    return insert.bind(1, number).bind(2, clock_.wall_ns()).bind(3, by).bind(4, text).run();
  });
}

Result<std::int64_t> Alerts::count() const {
  TRY(const Numbers there, numbers(database_, "alert"));
  return there.count();
}

}  // namespace weir::hub
