// A lane: one serial copy of a plan's operators, a task on the executor that is suspended while
// there is nothing to do.
//
// Records of one device always pass the same lane. Between synchronous operators an emit is a call;
// before an operator that defers its results stands a queue, whose policy belongs to the edge:
// lossless (a full one stops the sources) or, where sources are live, the newest wins. Watermarks
// and the end of input pass the same way as records and never overtake them.
//
// Thread-safe: start, stop, wake, counters, ended. Everything else happens in the lane's task.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "flow/plan.h"
#include "flow/services.h"

namespace weir::flow {

// What one operator did in one lane.
struct StepCounters {
  std::uint64_t in = 0;       // records
  std::uint64_t out = 0;      // records, all ports
  std::uint64_t dropped = 0;  // records left out on purpose or for want of time
  std::uint64_t errors = 0;   // records rejected
  std::int64_t busy_ns = 0;   // time in this operator, deferred work included
};

// What the lane's surroundings are told; called from lanes, so thread-safe.
struct LaneEvents {
  // Records of the first port of a step none of whose ports is read.
  std::function<void(const PlannedStep& step, const data::Batch& batch)> result;
  std::function<void(const PlannedStep& step, std::size_t records, const base::Error& reason)>
      rejected;
  std::function<void(const PlannedStep& step, const base::Error& reason)> source_failed;
  std::function<void()> ended;
};

class Lane : public std::enable_shared_from_this<Lane> {
 public:
  // Lossless records that may wait before a deferring operator; one call's output may exceed it.
  static constexpr std::size_t kWaitingMax = 2;
  // Polls in one turn of the task, so that lanes share the workers.
  static constexpr std::size_t kPollsMax = 16;

  Lane(std::shared_ptr<const Plan> plan, std::vector<data::Device> devices, Services& services,
       LaneEvents events);
  ~Lane();

  // Makes the operators and sources. Call once, before start.
  base::Result<> open();
  void start() { wake(); }
  // No more input is taken; what came before is processed to its end.
  void stop();
  void wake();
  // Lets go of the operators and sources. Call when no task of it is left.
  void close();
  bool ended() const { return ended_.load(std::memory_order_acquire); }
  std::vector<StepCounters> counters() const;

 private:
  class Node;
  class Calls;
  struct Ticket;
  class Handle;

  void run();
  bool turn();
  bool take_completed(Node& node);
  bool feed(Node& node);
  bool poll(Node& node);
  bool enough() const;
  void end_source(Node& node);

  std::shared_ptr<const Plan> plan_;
  std::vector<data::Device> devices_;
  Services& services_;
  LaneEvents events_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::unique_ptr<Calls> calls_;
  std::atomic<int> schedule_;
  std::atomic<bool> stopping_ = false;
  std::atomic<bool> ended_ = false;
  std::size_t open_nodes_ = 0;
  bool deferred_ = false;  // a call, in this turn
};

}  // namespace weir::flow
