// Harness: one step of a pipeline, from its YAML through contract and planner into a real lane.
//
// For tests only; belongs to one thread. Time stands still, deferred work runs when the lane waits,
// and services write down what they were given. Devices `a` and `b` are of product `thing`, whose
// attribute `drain` is a region.
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/executor.h"
#include "base/log.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "flow/lane.h"
#include "flow/operator.h"
#include "flow/plan.h"
#include "flow/services.h"

namespace weir::operators::testing {

// A folder that is gone after the test, and in which it runs.
class WorkingFolder {
 public:
  WorkingFolder();
  ~WorkingFolder();
  WorkingFolder(const WorkingFolder&) = delete;
  WorkingFolder& operator=(const WorkingFolder&) = delete;

  void write(const std::string& name, std::string_view content) const;  // makes its folders
  void make_folder(const std::string& name) const;
  std::string read(const std::string& name) const;  // "" where there is none

 private:
  std::string before_, path_;
};

class KeptAlerts final : public flow::Alerts {
 public:
  base::Result<> raise(const flow::Alert& alert) override;
  std::vector<flow::Alert> raised;
  int fails = 0;  // so many calls
};

// Streams `video` that hold packets and then nothing.
class KeptStreams final : public flow::Streams {
 public:
  base::Result<std::unique_ptr<flow::StreamReader>> open(data::Device device,
                                                         std::string_view property,
                                                         std::function<void()> waker) override;
  std::map<data::Device, std::deque<flow::StreamReader::Next>> packets;
  std::vector<std::function<void()>> wakers;
};

class LoadedModels final : public flow::Models {
 public:
  base::Result<std::shared_ptr<const infer::Model>> open(const std::string& folder,
                                                         const std::string& weights) override;
};

// What came of a run.
struct Ran {
  std::string mistakes;  // of the plan or of opening the lane; the rest is empty then
  data::SchemaRef schema;
  std::vector<data::Batch> batches;
  std::vector<std::string> records;  // as JSON
  std::vector<std::string> reasons;  // why records were rejected, or the source failed
  flow::StepCounters counters;       // of the step

  // The same but for batch borders.
  bool operator==(const Ran& other) const;
};

class Harness {
 public:
  Harness();

  // Plans `step`, as it stands in a pipeline, behind records of this schema (an input: null). Null,
  // and the mistakes, where it cannot be.
  std::shared_ptr<const flow::Plan> plan(const std::string& step, const data::SchemaRef& schema,
                                         std::string& mistakes);
  // Runs the step on batches of one schema to their end.
  Ran run(const std::string& step, const std::vector<data::Batch>& batches);
  // An input, which is asked for all it has.
  Ran run(const std::string& step) { return run_planned(step, nullptr); }

  base::ManualClock clock;
  base::MemoryLog log;
  base::SerialExecutor executor;
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
  Ran run_planned(const std::string& step, const data::SchemaRef& schema);

  std::vector<const flow::OperatorType*> types_;
  std::vector<const contract::Contract*> contracts_;
};

// Runs the step on the batch whole and returns what came of it, having expected that batch borders
// and selections change nothing and that a batch without records does nothing. `reset` is called
// before each run.
Ran run_however_split(
    Harness& harness, const std::string& step, const data::Batch& batch,
    const std::function<void()>& reset = [] {});

}  // namespace weir::operators::testing
