// The nodes a hub knows.
#include "hub/nodes.h"

#include <fmt/format.h>

#include <algorithm>

#include "link/topic.h"
#include "store/digest.h"

namespace weir::hub {

using base::Code;
using base::fail;
using base::Result;
using store::Statement;

namespace {

constexpr std::string_view kComponent = "nodes";

std::unexpected<base::Error> unknown(std::string_view name) {
  return fail(Code::unknown_name, fmt::format("there is no node '{}'", name));
}

// With what Nodes::find_lost() made.
Result<> add_lost(Statement& find, std::int64_t number, NodeView& view) {
  find.reset().bind(1, number);
  while (true) {
    TRY(const bool more, find.step());
    if (!more) return {};
    const auto of = static_cast<std::size_t>(find.int64(0));
    if (of < view.lost.size()) view.lost[of] = find.int64(1);
  }
}

}  // namespace

std::string_view name(Presence presence) {
  switch (presence) {
    case Presence::fresh: return "new";
    case Presence::online: return "online";
    case Presence::offline: return "offline";
  }
  return "offline";
}

Result<std::unique_ptr<Nodes>> Nodes::open(const Options& options) {
  std::unique_ptr<Nodes> nodes(new Nodes(options));
  TRY_DO(nodes->load());
  return nodes;
}

Result<> Nodes::load() {
  TRY(Statement find,
      database_.prepare("SELECT name, number, token, broker, added_ns, seen_ns, state, state_ns, "
                        "catalogue FROM node WHERE removed_ns IS NULL ORDER BY state_ns DESC"));
  while (true) {
    TRY(const bool more, find.step());
    if (!more) return {};
    Entry entry{
        .number = find.int64(1),
        .hashes = {.digest = std::string(find.text(2)), .broker = std::string(find.text(3))},
        .added_ns = find.int64(4),
        .seen_ns = find.int64(5)};
    const std::string name(find.text(0));
    if (auto report = read_report(find.text(6))) {
      entry.report = std::move(*report);
      entry.report_ns = find.int64(7);
    }
    if (const std::string catalogue(find.text(8)); !catalogue.empty()) {
      entry.catalogue_digest = store::sha256(catalogue);
      const auto used = use_catalogue(entry.catalogue_digest, catalogue);
      if (!used) warn_unused(name, used.error());
    }
    entries_.emplace(name, std::move(entry));
  }
}

Result<> Nodes::add(std::string_view name, const TokenHashes& hashes) {
  TRY_DO(link::check_node_name(name));
  Entry entry{.hashes = hashes, .added_ns = clock_.wall_ns()};
  {
    const std::lock_guard lock(mutex_);
    if (entries_.contains(name)) {
      return fail(Code::conflict, fmt::format("there is a node '{}' already", name));
    }
    if (entries_.size() >= kNodesMax) {
      return fail(Code::limit, fmt::format("{} nodes are known, no more are kept", kNodesMax));
    }
  }
  TRY_DO(database_.transaction([&]() -> Result<> {
    TRY(Statement insert, database_.prepare("INSERT INTO node (name, token, broker, added_ns) "
                                            "VALUES (?, ?, ?, ?)"));
    insert.bind(1, name).bind(2, hashes.digest).bind(3, hashes.broker).bind(4, entry.added_ns);
    TRY_DO(insert.run());
    entry.number = database_.last_row_id();
    return {};
  }));
  const std::lock_guard lock(mutex_);
  entries_.emplace(name, std::move(entry));
  return {};
}

Result<> Nodes::remove(std::string_view name) {
  TRY(const std::int64_t number, this->number(name));
  TRY_DO(database_.transaction([&]() -> Result<> {
    TRY(Statement update, database_.prepare("UPDATE node SET removed_ns = ?, state = NULL, "
                                            "catalogue = NULL WHERE number = ?"));
    TRY_DO(update.bind(1, clock_.wall_ns()).bind(2, number).run());
    for (const std::string_view table : {"gap", "lost"}) {
      TRY(Statement forget, database_.prepare(fmt::format("DELETE FROM {} WHERE node = ?", table)));
      TRY_DO(forget.bind(1, number).run());
    }
    return {};
  }));
  const std::lock_guard lock(mutex_);
  if (const auto entry = entries_.find(name); entry != entries_.end()) entries_.erase(entry);
  drop_catalogues();
  return {};
}

bool Nodes::known(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  return entries_.contains(name);
}

bool Nodes::admits(std::string_view name, std::string_view token) const {
  const std::string digest = store::sha256(token);
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(name);
  return entry != entries_.end() && entry->second.hashes.digest == digest;
}

Result<std::int64_t> Nodes::number(std::string_view name) const {
  const std::lock_guard lock(mutex_);
  const auto entry = entries_.find(name);
  if (entry == entries_.end()) return unknown(name);
  return entry->second.number;
}

std::vector<std::string> Nodes::names() const {
  std::vector<std::string> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_) out.push_back(name);
  return out;
}

