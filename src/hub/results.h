// Results: structured records that nodes sent, classes result and bulk of the link.
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

#include "base/result.h"
#include "link/message.h"
#include "store/database.h"

namespace weir::hub {

inline constexpr std::int64_t kResultsMax = 2'000'000;    // the oldest go
inline constexpr std::size_t kResultListMax = 1'000;      // in one answer
inline constexpr std::int64_t kResultScanMax = 100'000;   // rows looked at for one answer
inline constexpr std::size_t kResultListBytes = 4 << 20;  // of bodies; an answer ends after it

struct StoredResult {
  std::int64_t number = 0;  // the hub's own, rising in the order of commit
  std::string node, id;     // the id is the node's
  link::Class of = link::Class::result;
  std::int64_t time_ns = 0;
  std::string body;  // the node's JSON object
  std::int64_t received_ns = 0;
};

struct ResultFilter {
  std::optional<std::string_view> node = {};
  std::optional<link::Class> of = {};
  std::optional<std::int64_t> since_ns = {}, until_ns = {};  // of the record's time; until excluded
  std::optional<std::int64_t> before = {};                   // numbers below this one
  std::size_t limit = kResultListMax;
};

struct ResultPage {
  std::vector<StoredResult> results;  // the newest first
  std::int64_t next = 0;              // `before` of the next page; 0: this was the last
};

class Results {
 public:
  static base::Result<std::unique_ptr<Results>> open(store::Database& database,
                                                     std::int64_t kept_max = kResultsMax);

  enum class Added : std::uint8_t { yes, was_there };
  // A record of node number `node`.
  base::Result<Added> add(std::int64_t node, link::Class of, const link::Record& record,
                          std::int64_t received_ns);
  // Removes the oldest beyond what is kept; adds the pictures they named to `pictures`. Returns how
  // many.
  base::Result<std::int64_t> trim(std::vector<std::string>& pictures);

  // At most kResultScanMax rows are looked at: a page may hold few, and still there is a next one.
  base::Result<ResultPage> list(const ResultFilter& filter) const;

  base::Result<std::int64_t> count() const;

 private:
  Results(store::Database& database, std::int64_t kept_max, store::Statement insert)
      : database_(database), kept_max_(kept_max), insert_(std::move(insert)) {}

  store::Database& database_;
  const std::int64_t kept_max_;
  store::Statement insert_;
};

}  // namespace weir::hub
