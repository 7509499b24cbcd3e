// A lane: when its task runs, and what it does in a turn.
#include "flow/lane.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "flow/lane_parts.h"

namespace weir::flow {
namespace {

// How the lane's task stands with the executor.
constexpr int kIdle = 0, kScheduled = 1, kWoken = 2;

}  // namespace

Lane::Lane(std::shared_ptr<const Plan> plan, std::vector<data::Device> devices, Services& services,
           LaneEvents events)
    : plan_(std::move(plan)),
      devices_(std::move(devices)),
      services_(services),
      events_(std::move(events)),
      calls_(std::make_unique<Calls>(*this)),
      schedule_(kIdle) {}

Lane::~Lane() = default;

void Lane::close() {
  schedule_.store(kWoken, std::memory_order_release);  // no wake-up posts it again
  nodes_.clear();
}

base::Result<> Lane::open() {
  const LaneStart start = {devices_, [weak = weak_from_this()] {
                             if (const auto lane = weak.lock()) lane->wake();
                           }};
  for (const PlannedStep& step : plan_->steps) {
    auto node = std::make_unique<Node>(step);
    if (step.source()) {
      TRY(node->source, step.prepared.make_source(start));
    } else {
      node->op = step.prepared.make();
    }
    nodes_.push_back(std::move(node));
  }
  open_nodes_ = nodes_.size();
  return {};
}

void Lane::stop() {
  stopping_.store(true, std::memory_order_release);
  wake();
}

void Lane::wake() {
  int seen = schedule_.load(std::memory_order_acquire);
  for (;;) {
    if (seen == kWoken) return;
    const int next = seen == kIdle ? kScheduled : kWoken;
    if (!schedule_.compare_exchange_weak(seen, next, std::memory_order_acq_rel)) continue;
    if (seen == kIdle) services_.executor.post([self = shared_from_this()] { self->run(); });
    return;
  }
}

void Lane::run() {
  // Reads and writes at once: with a store alone, what stop() wrote before it woke the lane might
  // not be seen below while the store undoes that wake-up.
  schedule_.exchange(kScheduled, std::memory_order_acq_rel);
  const bool more = turn();
  if (open_nodes_ == 0) {
    if (!ended_.exchange(true, std::memory_order_acq_rel)) events_.ended();
    return;  // stays scheduled, so that no wake-up posts it again
  }
  int expected = kScheduled;
  if (!more && schedule_.compare_exchange_strong(expected, kIdle, std::memory_order_acq_rel))
    return;
  services_.executor.post([self = shared_from_this()] { self->run(); });
}

// One turn: results first, then what waits, then new input. True where there may be more to do at
// once.
bool Lane::turn() {
  bool progressed = false;
  deferred_ = false;
  for (const auto& node : nodes_) {
    if (!node->defers()) continue;
    progressed |= take_completed(*node);
    progressed |= feed(*node);
  }
  for (const auto& node : nodes_) {
    if (node->source == nullptr || node->ended) continue;
    if (stopping_.load(std::memory_order_acquire)) {
      end_source(*node);
      progressed = true;
      continue;
    }
    for (std::size_t polls = 0; polls < kPollsMax && !node->ended && !enough(); ++polls) {
      if (!poll(*node)) break;
      progressed = true;
    }
  }
  return progressed;
}

bool Lane::take_completed(Node& node) {
  bool any = false;
  while (!node.tickets.empty()) {
    const std::shared_ptr<Ticket> ticket = node.tickets.front();
    Deferred::Then then;
    {
      const std::lock_guard lock(ticket->mutex);
      if (!ticket->completed) return any;
      then = std::move(ticket->then);
    }
    node.tickets.pop_front();
    add(node.counters.busy_ns, std::max<std::int64_t>(0, ticket->completed_ns - ticket->begun_ns));
    if (then) calls_->as(node, [&] { then(*calls_); });
    any = true;
  }
  return any;
}

bool Lane::feed(Node& node) {
  bool any = false;
  while (!node.waiting.empty() && Calls::ready(node, node.waiting.front())) {
    LaneItem item = std::move(node.waiting.front());
    node.waiting.pop_front();
    if (item.kind == LaneItem::Kind::records) --node.waiting_records;
    calls_->handle(node, std::move(item));
    any = true;
  }
  return any;
}

bool Lane::poll(Node& node) {
  base::Result<Poll> polled = Poll::idle;
  calls_->as(node, [&] { polled = node.source->poll(*calls_); });
  if (!polled) events_.source_failed(node.step, polled.error());
  if (!polled || *polled == Poll::end) end_source(node);
  return !polled || *polled != Poll::idle;
}

// Whether more input should wait. Where the newest does not win, a deferred call comes first, which
// the executor runs before the next turn: it finds the picture that was just made in the
// processor's caches. Other workers take the next turn meanwhile.
bool Lane::enough() const {
  if (deferred_ && !plan_->live) return true;
  return std::ranges::any_of(
      nodes_, [&](const auto& node) { return node->waiting_records >= kWaitingMax; });
}

// All that was held for later records is due now.
void Lane::end_source(Node& node) {
  for (const data::Device device : node.seen) {
    calls_->as(node, [&] { calls_->advance(device, std::numeric_limits<std::int64_t>::max()); });
  }
  calls_->forward_finish(node);
}

std::vector<StepCounters> Lane::counters() const {
  std::vector<StepCounters> out;
  for (const auto& node : nodes_) {
    const LaneCounters& c = node->counters;
    out.push_back({c.in.load(), c.out.load(), c.dropped.load(), c.errors.load(), c.busy_ns.load()});
  }
  return out;
}

}  // namespace weir::flow
