// Alerts: what nodes raised, as the hub keeps it.
//
// `add` and `trim` belong to the one thread that commits batches and are called within its
// transaction; all else is thread-safe. The database outlives this object.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "link/message.h"
#include "store/database.h"

namespace weir::hub {

inline constexpr std::int64_t kAlertsMax = 500'000;      // the oldest go
inline constexpr std::size_t kAlertListMax = 500;        // in one answer
inline constexpr std::size_t kAlertListBytes = 4 << 20;  // of bodies; an answer ends after it
inline constexpr std::int64_t kAlertScanMax = 100'000;   // rows looked at for one answer
inline constexpr std::int64_t kCommentsMax = 200;        // of one alert

struct Alert {
  std::int64_t number = 0;  // the hub's own, rising in the order of commit
  std::string node, id;     // the id is the node's
  std::int64_t time_ns = 0;
  std::string device, title, deployment, step;
  std::string picture;  // digest; "": none
  std::string body;     // the node's JSON object
  std::int64_t received_ns = 0;
  std::int64_t acknowledged_ns = 0;  // 0: not yet
  std::string acknowledged_by;
};

struct Comment {
  std::int64_t time_ns = 0;
  std::string by, text;
};

struct AlertFilter {
  std::optional<std::string_view> node = {}, device = {}, title = {};
  std::optional<std::int64_t> since_ns = {}, until_ns = {};  // of the alert's time; until excluded
  std::optional<bool> acknowledged = {};
  std::optional<std::int64_t> before = {};  // numbers below this one
  std::size_t limit = kAlertListMax;
};

struct AlertPage {
  std::vector<Alert> alerts;  // the newest first
  std::int64_t next = 0;      // `before` of the next page; 0: this was the last
};

class Alerts {
 public:
  static base::Result<std::unique_ptr<Alerts>> open(store::Database& database,
                                                    const base::Clock& clock,
                                                    std::int64_t kept_max = kAlertsMax);

  // A record of node number `node`, whose name is `node_name`; none where its id is there already.
  base::Result<std::optional<Alert>> add(std::int64_t node, std::string_view node_name,
                                         const link::Record& record, std::int64_t received_ns);
  // Removes the oldest beyond what is kept; adds the pictures they named to `pictures`. Returns how
  // many.
  base::Result<std::int64_t> trim(std::vector<std::string>& pictures);
  // Forgets the pictures of the oldest alerts that have one, a tenth of them, at most `count`;
  // returns their digests.
  base::Result<std::vector<std::string>> forget_pictures(std::size_t count);

  // At most kAlertScanMax alerts are looked at: a page may hold few, and still there is a next one.
  base::Result<AlertPage> list(const AlertFilter& filter) const;
  base::Result<Alert> get(std::int64_t number) const;  // Error: unknown_name
  base::Result<std::vector<Comment>> comments(std::int64_t number) const;
  // Who was first stays. Error: unknown_name.
  base::Result<> acknowledge(std::int64_t number, std::string_view by);
  // Errors: unknown_name, limit (kCommentsMax).
  base::Result<> comment(std::int64_t number, std::string_view by, std::string_view text);

  base::Result<std::int64_t> count() const;

 private:
  Alerts(store::Database& database, const base::Clock& clock, std::int64_t kept_max,
         store::Statement insert)
      : database_(database), clock_(clock), kept_max_(kept_max), insert_(std::move(insert)) {}

  store::Database& database_;
  const base::Clock& clock_;
  const std::int64_t kept_max_;
  store::Statement insert_;
};

}  // namespace weir::hub
