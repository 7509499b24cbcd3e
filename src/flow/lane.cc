// A lane: how records, watermarks and the end of input pass from operator to operator.
#include "flow/lane.h"

#include <algorithm>
#include <deque>
#include <limits>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>

#include "base/check.h"

namespace weir::flow {
namespace {

// How the lane's task stands with the executor.
constexpr int kIdle = 0, kScheduled = 1, kWoken = 2;

// What passes an edge.
struct Item {
  enum class Kind : std::uint8_t { records, watermark, finish };
  Kind kind;
  std::size_t input = 0;
  data::Batch batch = {};
  data::Device device = 0;
  std::int64_t time_ns = 0;
};

// Counted by the lane, read by anyone.
struct AtomicCounters {
  std::atomic<std::uint64_t> in = 0, out = 0, dropped = 0, errors = 0;
  std::atomic<std::int64_t> busy_ns = 0;
};

template <class T, class U>
void add(std::atomic<T>& counter, U amount) {
  counter.fetch_add(static_cast<T>(amount), std::memory_order_relaxed);
}

}  // namespace

// One deferred call. Shared with the operator's promise.
struct Lane::Ticket {
  std::mutex mutex;
  bool completed = false;
  Deferred::Then then;
  std::int64_t begun_ns = 0, completed_ns = 0;
};

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

// One step of the plan in this lane.
class Lane::Node {
 public:
  explicit Node(const PlannedStep& planned)
      : step(planned), watermarks(planned.feeds), open_feeds(planned.feeds) {}

  const PlannedStep& step;
  std::unique_ptr<Operator> op;
  std::unique_ptr<Source> source;
  AtomicCounters counters;

  std::deque<Item> waiting;                     // before a deferring operator
  std::size_t waiting_records = 0;              // items of kind records among them
  std::deque<std::shared_ptr<Ticket>> tickets;  // deferred calls, in the order of their results

  std::unordered_map<std::uint32_t, std::int64_t> timers;                  // by key
  std::vector<std::unordered_map<data::Device, std::int64_t>> watermarks;  // an edge
  std::set<data::Device> seen;                                             // by a source
  std::size_t open_feeds;  // edges that have not ended
  bool ended = false;

  bool defers() const { return step.prepared.in_flight_max > 0; }

  // The watermark of `device` over all edges, after one of them moved on; nothing while some edge
  // has none.
  std::optional<std::int64_t> merge(std::size_t edge, data::Device device, std::int64_t time_ns) {
    watermarks[edge][device] = time_ns;
    std::int64_t least = time_ns;
    for (const auto& of_edge : watermarks) {
      const auto found = of_edge.find(device);
      if (found == of_edge.end()) return std::nullopt;
      least = std::min(least, found->second);
    }
    return least;
  }
};

// Calls operators one inside the other and keeps account of whose time it is.
class Lane::Calls final : public Context, public SourceContext {
 public:
  explicit Calls(Lane& lane) : lane_(lane) {}

  // Runs `body` as `node`: what it emits, rejects and costs is the node's.
  template <class Body>
  void as(Node& node, Body&& body) {
    Node* const before = node_;
    charge();
    node_ = &node;
    body();
    charge();
    node_ = before;
  }

  void emit(std::size_t output, data::Batch batch) override {
    if (batch.empty()) return;
    Node& from = *node_;
    CHECK(output < from.step.readers.size());
    if (from.source != nullptr) note_devices(from, batch);
    add(from.counters.out, batch.size());
    const auto& readers = from.step.readers[output];
    for (const InputRef& reader : readers) {
      deliver(*lane_.nodes_[reader.step],
              {.kind = Item::Kind::records, .input = reader.input, .batch = batch});
    }
    if (!readers.empty()) return;
    if (output == 0 && from.step.is_last()) {
      lane_.events_.result(from.step, batch);
    } else {
      add(from.counters.dropped, batch.size());
    }
  }

  void set_timer(Key key, std::int64_t time_ns) override { node_->timers[key.id] = time_ns; }

  void reject(const data::Batch&, std::size_t, const base::Error& reason) override {
    reject(1, reason);
  }
  void reject(std::size_t records, const base::Error& reason) override {
    add(node_->counters.errors, records);
    lane_.events_.rejected(node_->step, records, reason);
  }
  void drop(std::size_t records) override { add(node_->counters.dropped, records); }

  std::shared_ptr<Deferred> defer() override {
    CHECK(node_->tickets.size() < node_->step.prepared.in_flight_max);
    auto ticket = std::make_shared<Ticket>();
    ticket->begun_ns = lane_.services_.clock.monotonic_ns();
    node_->tickets.push_back(ticket);
    return std::make_shared<Handle>(lane_.weak_from_this(), std::move(ticket));
  }

  void advance(data::Device device, std::int64_t time_ns) override {
    forward_watermark(*node_, device, time_ns);
  }

