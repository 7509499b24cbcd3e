// How an operator behaves, and what it makes of its parameters before it runs.
//
// An operator is prepared once a pipeline and made once a lane. In its lane it is called serially,
// so it needs no locks, and it never blocks. A batch border means nothing: any splitting or joining
// of batches gives the same output. Time is known only from records, watermarks and timers, so that
// a replay of the log gives the same output again.
#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "contract/contract.h"
#include "data/batch.h"
#include "flow/services.h"
#include "flow/state.h"

namespace weir::flow {

class Context;

// A promise of results that come later, from another thread. Made by Context::defer.
class Deferred {
 public:
  using Then = std::move_only_function<void(Context&)>;
  virtual ~Deferred() = default;
  // Thread-safe, at most once. `then` runs in the lane, after everything deferred or emitted before
  // it, and may emit. Destroying the promise without completing it counts as completed with
  // nothing.
  virtual void complete(Then then) = 0;
};

// What an operator may do while it is called; valid only during the call.
class Context {
 public:
  virtual ~Context() = default;
  virtual void emit(std::size_t output, data::Batch batch) = 0;
  // Calls `timer` once, when the watermark of the key's device reaches `time_ns`; a second timer of
  // a key replaces the first.
  virtual void set_timer(Key key, std::int64_t time_ns) = 0;
  // A record that cannot be processed: counted as an error and told with the reason; the others go
  // on.
  virtual void reject(const data::Batch& batch, std::size_t index, const base::Error& reason) = 0;
  // Records left out on purpose, such as frames that cannot be decoded before a keyframe: counted,
  // not an error.
  virtual void drop(std::size_t records) = 0;
  // Only where Prepared::in_flight_max > 0: the results of this call come later.
  virtual std::shared_ptr<Deferred> defer() = 0;
};

class Operator {
 public:
  virtual ~Operator() = default;
  virtual void process(std::size_t input, const data::Batch& batch, Context& context) = 0;
  // Nothing of `device` earlier than `time_ns` will come. Returns up to when that holds for the
  // outputs: earlier where records are held back (a decoder). Called in the order of the records.
  virtual std::int64_t watermark(data::Device, std::int64_t time_ns, Context&) { return time_ns; }
  virtual void timer(Key, std::int64_t /*time_ns*/, Context&) {}
  // No input will come any more: emit what is held back. Not called on a checkpoint.
  virtual void finish(Context&) {}
  // The keyed state of an operator whose contract says so, for checkpoints; null otherwise.
  virtual StateTable* state() { return nullptr; }
};

// What a source may do while it is polled.
class SourceContext {
 public:
  virtual ~SourceContext() = default;
  virtual void emit(std::size_t output, data::Batch batch) = 0;
  // Nothing of `device` earlier than `time_ns` will come.
  virtual void advance(data::Device device, std::int64_t time_ns) = 0;
  virtual void reject(std::size_t records, const base::Error& reason) = 0;
  virtual void drop(std::size_t records) = 0;
};

enum class Poll : std::uint8_t {
  again,  // there may be more right now
  idle,   // nothing now; the waker will be called when there is
  end,    // nothing ever again
};

// An operator without inputs: a lane polls it when it can take more. Never blocks: what must wait
// has a thread of its own and calls the waker.
class Source {
 public:
  virtual ~Source() = default;
  // Emits a bounded number of records that are there now. An error ends the source and is the
  // instance's last error.
  virtual base::Result<Poll> poll(SourceContext& context) = 0;
};

// Wakes a lane: thread-safe, cheap, may be called any number of times and after the lane is gone.
using Waker = std::function<void()>;

// What a lane gives to the source it makes.
struct LaneStart {
  std::vector<data::Device> devices;  // those of this lane
  Waker waker;
};

// Parameters of one step, with the values that differ from device to device.
class RawParams {
 public:
  std::shared_ptr<const void> shared;
  std::map<data::Device, std::shared_ptr<const void>>
      by_device;  // empty where no parameter is per device
};

template <class P>
class Bound {
 public:
  explicit Bound(RawParams raw) : raw_(std::move(raw)) {}
  const P& shared() const { return *static_cast<const P*>(raw_.shared.get()); }
  const P& of(data::Device device) const {
    const auto found = raw_.by_device.find(device);
    return found == raw_.by_device.end() ? shared() : *static_cast<const P*>(found->second.get());
  }

 private:
  RawParams raw_;
};

// What an operator finds when it is prepared.
struct Preparation {
  std::string step;                     // id in its pipeline
  std::vector<data::SchemaRef> inputs;  // a schema an input port
  std::vector<data::Device> devices;    // all devices of the deployment
  Services& services;
  std::map<std::string, std::string, std::less<>> slots =
      {};                   // a parameter filled by a slot: the slot's name
  std::string blamed = {};  // the parameter at fault, so that the message points at its line

  // return preparation.fail("where", Code::schema, "…"): an error that points at a parameter (""
  // for the step).
  std::unexpected<base::Error> fail(std::string_view param, base::Code code, std::string message) {
    blamed = param;
    return base::fail(code, std::move(message));
  }
};

// What an operator makes of its parameters and inputs: the schemas of its outputs and a maker for
// each lane.
struct Prepared {
  std::vector<data::SchemaRef> outputs;
  std::function<std::unique_ptr<Operator>()> make = {};  // of an operator
  std::function<base::Result<std::unique_ptr<Source>>(const LaneStart&)> make_source =
      {};                        // of a source
  bool live = false;             // a source that does not wait for those behind it
  bool lane_per_device = false;  // a source of video: a lane a camera
  // Paths of files. No step may write one that another step reads or writes.
  std::vector<std::string> reads = {}, writes = {};
  std::size_t in_flight_max = 0;  // deferred calls at one time; 0 = never defers
};

// An operator as the engine sees it. A constant; made by operator_type, listed in operators/all.cc.
struct OperatorType {
  const contract::Contract* contract;
  std::shared_ptr<void> (*new_params)();
  base::Result<Prepared> (*prepare)(const RawParams& params, Preparation& preparation);
};

// Op has a type Params and `static base::Result<Prepared> prepare(const Bound<Params>&,
// Preparation&)`.
template <class Op>
constexpr OperatorType operator_type(const contract::Contract& contract) {
  using P = typename Op::Params;
  return {&contract, []() -> std::shared_ptr<void> { return std::make_shared<P>(); },
          [](const RawParams& params, Preparation& preparation) {
            return Op::prepare(Bound<P>(params), preparation);
          }};
}

}  // namespace weir::flow