std::vector<std::pair<std::string, std::string>> Nodes::broker_hashes() const {
  std::vector<std::pair<std::string, std::string>> out;
  const std::lock_guard lock(mutex_);
  for (const auto& [name, entry] : entries_) out.emplace_back(name, entry.hashes.broker);
  return out;
}

void Nodes::seen(std::string_view name) {
  std::optional<Entry> due;
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    entry.seen_ns = clock_.wall_ns();
    entry.heard_ns = clock_.monotonic_ns();
    entry.gone = false;
    if (entry.written_ns != 0 && entry.heard_ns - entry.written_ns < kWriteNs) return;
    entry.written_ns = entry.heard_ns;
    due = entry;
  }
  write(*due, "");
}

void Nodes::report(std::string_view name, std::string_view json) {
  const bool farewell = json.empty();
  auto report = read_report(farewell ? "{}" : json);
  if (!report) return;
  const std::string catalogue = std::exchange(report->catalogue, {});
  const std::string digest = catalogue.empty() ? "" : store::sha256(catalogue);
  std::optional<Entry> due;
  bool changed = false;  // the catalogue
  {
    const std::lock_guard lock(mutex_);
    const auto found = entries_.find(name);
    if (found == entries_.end()) return;
    Entry& entry = found->second;
    const std::int64_t now_ns = clock_.monotonic_ns();
    entry.gone = farewell;
    if (!farewell) {
      look_for_twins(name, entry, report->process);
      take(entry, std::move(*report), clock_.wall_ns());
      entry.heard_ns = now_ns;
      changed = !digest.empty() && digest != entry.catalogue_digest;
    }
    if (changed) {
      entry.catalogue_digest = digest;
      drop_catalogues();  // the one before, and room for this
    }
    const bool soon = entry.written_ns != 0 && now_ns - entry.written_ns < kWriteNs;
    if (!soon || changed) {
      entry.written_ns = now_ns;
      due = entry;
    }
  }
  if (!digest.empty()) {
    // One that is said again may have been refused, and find a place now.
    const auto used = use_catalogue(digest, catalogue);
    if (!used && changed) warn_unused(name, used.error());
  }
  if (due) write(*due, changed ? catalogue : "");
}

// One that is started anew says a new id, and the old one is not heard of again. The caller holds
// the lock.
void Nodes::look_for_twins(std::string_view name, Entry& entry, const std::string& process) {
  const std::string& newest = entry.report.process;
  if (process.empty() || newest.empty() || process == newest) return;
  const bool back = process == entry.process_before;
  entry.process_before = newest;
  if (!back) return;
  ++twins_;
  const bool said = has_twins(entry);
  entry.twins_ns = clock_.monotonic_ns();
  if (said) return;
  log_.write(base::Level::warning, kComponent,
             "two nodes run under one name and end each other's connection",
             {{"node", std::string(name)}});
}

bool Nodes::has_twins(const Entry& entry) const {
  return entry.twins_ns != 0 && clock_.monotonic_ns() - entry.twins_ns < kTwinsNs;
}

void Nodes::take(Entry& entry, NodeReport report, std::int64_t wall_ns) {
  entry.report = std::move(report);
  entry.report_ns = entry.seen_ns = wall_ns;
  // A clock in 1970 or far ahead is as good as any: only its distance is shown.
  if (entry.report.time_ns &&
      __builtin_sub_overflow(*entry.report.time_ns, wall_ns, &entry.clock_offset_ns)) {
    entry.clock_offset_ns = 0;
  }
}

