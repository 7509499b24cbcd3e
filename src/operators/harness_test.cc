// The harness of the operators' tests.
#include "operators/harness_test.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <utility>

#include "contract/catalogue.h"
#include "contract/check.h"
#include "contract/document.h"
#include "data/json.h"
#include "flow/planner.h"
#include "infer/runtime.h"
#include "operators/all.h"

namespace weir::operators::testing {
namespace {

// The examples of the inputs name a camera and a machine, of which there are no devices.
constexpr std::string_view kDevices = R"(
kind: Product
name: thing
properties: {video: {type: stream}}
attributes: {drain: {type: region}}
---
kind: Device
name: a
product: thing
driver: simulated
attributes: {drain: [[0, 0], [0.5, 0], [0.5, 0.5], [0, 0.5]]}
---
kind: Device
name: b
product: thing
driver: simulated
attributes: {drain: [[0.5, 0.5], [1, 0.5], [1, 1]]}
---
{kind: Product, name: camera, properties: {video: {type: stream}}}
---
{kind: Product, name: machine, properties: {value: {type: float64}}}
---
)";
constexpr const char* kDeployment =
    "kind: Deployment, name: test, pipeline: p, devices: {product: thing}";

class KeptReader final : public flow::StreamReader {
 public:
  explicit KeptReader(std::deque<Next>& packets) : packets_(packets) {}
  Next next() override {
    if (packets_.empty()) return {};
    Next next = std::move(packets_.front());
    packets_.pop_front();
    return next;
  }

 private:
  std::deque<Next>& packets_;
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
constexpr contract::Port kGivenOutputs[] = {{"out", "What a test gives."}};
constexpr contract::Contract kGivenContract = {.name = "given",
                                               .summary = "Gives what a test gives.",
                                               .description = "For tests.",
                                               .since = "0.1",
                                               .group = contract::Group::input,
                                               .outputs = kGivenOutputs,
                                               .example = "given"};
constexpr flow::OperatorType kGiven = flow::operator_type<Given>(kGivenContract);

// Each record a batch of its own.
std::vector<data::Batch> split(const data::Batch& batch) {
  std::vector<data::Batch> out;
  for (std::size_t i = 0; i < batch.size(); ++i) out.push_back(batch.slice(i, 1));
  return out;
}

// The same records as a selection among others.
data::Batch hidden(const data::Batch& batch) {
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

}  // namespace

WorkingFolder::WorkingFolder() : before_(std::filesystem::current_path()) {
  path_ = ::testing::TempDir() + "weir-operators-XXXXXX";
  EXPECT_NE(mkdtemp(path_.data()), nullptr);
  std::filesystem::current_path(path_);
}

WorkingFolder::~WorkingFolder() {
  std::filesystem::current_path(before_);
  std::filesystem::remove_all(path_);
}

void WorkingFolder::write(const std::string& name, std::string_view content) const {
  const auto path = std::filesystem::path(path_) / name;
  std::filesystem::create_directories(path.parent_path());
  std::ofstream(path, std::ios::binary) << content;
}

void WorkingFolder::make_folder(const std::string& name) const {
  std::filesystem::create_directories(std::filesystem::path(path_) / name);
}

std::string WorkingFolder::read(const std::string& name) const {
  std::ifstream file(std::filesystem::path(path_) / name, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

base::Result<> KeptAlerts::raise(const flow::Alert& alert) {
  if (fails > 0) {
    --fails;
    return base::fail(base::Code::io, "no place for alerts");
  }
  raised.push_back(alert);
  return {};
}

base::Result<std::unique_ptr<flow::StreamReader>> KeptStreams::open(data::Device device,
                                                                    std::string_view property,
                                                                    std::function<void()> waker) {
  if (property != "video") return base::fail(base::Code::unknown_name, "no such stream");
  wakers.push_back(std::move(waker));
  return std::make_unique<KeptReader>(packets[device]);
}

base::Result<std::shared_ptr<const infer::Model>> LoadedModels::open(const std::string& folder,
                                                                     const std::string& weights) {
  TRY(auto runtime, infer::Runtime::load());
  return infer::load_model(std::move(runtime), folder, weights);
}

bool Ran::operator==(const Ran& other) const {
  return mistakes == other.mistakes && records == other.records && reasons == other.reasons &&
         counters.dropped == other.counters.dropped && counters.errors == other.counters.errors;
}

Harness::Harness() {
  for (const flow::OperatorType* type : all()) {
    types_.push_back(type);
    contracts_.push_back(type->contract);
  }
  types_.push_back(&kGiven);
  contracts_.push_back(&kGivenContract);
  a = devices.id("a");
  b = devices.id("b");
}

std::shared_ptr<const flow::Plan> Harness::plan(const std::string& step,
                                                const data::SchemaRef& schema,
                                                std::string& mistakes) {
  Given::schema = schema;
  const std::string given = schema == nullptr ? "" : "  - given\n";
  data::Diagnostics diagnostics;
  contract::Documents documents;
  contract::read_documents(std::string(kDevices) + "kind: Pipeline\nname: p\nsteps:\n" + given +
                               "  - " + step + "\n---\n{" + kDeployment + fills + "}\n",
                           "test.yaml", documents, diagnostics);
  const contract::Catalogue catalogue(contracts_);
  if (diagnostics.empty()) contract::check(documents, catalogue, diagnostics);
  std::shared_ptr<const flow::Plan> plan;
  if (diagnostics.empty()) {
    plan = flow::make_plan(documents.deployments.front(), documents, types_, services, diagnostics);
  }
  mistakes = diagnostics.text();
  return plan;
}

Ran Harness::run(const std::string& step, const std::vector<data::Batch>& batches) {
  EXPECT_FALSE(batches.empty());
  Given::batches.assign(batches.begin(), batches.end());
  return run_planned(step, batches.front().schema());
}

Ran Harness::run_planned(const std::string& step, const data::SchemaRef& schema) {
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
  const auto lane = std::make_shared<flow::Lane>(plan, plan->devices, services, std::move(events));
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

Ran run_however_split(Harness& harness, const std::string& step, const data::Batch& batch,
                      const std::function<void()>& reset) {
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

}  // namespace weir::operators::testing
