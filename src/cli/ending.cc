// The end of a run.
#include "cli/ending.h"

#include <string>

#include "base/stop_guard.h"

namespace weir::cli {
namespace {

constexpr std::int64_t kPollNs = 100'000'000;

}  // namespace

Ending::Ending(const base::Clock& clock) : clock_(clock), thread_([this] { watch(); }) {}

Ending::~Ending() {
  over_.store(true, std::memory_order_release);
  thread_.join();
}

bool Ending::ask() {
  std::int64_t never = kNever;
  return asked_ns_.compare_exchange_strong(never, clock_.monotonic_ns(), std::memory_order_acq_rel);
}

void Ending::watch() {
  while (!over_.load(std::memory_order_acquire)) {
    if (signals_.wait(kPollNs) && !ask()) leave("a second signal came");
    if (asked() && clock_.monotonic_ns() - asked_ns_.load() > kGraceNs)
      leave("something still blocked when its time was over");
  }
}

void Ending::leave(std::string_view reason) {
  base::end_process("weir: ended at once: " + std::string(reason) + "\n");
}

}  // namespace weir::cli
