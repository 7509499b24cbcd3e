// CatalogueTurn: with which of a node's reports its catalogue goes along. It is long and does not
// change while the node runs, and a report may be lost: a newer one takes its place, the hub is not
// there yet or has lost what it had. So it goes with the first report of a connection, and again
// from time to time.
//
// A plain value of one thread.
#pragma once

#include <cstdint>
#include <utility>

namespace weir::node {

class CatalogueTurn {
 public:
  static constexpr std::int64_t kAgainNs = 60'000'000'000;

  // Of a report that is about to go: whether the catalogue goes along. `connection` tells one
  // connection from another, `now_ns` is monotonic.
  bool take(std::int64_t connection, std::int64_t now_ns) {
    const bool anew = std::exchange(connection_, connection) != connection;
    if (!anew && now_ns < due_ns_) return false;
    due_ns_ = now_ns + kAgainNs;
    return true;
  }

 private:
  std::int64_t connection_ = 0;
  std::int64_t due_ns_ = INT64_MIN;
};

}  // namespace weir::node