void Nodes::write(const Entry& entry, std::string_view catalogue) {
  const auto written = [&]() -> Result<> {
    TRY(Statement update,
        database_.prepare("UPDATE node SET seen_ns = ?2, state = ?3, state_ns = ?4, catalogue "
                          "= coalesce(?5, catalogue) WHERE number = ?1"));
    update.bind(1, entry.number).bind(2, entry.seen_ns);
    update.bind(3, entry.report.state).bind(4, entry.report_ns).bind(5, nullptr);
    if (!catalogue.empty()) update.bind(5, catalogue);
    return update.run();
  }();
  {
    const std::lock_guard lock(mutex_);
    trouble_ = written ? "" : written.error().message;
  }
  if (written) return;
  log_.write(base::Level::warning, kComponent, "a node's state is not written down",
             {{"reason", written.error().message}});
}

std::string Nodes::trouble() const {
  const std::lock_guard lock(mutex_);
  return trouble_;
}

Result<bool> Nodes::add_gap(std::int64_t number, link::Class of, const link::Record& record,
                            std::int64_t lost) {
  const int its_class = static_cast<int>(of);
  TRY(Statement insert, database_.prepare("INSERT INTO gap (node, class, id) VALUES (?, ?, ?) "
                                          "ON CONFLICT DO NOTHING"));
  TRY_DO(insert.bind(1, number).bind(2, its_class).bind(3, record.id).run());
  if (database_.changes() == 0) return false;
  TRY(Statement count,
      database_.prepare("INSERT INTO lost (node, class, records) VALUES (?, ?, ?) ON CONFLICT "
                        "(node, class) DO UPDATE SET records = records + excluded.records"));
  TRY_DO(count.bind(1, number).bind(2, its_class).bind(3, lost).run());
  TRY(Statement forget,
      database_.prepare("DELETE FROM gap WHERE node = ?1 AND class = ?2 AND number <= (SELECT "
                        "number FROM gap WHERE node = ?1 AND class = ?2 ORDER BY number DESC "
                        "LIMIT 1 OFFSET ?3)"));
  TRY_DO(forget.bind(1, number).bind(2, its_class).bind(3, kGapsMax).run());
  return true;
}

Presence Nodes::presence(const Entry& entry) const {
  if (entry.seen_ns == 0) return Presence::fresh;
  const bool heard =
      entry.heard_ns != 0 && !entry.gone && clock_.monotonic_ns() - entry.heard_ns < kSilentAfterNs;
  return heard ? Presence::online : Presence::offline;
}

NodeView Nodes::view(const std::string& name, const Entry& entry) const {
  return {.name = name,
          .presence = presence(entry),
          .added_ns = entry.added_ns,
          .seen_ns = entry.seen_ns,
          .clock_offset_ns = entry.clock_offset_ns,
          .version = entry.report.version,
          .deployments = entry.report.deployments,
          .cameras = entry.report.cameras,
          .failing = entry.report.failing,
          .report = {},
          .report_ns = entry.report_ns,
          .twins = has_twins(entry)};
}

Result<Statement> Nodes::find_lost() const {
  return database_.prepare("SELECT class, records FROM lost WHERE node = ?");
}

Result<NodeView> Nodes::get(std::string_view name) const {
  std::int64_t number = 0;
  NodeView found;
  {
    const std::lock_guard lock(mutex_);
    const auto entry = entries_.find(name);
    if (entry == entries_.end()) return unknown(name);
    number = entry->second.number;
    found = view(entry->first, entry->second);
    if (found.report_ns != 0) found.report = entry->second.report.state;
  }
  TRY(Statement find, find_lost());
  TRY_DO(add_lost(find, number, found));
  return found;
}

Result<std::vector<NodeView>> Nodes::list(std::string_view after, std::size_t count) const {
  std::vector<NodeView> out;
  std::vector<std::int64_t> numbers;
  {
    const std::lock_guard lock(mutex_);
    for (auto at = entries_.upper_bound(after); at != entries_.end() && out.size() < count; ++at) {
      out.push_back(view(at->first, at->second));
      numbers.push_back(at->second.number);
    }
  }
  TRY(Statement find, find_lost());
  for (std::size_t i = 0; i < out.size(); ++i) TRY_DO(add_lost(find, numbers[i], out[i]));
  return out;
}

Nodes::Counts Nodes::counts() const {
  Counts counts;
  const std::lock_guard lock(mutex_);
  counts.twins = twins_;
  for (const auto& [name, entry] : entries_) {
    switch (presence(entry)) {
      case Presence::fresh: ++counts.fresh; break;
      case Presence::online: ++counts.online; break;
      case Presence::offline: ++counts.offline; break;
    }
  }
  return counts;
}

}  // namespace weir::hub
