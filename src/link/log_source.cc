// A reader with one record in hand.
#include "link/log_source.h"

#include <utility>

namespace weir::link {

base::Result<const store::Log::Record*> LogSource::peek(std::uint64_t from) {
  if (ahead_ && at_ == from) return &*ahead_;
  ahead_.reset();
  if (reader_.offset() != from) reader_.seek(from);
  at_ = from;
  TRY(ahead_, reader_.next());
  return ahead_ ? &*ahead_ : nullptr;
}

}  // namespace weir::link