  // An item arrives at a step: processed now, or put behind what waits there.
  void deliver(Node& to, Item item) {
    if (!to.defers()) return handle(to, std::move(item));
    if (to.waiting.empty() && ready(to, item)) return handle(to, std::move(item));
    if (item.kind == Item::Kind::records) {
      const bool newest = lane_.plan_->live && policy(to, item.input) == contract::Policy::newest;
      if (newest) make_room(to, item);
      ++to.waiting_records;
    } else if (!to.waiting.empty() && same_watermark(to.waiting.back(), item)) {
      to.waiting.pop_back();
    }
    to.waiting.push_back(std::move(item));
  }

  // Whether a deferring step can take `item` now. Results keep their order, so what is no record
  // waits for them.
  static bool ready(const Node& node, const Item& item) {
    return item.kind == Item::Kind::records ? node.tickets.size() < node.step.prepared.in_flight_max
                                            : node.tickets.empty();
  }

  void handle(Node& to, Item item) {
    switch (item.kind) {
      case Item::Kind::records:
        add(to.counters.in, item.batch.size());
        return as(to, [&] { to.op->process(item.input, item.batch, *this); });
      case Item::Kind::watermark: return pass_watermark(to, item);
      case Item::Kind::finish:
        if (--to.open_feeds == 0) finish(to);
        return;
    }
  }

  void forward_finish(Node& from) {
    from.ended = true;
    --lane_.open_nodes_;
    for (const auto& readers : from.step.readers) {
      for (const InputRef& reader : readers) {
        deliver(*lane_.nodes_[reader.step], {.kind = Item::Kind::finish, .input = reader.input});
      }
    }
  }

 private:
  static contract::Policy policy(const Node& node, std::size_t input) {
    return node.step.contract().inputs[input].policy;
  }

  // Of two watermarks with nothing between them, the later says it all.
  static bool same_watermark(const Item& a, const Item& b) {
    return a.kind == Item::Kind::watermark && b.kind == a.kind && a.device == b.device &&
           a.input == b.input;
  }

  // The newest wins: what waits, and all of `item` but its last record, is dropped.
  static void make_room(Node& to, Item& item) {
    const auto older = [&](const Item& waiting) {
      if (waiting.kind != Item::Kind::records || waiting.input != item.input) return false;
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

  void pass_watermark(Node& to, const Item& item) {
    const auto merged = to.merge(item.input, item.device, item.time_ns);
    if (!merged) return;
    fire_timers(to, item.device, *merged);
    std::int64_t passed = *merged;
    as(to, [&] { passed = to.op->watermark(item.device, *merged, *this); });
    forward_watermark(to, item.device, passed);
  }

  // Timers in order of time; one may set the next.
  void fire_timers(Node& to, data::Device device, std::int64_t until_ns) {
    for (auto timer = to.timers.find(device); timer != to.timers.end() && timer->second <= until_ns;
         timer = to.timers.find(device)) {
      const std::int64_t time_ns = timer->second;
      to.timers.erase(timer);
      as(to, [&] { to.op->timer(Key{device}, time_ns, *this); });
    }
  }

  void forward_watermark(Node& from, data::Device device, std::int64_t time_ns) {
    for (const auto& readers : from.step.readers) {
      for (const InputRef& reader : readers) {
        deliver(*lane_.nodes_[reader.step], {.kind = Item::Kind::watermark,
                                             .input = reader.input,
                                             .device = device,
                                             .time_ns = time_ns});
      }
    }
  }

  void finish(Node& node) {
    as(node, [&] { node.op->finish(*this); });
    forward_finish(node);
  }

  static void note_devices(Node& from, const data::Batch& batch) {
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (i == 0 || batch.device(i) != batch.device(i - 1)) from.seen.insert(batch.device(i));
    }
  }

  // Charges the time since the last switch to whoever ran.
  void charge() {
    const std::int64_t now_ns = lane_.services_.clock.monotonic_ns();
    if (node_ != nullptr) add(node_->counters.busy_ns, now_ns - since_ns_);
    since_ns_ = now_ns;
  }

  Lane& lane_;
  Node* node_ = nullptr;
  std::int64_t since_ns_ = 0;
};

Lane::Lane(std::shared_ptr<const Plan> plan, std::vector<data::Device> devices, Services& services,
           LaneEvents events)
    : plan_(std::move(plan)),
      devices_(std::move(devices)),
      services_(services),
      events_(std::move(events)),
      calls_(std::make_unique<Calls>(*this)),
      schedule_(kIdle) {}

Lane::~Lane() = default;

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
  schedule_.store(kScheduled, std::memory_order_release);
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
    for (std::size_t polls = 0; polls < kPollsMax && !node->ended && !congested(); ++polls) {
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
    Item item = std::move(node.waiting.front());
    node.waiting.pop_front();
    if (item.kind == Item::Kind::records) --node.waiting_records;
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

bool Lane::congested() const {
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
    const AtomicCounters& c = node->counters;
    out.push_back({c.in.load(), c.out.load(), c.dropped.load(), c.errors.load(), c.busy_ns.load()});
  }
  return out;
}

}  // namespace weir::flow
