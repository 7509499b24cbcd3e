// How records, watermarks and the end of input pass from operator to operator within a lane.
#include <algorithm>
#include <utility>

#include "base/check.h"
#include "flow/lane_parts.h"

namespace weir::flow {
namespace {

using Kind = LaneItem::Kind;

// Of two watermarks with nothing between them, the later says it all.
bool same_watermark(const LaneItem& a, const LaneItem& b) {
  return a.kind == Kind::watermark && b.kind == a.kind && a.device == b.device &&
         a.input == b.input;
}

void note_devices(const data::Batch& batch, std::set<data::Device>& seen) {
  for (std::size_t i = 0; i < batch.size(); ++i) {
    if (i == 0 || batch.device(i) != batch.device(i - 1)) seen.insert(batch.device(i));
  }
}

}  // namespace

// The operator's end of a ticket.
class Lane::Handle final : public Deferred {
 public:
  Handle(std::weak_ptr<Lane> lane, std::shared_ptr<Ticket> ticket)
      : lane_(std::move(lane)), ticket_(std::move(ticket)) {}
  ~Handle() override { complete(nullptr); }

  void complete(Then then) override {
    const auto lane = lane_.lock();
    {
      const std::lock_guard lock(ticket_->mutex);
      if (ticket_->completed) return;
      if (lane != nullptr) ticket_->completed_ns = lane->services_.clock.monotonic_ns();
      ticket_->then = std::move(then);
      ticket_->completed = true;
    }
    if (lane != nullptr) lane->wake();
  }

 private:
  std::weak_ptr<Lane> lane_;
  std::shared_ptr<Ticket> ticket_;
};

void Lane::Calls::emit(std::size_t output, data::Batch batch) {
  if (batch.empty()) return;
  Node& from = *node_;
  CHECK(output < from.step.readers.size());
  if (from.source != nullptr) note_devices(batch, from.seen);
  add(from.counters.out, batch.size());
  const auto& readers = from.step.readers[output];
  for (const InputRef& reader : readers) {
    deliver(*lane_.nodes_[reader.step],
            {.kind = Kind::records, .input = reader.input, .batch = batch});
  }
  if (!readers.empty()) return;
  if (output == 0 && from.step.is_last()) {
    lane_.events_.result(from.step, batch);
  } else {
    add(from.counters.dropped, batch.size());
  }
}

void Lane::Calls::reject(const data::Batch&, std::size_t, const base::Error& reason) {
  reject(1, reason);
}

void Lane::Calls::reject(std::size_t records, const base::Error& reason) {
  add(node_->counters.errors, records);
  lane_.events_.rejected(node_->step, records, reason);
}

std::shared_ptr<Deferred> Lane::Calls::defer() {
  CHECK(node_->tickets.size() < node_->step.prepared.in_flight_max);
  auto ticket = std::make_shared<Ticket>();
  ticket->begun_ns = lane_.services_.clock.monotonic_ns();
  node_->tickets.push_back(ticket);
  lane_.deferred_ = true;
  return std::make_shared<Handle>(lane_.weak_from_this(), std::move(ticket));
}

void Lane::Calls::advance(data::Device device, std::int64_t time_ns) {
  forward(*node_, {.kind = Kind::watermark, .device = device, .time_ns = time_ns});
}

void Lane::Calls::deliver(Node& to, LaneItem item) {
  if (!to.defers()) return handle(to, std::move(item));
  if (to.waiting.empty() && ready(to, item)) return handle(to, std::move(item));
  if (item.kind == Kind::records) {
    const bool newest = lane_.plan_->live &&
                        to.step.contract().inputs[item.input].policy == contract::Policy::newest;
    if (newest) make_room(to, item);
    ++to.waiting_records;
  } else if (!to.waiting.empty() && same_watermark(to.waiting.back(), item)) {
    to.waiting.pop_back();
  }
  to.waiting.push_back(std::move(item));
}

bool Lane::Calls::ready(const Node& node, const LaneItem& item) {
  return item.kind == Kind::records ? node.tickets.size() < node.step.prepared.in_flight_max
                                    : node.tickets.empty();
}

void Lane::Calls::handle(Node& to, LaneItem item) {
  switch (item.kind) {
    case Kind::records:
      add(to.counters.in, item.batch.size());
      return as(to, [&] { to.op->process(item.input, item.batch, *this); });
    case Kind::watermark: return pass_watermark(to, item);
    case Kind::finish:
      if (--to.open_feeds > 0) return;
      as(to, [&] { to.op->finish(*this); });
      return forward_finish(to);
  }
}

void Lane::Calls::forward_finish(Node& from) {
  from.ended = true;
  --lane_.open_nodes_;
  forward(from, {.kind = Kind::finish});
}

// The newest wins: what waits, and all of `item` but its last record, is dropped.
void Lane::Calls::make_room(Node& to, LaneItem& item) {
  const auto older = [&](const LaneItem& waiting) {
    if (waiting.kind != Kind::records || waiting.input != item.input) return false;
    add(to.counters.dropped, waiting.batch.size());
    --to.waiting_records;
    return true;
  };
  std::erase_if(to.waiting, older);
  const auto kept = std::unique(to.waiting.rbegin(), to.waiting.rend(), same_watermark);
  to.waiting.erase(to.waiting.begin(), kept.base());
  if (item.batch.size() > 1) {
    add(to.counters.dropped, item.batch.size() - 1);
    item.batch = item.batch.slice(item.batch.size() - 1, 1);
  }
}

void Lane::Calls::pass_watermark(Node& to, const LaneItem& item) {
  const auto merged = to.merge(item.input, item.device, item.time_ns);
  if (!merged) return;
  fire_timers(to, item.device, *merged);
  LaneItem passed = item;
  as(to, [&] { passed.time_ns = to.op->watermark(item.device, *merged, *this); });
  forward(to, passed);
}

// Timers in order of time; one may set the next.
void Lane::Calls::fire_timers(Node& to, data::Device device, std::int64_t until_ns) {
  for (auto timer = to.timers.find(device); timer != to.timers.end() && timer->second <= until_ns;
       timer = to.timers.find(device)) {
    const std::int64_t time_ns = timer->second;
    to.timers.erase(timer);
    as(to, [&] { to.op->timer(Key{device}, time_ns, *this); });
  }
}

// To every reader of every port.
void Lane::Calls::forward(Node& from, const LaneItem& item) {
  for (const auto& readers : from.step.readers) {
    for (const InputRef& reader : readers) {
      LaneItem passed = item;
      passed.input = reader.input;
      deliver(*lane_.nodes_[reader.step], std::move(passed));
    }
  }
}

// Charges the time since the last switch to whoever ran.
void Lane::Calls::charge() {
  const std::int64_t now_ns = lane_.services_.clock.monotonic_ns();
  if (node_ != nullptr) add(node_->counters.busy_ns, now_ns - since_ns_);
  since_ns_ = now_ns;
}

}  // namespace weir::flow
