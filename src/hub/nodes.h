// Nodes: which nodes the hub knows, and what they last said of themselves.
//
// A node is known from add() to remove(). Its token is made here and told once; what is kept is its
// digest, and the hash that the broker's password file wants. What nodes report is written down now
// and then (kWriteNs), and when a catalogue changes: after a crash it may be a little old.
//
// Thread-safe. Database, log and clock outlive it. Texts of nodes are hostile: sizes are bounded by
// the link, and only what is understood is taken.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "contract/catalogue.h"
#include "hub/node_report.h"
#include "link/message.h"
#include "store/database.h"

namespace weir::hub {

inline constexpr std::size_t kNodesMax = 10'000;
inline constexpr std::size_t kNodeListMax = 1'000;  // in one answer
// Different catalogues that are used; nodes of one version and one set of features report the same.
// Of more, those that came first, and after a restart those of the newest reports; another one is
// used when its node says it again and there is a place.
inline constexpr std::size_t kCataloguesMax = 16;
// Gap records of a node and class that are known again when they come again: more than a node has
// under way at once.
inline constexpr std::int64_t kGapsMax = 100;
// Nodes report every 10 s, and their link repeats the newest report every 30 s.
inline constexpr std::int64_t kSilentAfterNs = 75'000'000'000;

// Two processes of one node end each other's connection; that is said again when it was not seen
// for so long.
inline constexpr std::int64_t kTwinsNs = 75'000'000'000;

enum class Presence : std::uint8_t { fresh, online, offline };  // fresh: never seen
std::string_view name(Presence presence);                       // new, online, offline

// What is kept of a token in place of itself.
struct TokenHashes {
  std::string digest;  // SHA-256: the token is random enough
  std::string broker;  // as mosquitto's password file has it
};

struct NodeView {
  std::string name;
  Presence presence = Presence::fresh;
  std::int64_t added_ns = 0;
  std::int64_t seen_ns = 0;          // 0: never
  std::int64_t clock_offset_ns = 0;  // the node's clock before ours, when it last reported
  std::string version;               // "": not reported
  std::size_t deployments = 0, cameras = 0, failing = 0;  // as reported
  std::string report;          // JSON object, without the catalogue; "": none yet
  std::int64_t report_ns = 0;  // when it came
  bool twins = false;          // two processes run under its name, as of late
  std::array<std::int64_t, link::kClasses> lost = {};  // records, told by gap records
};

class Nodes {
 public:
  static constexpr std::int64_t kWriteNs = 10'000'000'000;

  struct Options {
    store::Database& database;
    base::Log& log;
    const base::Clock& clock;
  };
  static base::Result<std::unique_ptr<Nodes>> open(const Options& options);

  // A node that is new from now on. Errors: invalid (name), conflict (there is one of that name),
  // limit (kNodesMax).
  base::Result<> add(std::string_view name, const TokenHashes& hashes);
  base::Result<> remove(std::string_view name);  // Error: unknown_name

  bool known(std::string_view name) const;
  bool admits(std::string_view name, std::string_view token) const;
  // The number that stands for it in the database. Error: unknown_name.
  base::Result<std::int64_t> number(std::string_view name) const;
  std::vector<std::string> names() const;
  // Name and hash of each, for the broker.
  std::vector<std::pair<std::string, std::string>> broker_hashes() const;

  // It said something.
  void seen(std::string_view name);
  // Its state, a JSON object; "": its connection has ended.
  void report(std::string_view name, std::string_view json);
  // Keeps that it lost records, in the transaction of the caller. Whether that was new.
  base::Result<bool> add_gap(std::int64_t number, link::Class of, const link::Record& record,
                             std::int64_t lost);

  base::Result<NodeView> get(std::string_view name) const;  // Error: unknown_name
  // In the order of their names, at most `count` after `after`; without their reports.
  base::Result<std::vector<NodeView>> list(std::string_view after, std::size_t count) const;
  // Error: unknown_name, also where it reported none.
  base::Result<std::string> catalogue_json(std::string_view name) const;
  // Why what they said of themselves could not be written down, until it is; "": it was.
  std::string trouble() const;
  // The newest of each node that is known, each once, those with most operators first.
  std::vector<std::shared_ptr<const contract::Catalogue>> catalogues() const;

  struct Counts {
    std::size_t fresh = 0, online = 0, offline = 0;
    std::uint64_t twins = 0;  // ever: how often a process came back after another of its node
  };
  Counts counts() const;

 private:
  struct Entry {
    std::int64_t number = 0;
    TokenHashes hashes = {};
    std::int64_t added_ns = 0, seen_ns = 0;
    std::int64_t heard_ns = 0;    // monotonic time of the last word; 0: none since our start
    std::int64_t written_ns = 0;  // monotonic time of the last writing down
    std::int64_t clock_offset_ns = 0;
    bool gone = false;       // its connection has ended
    NodeReport report = {};  // without the catalogue
    std::int64_t report_ns = 0;
    std::string catalogue_digest = {};  // "": it reported none
    std::string process_before = {};    // that reported before the newest one
    std::int64_t twins_ns = 0;          // monotonic time at which it last came back; 0: never
  };

  explicit Nodes(const Options& options)
      : database_(options.database), log_(options.log), clock_(options.clock) {}
  base::Result<> load();
  static void take(Entry& entry, NodeReport report, std::int64_t wall_ns);
  void look_for_twins(std::string_view name, Entry& entry, const std::string& process);
  bool has_twins(const Entry& entry) const;
  // Errors: limit (kCataloguesMax), those of contract::read_catalogue.
  base::Result<> use_catalogue(const std::string& digest, std::string_view json);
  void warn_unused(std::string_view node, const base::Error& why);
  void drop_catalogues();
  void write(const Entry& entry, std::string_view catalogue);
  Presence presence(const Entry& entry) const;
  NodeView view(const std::string& name, const Entry& entry) const;
  base::Result<store::Statement> find_lost() const;

  store::Database& database_;
  base::Log& log_;
  const base::Clock& clock_;
  mutable std::mutex mutex_;
  std::map<std::string, Entry, std::less<>> entries_;
  std::string trouble_;
  std::uint64_t twins_ = 0;
  std::map<std::string, std::shared_ptr<const contract::Catalogue>> catalogues_;  // by digest
};

}  // namespace weir::hub
