// The parts of a lane, private to it: its steps, what waits between them, and how they call each
// other.
//
// All of it belongs to the lane's task, except tickets, which are completed from anywhere.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <unordered_map>
#include <utility>
#include <vector>

#include "flow/lane.h"

namespace weir::flow {

// What passes an edge.
struct LaneItem {
  enum class Kind : std::uint8_t { records, watermark, finish };
  Kind kind;
  std::size_t input = 0;
  data::Batch batch = {};
  data::Device device = 0;
  std::int64_t time_ns = 0;
};

// Counted by the lane, read by anyone.
struct LaneCounters {
  std::atomic<std::uint64_t> in = 0, out = 0, dropped = 0, errors = 0;
  std::atomic<std::int64_t> busy_ns = 0;
};

template <class T, class U>
void add(std::atomic<T>& counter, U amount) {
  counter.fetch_add(static_cast<T>(amount), std::memory_order_relaxed);
}

// One deferred call. Shared with the operator's promise.
struct Lane::Ticket {
  std::mutex mutex;
  bool completed = false;
  Deferred::Then then;
  std::int64_t begun_ns = 0, completed_ns = 0;
};

// One step of the plan in this lane.
class Lane::Node {
 public:
  explicit Node(const PlannedStep& planned)
      : step(planned), watermarks(planned.feeds), open_feeds(planned.feeds) {}

  const PlannedStep& step;
  std::unique_ptr<Operator> op;
  std::unique_ptr<Source> source;
  LaneCounters counters;

  std::deque<LaneItem> waiting;                 // before a deferring operator
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

  void emit(std::size_t output, data::Batch batch) override;
  void set_timer(Key key, std::int64_t time_ns) override { node_->timers[key.id] = time_ns; }
  void reject(const data::Batch& batch, std::size_t index, const base::Error& reason) override;
  void reject(std::size_t records, const base::Error& reason) override;
  void drop(std::size_t records) override { add(node_->counters.dropped, records); }
  std::shared_ptr<Deferred> defer() override;
  void advance(data::Device device, std::int64_t time_ns) override;

  // An item arrives at a step: processed now, or put behind what waits there.
  void deliver(Node& to, LaneItem item);
  // Whether a deferring step can take `item` now. Results keep their order, so what is no record
  // waits for them.
  static bool ready(const Node& node, const LaneItem& item);
  void handle(Node& to, LaneItem item);
  void forward_finish(Node& from);

 private:
  static void make_room(Node& to, LaneItem& item);
  void pass_watermark(Node& to, const LaneItem& item);
  void fire_timers(Node& to, data::Device device, std::int64_t until_ns);
  void forward(Node& from, const LaneItem& item);
  void charge();

  Lane& lane_;
  Node* node_ = nullptr;
  std::int64_t since_ns_ = 0;
};

}  // namespace weir::flow
