// Harness: one step of a pipeline, from its YAML through contract and planner into a real lane.
//
// For tests only; belongs to one thread. Time stands still, deferred work runs when the lane waits,
// and services write down what they were given. Devices `a` and `b` are of product `thing`, whose
// attribute `drain` is a region.
#pragma once

#include <gtest/gtest.h>

#include <cstdlib>
#include <deque>
#include <filesystem>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "contract/catalogue.h"
#include "contract/check.h"
#include "contract/document.h"
#include "data/json.h"
#include "flow/lane.h"
#include "flow/planner.h"
#include "flow/services.h"
#include "infer/runtime.h"
#include "operators/all.h"

namespace weir::operators::testing {

// A folder that is gone after the test, and in which it runs.
class WorkingFolder {
 public:
  WorkingFolder() : before_(std::filesystem::current_path()) {
    std::string pattern = ::testing::TempDir() + "weir-operators-XXXXXX";
    path_ = mkdtemp(pattern.data());
    std::filesystem::current_path(path_);
  }
  ~WorkingFolder() {
    std::filesystem::current_path(before_);
    std::filesystem::remove_all(path_);
  }
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

  static void write(const std::string& name, const std::string& content) {
    const auto folder = std::filesystem::path(name).parent_path();
    if (!folder.empty()) std::filesystem::create_directories(folder);
    std::ofstream(name, std::ios::binary) << content;
  }
  static std::string read(const std::string& name) {
    std::ifstream file(name, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
  }

 private:
  std::filesystem::path before_, path_;
};

class KeptAlerts final : public flow::Alerts {
 public:
  base::Result<> raise(const flow::Alert& alert) override {
    if (fails > 0) {
      --fails;
      return base::fail(base::Code::io, "no place for alerts");
    }
    raised.push_back(alert);
    return {};
  }
  std::vector<flow::Alert> raised;
  int fails = 0;  // so many calls
};

// Streams that hold packets and then nothing.
class KeptStreams final : public flow::Streams {
 public:
  using Next = flow::StreamReader::Next;
  base::Result<std::unique_ptr<flow::StreamReader>> open(data::Device device,
                                                         std::string_view property,
                                                         std::function<void()> waker) override {
    if (property != "video") return base::fail(base::Code::unknown_name, "no such stream");
    wakers.push_back(std::move(waker));
    return std::make_unique<Reader>(packets[device]);
  }
  std::map<data::Device, std::deque<Next>> packets;
  std::vector<std::function<void()>> wakers;

 private:
  class Reader final : public flow::StreamReader {
   public:
    explicit Reader(std::deque<Next>& packets) : packets_(packets) {}
    Next next() override {
      if (packets_.empty()) return {};
      Next next = std::move(packets_.front());
      packets_.pop_front();
      return next;
    }

   private:
    std::deque<Next>& packets_;
  };
};

class LoadedModels final : public flow::Models {
 public:
  base::Result<std::shared_ptr<const infer::Model>> open(const std::string& folder,
                                                         const std::string& weights) override {
    TRY(auto runtime, infer::Runtime::load());
    return infer::load_model(std::move(runtime), folder, weights);
  }
};

// The source of what a test gives, in the place of an input.
class Given {
 public:
  struct Params {};
  static inline data::SchemaRef schema;
  static inline std::deque<data::Batch> batches;

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>&, flow::Preparation&) {
    flow::Prepared prepared;
    prepared.outputs = {schema};
    prepared.make_source =
        [](const flow::LaneStart&) -> base::Result<std::unique_ptr<flow::Source>> {
      return std::make_unique<Source>();
    };
    return prepared;
  }

