// LogSource: the records of a log one by one, with a look at the next one before it is taken, so
// that a batch that is full leaves it where it is and no place of the log is read twice.
//
// Belongs to one thread. The log outlives it.
#pragma once

#include <cstdint>
#include <optional>

#include "base/result.h"
#include "store/log.h"

namespace weir::link {

class LogSource {
 public:
  LogSource(store::Log& log, std::uint64_t from) : reader_(log.read(from)), at_(from) {}

  // The first record at `from` or after it; null where there is none. Valid until the next call.
  // Errors: io, where the disk does not give it; the next call tries again.
  base::Result<const store::Log::Record*> peek(std::uint64_t from);
  // After an error of peek(): as Reader::skip_unreadable.
  bool skip_unreadable() { return reader_.skip_unreadable(); }

 private:
  store::Log::Reader reader_;
  std::uint64_t at_;  // where `ahead_` was looked for
  std::optional<store::Log::Record> ahead_;
};

}  // namespace weir::link