 private:
  class Source final : public flow::Source {
   public:
    base::Result<flow::Poll> poll(flow::SourceContext& context) override {
      if (batches.empty()) return flow::Poll::end;
      const data::Batch batch = std::move(batches.front());
      batches.pop_front();
      context.emit(0, batch);
      for (std::size_t i = 0; i < batch.size(); ++i)
        context.advance(batch.device(i), batch.time_ns(i));
      return flow::Poll::again;
    }
  };
};
inline constexpr contract::Port kGivenOutputs[] = {{"out", "What a test gives."}};
inline constexpr contract::Contract kGivenContract = {.name = "given",
                                                      .summary = "Gives what a test gives.",
                                                      .description = "For tests.",
                                                      .since = "0.1",
                                                      .group = contract::Group::input,
                                                      .outputs = kGivenOutputs,
                                                      .example = "given"};
inline constexpr flow::OperatorType kGiven = flow::operator_type<Given>(kGivenContract);

// What came of a run.
struct Ran {
  std::string mistakes;  // of the plan or of opening the lane; the rest is empty then
  data::SchemaRef schema;
  std::vector<data::Batch> batches;
  std::vector<std::string> records;  // as JSON
  std::vector<std::string> reasons;  // why records were rejected, or the source failed
  flow::StepCounters counters;       // of the step

  bool operator==(const Ran& other) const {
    return mistakes == other.mistakes && records == other.records && reasons == other.reasons &&
           counters.dropped == other.counters.dropped && counters.errors == other.counters.errors;
  }
};

class Harness {
 public:
  Harness() {
    for (const flow::OperatorType* type : all()) {
      types_.push_back(type);
      contracts_.push_back(type->contract);
    }
    types_.push_back(&kGiven);
    contracts_.push_back(&kGivenContract);
    a = devices.id("a");
    b = devices.id("b");
  }

  // Plans `step`, as it stands in a pipeline, behind records of this schema (an input: in front).
  // Null, and the mistakes, where it cannot be.
  std::shared_ptr<const flow::Plan> plan(const std::string& step, const data::SchemaRef& schema,
                                         std::string& mistakes) {
    Given::schema = schema;
    const std::string given = schema == nullptr ? "" : "  - given\n";
    data::Diagnostics diagnostics;
    contract::Documents documents;
    contract::read_documents(
        "{kind: Product, name: thing, properties: {video: {type: stream}}, attributes: {drain: "
        "{type: region}}}\n"
        "---\n{kind: Device, name: a, product: thing, driver: simulated, attributes: {drain: [[0, "
        "0], [0.5, 0], [0.5, "
        "0.5], [0, 0.5]]}}\n"
        "---\n{kind: Device, name: b, product: thing, driver: simulated, attributes: {drain: "
        "[[0.5, 0.5], [1, 0.5], "
        "[1, 1]]}}\n"
        "---\nkind: Pipeline\nname: p\nsteps:\n" +
            given + "  - " + step +
            "\n---\n{kind: Deployment, name: test, pipeline: p, devices: {product: thing}" + fills +
            "}\n",
        "test.yaml", documents, diagnostics);
    const contract::Catalogue catalogue(contracts_);
    if (diagnostics.empty()) contract::check(documents, catalogue, diagnostics);
    std::shared_ptr<const flow::Plan> plan;
    if (diagnostics.empty()) {
      plan =
          flow::make_plan(documents.deployments.front(), documents, types_, services, diagnostics);
    }
    mistakes = diagnostics.text();
    return plan;
  }

  Ran run(const std::string& step, const std::vector<data::Batch>& batches) {
    Given::batches.assign(batches.begin(), batches.end());
    return run(step, batches.empty() ? nullptr : batches.front().schema());
  }
  // An input, which is asked for all it has.
  Ran run(const std::string& step) { return run(step, data::SchemaRef()); }

  base::ManualClock clock;
  base::MemoryLog log;
  base::SerialExecutor executor{clock};
  data::Dictionary devices;
  KeptAlerts alerts;
  KeptStreams streams;
  LoadedModels models;
  flow::Services services{.clock = clock,
                          .log = log,
                          .executor = executor,
                          .devices = devices,
                          .epoch = 7,
                          .deployment = "test",
                          .models = &models,
                          .streams = &streams,
                          .alerts = &alerts};
  std::string fills;  // of the deployment's slots: ", models: {…}"
  data::Device a = 0, b = 0;

 private:
  Ran run(const std::string& step, const data::SchemaRef& schema) {
    Ran ran;
    const auto plan = this->plan(step, schema, ran.mistakes);
    if (plan == nullptr) return ran;
    ran.schema = plan->steps.back().prepared.outputs.empty()
                     ? nullptr
                     : plan->steps.back().prepared.outputs.front();
    flow::LaneEvents events{
        .result =
            [&](const flow::PlannedStep&, const data::Batch& batch) {
              ran.batches.push_back(batch);
              for (std::size_t i = 0; i < batch.size(); ++i) {
                data::append_record_json(ran.records.emplace_back(), batch, i, devices);
              }
            },
        .rejected = [&](const flow::PlannedStep&, std::size_t,
                        const base::Error& reason) { ran.reasons.push_back(reason.message); },
        .source_failed =
            [&](const flow::PlannedStep&, const base::Error& reason) {
              ran.reasons.push_back("failed: " + reason.message);
            },
        .ended = [] {},
    };
    const auto lane =
        std::make_shared<flow::Lane>(plan, plan->devices, services, std::move(events));
    if (const auto opened = lane->open(); !opened) {
      ran.mistakes = opened.error().message;
      return ran;
    }
    lane->start();
    executor.run_until_idle();
    lane->stop();
    executor.run_until_idle();
    EXPECT_TRUE(lane->ended());
    ran.counters = lane->counters().back();
    return ran;
  }

  std::vector<const flow::OperatorType*> types_;
  std::vector<const contract::Contract*> contracts_;
};

// Each record a batch of its own.
inline std::vector<data::Batch> split(const data::Batch& batch) {
  std::vector<data::Batch> out;
  for (std::size_t i = 0; i < batch.size(); ++i) out.push_back(batch.slice(i, 1));
  return out;
}

// The same records as a selection among others.
inline data::Batch hidden(const data::Batch& batch) {
  data::BatchBuilder builder(batch.schema());
  std::vector<std::uint32_t> rows;
  for (std::size_t i = 0; i < batch.size(); ++i) {
    for (const std::size_t from : {batch.size() - 1 - i, i}) {
      for (std::size_t column = 0; column < batch.columns().size(); ++column) {
        builder.column(column).append_from(batch.column(column), batch.row(from));
      }
      builder.end_record(batch.time_ns(from), batch.device(from));
    }
    rows.push_back(static_cast<std::uint32_t>(2 * i + 1));
  }
  return builder.finish().select(std::move(rows));
}

// A context that takes nothing: for calls that must do nothing.
class Nothing final : public flow::Context {
 public:
  void emit(std::size_t, data::Batch batch) override { EXPECT_TRUE(batch.empty()); }
  void set_timer(flow::Key, std::int64_t) override { ADD_FAILURE() << "a timer"; }
  void reject(const data::Batch&, std::size_t, const base::Error& reason) override {
    ADD_FAILURE() << reason.message;
  }
  void drop(std::size_t records) override { EXPECT_EQ(records, 0U); }
  std::shared_ptr<flow::Deferred> defer() override {
    ADD_FAILURE() << "deferred";
    return nullptr;
  }
};

// Runs the step on the batch whole and returns what came of it, having checked that batch borders
// and selections change nothing and that a batch without records does nothing. `reset` is called
// before each run.
template <class Reset>
Ran run_however_split(Harness& harness, const std::string& step, const data::Batch& batch,
                      Reset reset) {
  reset();
  Ran whole = harness.run(step, {batch});
  EXPECT_EQ(whole.mistakes, "");
  reset();
  EXPECT_TRUE(harness.run(step, split(batch)) == whole) << "record by record";
  reset();
  EXPECT_TRUE(harness.run(step, {hidden(batch)}) == whole) << "selected among others";
  if (batch.size() > 1) {
    reset();
    EXPECT_TRUE(harness.run(step, {batch.slice(0, 1), batch.slice(1, batch.size() - 1)}) == whole)
        << "in two batches";
  }
  std::string mistakes;
  if (const auto plan = harness.plan(step, batch.schema(), mistakes)) {
    Nothing nothing;
    plan->steps.back().prepared.make()->process(0, batch.slice(0, 0), nothing);
  }
  return whole;
}

inline Ran run_however_split(Harness& harness, const std::string& step, const data::Batch& batch) {
  return run_however_split(harness, step, batch, [] {});
}

}  // namespace weir::operators::testing
