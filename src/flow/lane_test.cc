// Lanes: order, policies, watermarks, timers, draining.
#include "flow/lane.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <limits>
#include <utility>

#include "flow/instance.h"

namespace weir::flow {
namespace {

using contract::Contract;
using contract::Policy;
using contract::Port;
using data::Batch;
using testing::ElementsAre;
using testing::HasSubstr;

constexpr Port kIn[] = {{"in", "Records."}};
constexpr Port kNewestIn[] = {{"in", "Records.", "", Policy::newest}};
constexpr Port kOut[] = {{"out", "Records."}};
constexpr Contract kSource = {.name = "source", .outputs = kOut};
constexpr Contract kStep = {.name = "step", .inputs = kIn, .outputs = kOut};
constexpr Contract kNewest = {.name = "newest", .inputs = kNewestIn, .outputs = kOut};
constexpr OperatorType kSourceType = {&kSource, nullptr, nullptr};
constexpr OperatorType kStepType = {&kStep, nullptr, nullptr};
constexpr OperatorType kNewestType = {&kNewest, nullptr, nullptr};

data::SchemaRef numbers() {
  return data::make_schema({{"n", data::Kind::int64}});
}

// Records with these numbers, at these times in nanoseconds, of device 0.
Batch batch(const std::vector<std::int64_t>& values) {
  data::BatchBuilder builder(numbers());
  for (const std::int64_t value : values) {
    builder.column(0).append_int64(value);
    builder.end_record(value, 0);
  }
  return builder.finish();
}

// Gives out batches one a poll; idle while it has none and is not closed.
struct Feed {
  std::deque<Batch> batches;
  bool closed = false;
  bool advances = true;  // the watermark with each batch
  Waker waker;
};

class FeedSource final : public Source {
 public:
  explicit FeedSource(Feed& feed) : feed_(feed) {}
  base::Result<Poll> poll(SourceContext& context) override {
    if (feed_.batches.empty()) return feed_.closed ? Poll::end : Poll::idle;
    Batch next = std::move(feed_.batches.front());
    feed_.batches.pop_front();
    const std::int64_t newest_ns = next.time_ns(next.size() - 1);
    context.emit(0, std::move(next));
    if (feed_.advances) context.advance(0, newest_ns);
    return Poll::again;
  }

 private:
  Feed& feed_;
};

// Passes records on, and writes down the times it is told.
class Witness final : public Operator {
 public:
  explicit Witness(std::vector<std::string>& told) : told_(told) {}
  void process(std::size_t, const Batch& in, Context& context) override {
    for (std::size_t i = 0; i < in.size(); ++i)
      told_.push_back("record " + std::to_string(in.time_ns(i)));
    if (in.time_ns(0) == 10) context.set_timer(Key{0}, 15);
    context.emit(0, in);
  }
  std::int64_t watermark(data::Device, std::int64_t time_ns, Context&) override {
    told_.push_back(time_ns == std::numeric_limits<std::int64_t>::max()
                        ? "end of time"
                        : "watermark " + std::to_string(time_ns));
    return time_ns;
  }
  void timer(Key, std::int64_t time_ns, Context&) override {
    told_.push_back("timer " + std::to_string(time_ns));
  }
  void finish(Context&) override { told_.push_back("finish"); }

 private:
  std::vector<std::string>& told_;
};

struct Held {
  std::shared_ptr<Deferred> promise;
  Batch batch;
};

// Holds its results back until the test completes them.
class Deferring final : public Operator {
 public:
  explicit Deferring(std::deque<Held>& held) : held_(held) {}
  void process(std::size_t, const Batch& in, Context& context) override {
    held_.push_back({context.defer(), in});
  }

 private:
  std::deque<Held>& held_;
};

// Gives its results from tasks of the executor, and writes down when.
class Posting final : public Operator {
 public:
  Posting(base::Executor& executor, std::vector<std::string>& told)
      : executor_(executor), told_(told) {}
  void process(std::size_t, const Batch& in, Context& context) override {
    executor_.post([this, in, promise = context.defer()] {
      told_.push_back("asked " + std::to_string(in.time_ns(0)));
      promise->complete([in](Context& context) { context.emit(0, in); });
    });
  }

 private:
  base::Executor& executor_;
  std::vector<std::string>& told_;
};

class LaneTest : public testing::Test {
 protected:
  // A chain of a source and `steps`; `in_flight` > 0 makes a step a deferring one.
  void run_chain(
      std::vector<std::pair<const OperatorType*, std::function<std::unique_ptr<Operator>()>>> steps,
      std::size_t in_flight, bool live) {
    auto plan = std::make_shared<Plan>();
    plan->live = live;
    plan->devices = {0};
    plan->steps.push_back({.id = "source", .type = &kSourceType, .prepared = {}, .readers = {{}}});
    plan->steps[0].prepared.make_source =
        [this](const LaneStart& start) -> base::Result<std::unique_ptr<Source>> {
      feed_.waker = start.waker;
      return std::make_unique<FeedSource>(feed_);
    };
    for (auto& [type, make] : steps) {
      plan->steps.back().readers[0].push_back({plan->steps.size(), 0});
      plan->steps.push_back({.id = std::string(type->contract->name),
                             .type = type,
                             .prepared = {},
                             .readers = {{}},
                             .feeds = 1});
      plan->steps.back().prepared.make = make;
      if (type != &kStepType) plan->steps.back().prepared.in_flight_max = in_flight;
    }
    auto made = Instance::make(
        plan, services_,
        [this](const PlannedStep&, const Batch& out) {
          for (std::size_t i = 0; i < out.size(); ++i) results_.push_back(out.time_ns(i));
        },
        [this] { ++ends_; });
    ASSERT_TRUE(made);
    instance_ = *std::move(made);
    instance_->start();
    executor_.run_until_idle();
  }

  // Completes the oldest deferred call with its own input as the result.
  void complete_one() {
    Held held = std::move(held_.front());
    held_.pop_front();
    held.promise->complete([batch = held.batch](Context& context) { context.emit(0, batch); });
    executor_.run_until_idle();
  }

  StepCounters counters(std::size_t step) { return instance_->status()[step].counters; }

  base::ManualClock clock_;
  base::MemoryLog log_;
  base::SerialExecutor executor_;
  data::Dictionary devices_;
  Services services_{.clock = clock_, .log = log_, .executor = executor_, .devices = devices_};
  Feed feed_;
  std::deque<Held> held_;
  std::vector<std::int64_t> results_;
  std::vector<std::string> told_;
  int ends_ = 0;
  std::unique_ptr<Instance> instance_;

  std::pair<const OperatorType*, std::function<std::unique_ptr<Operator>()>> witness() {
    return {&kStepType, [this] { return std::make_unique<Witness>(told_); }};
  }
  std::pair<const OperatorType*, std::function<std::unique_ptr<Operator>()>> deferring(
      const OperatorType* type) {
    return {type, [this] { return std::make_unique<Deferring>(held_); }};
  }
};

TEST_F(LaneTest, records_watermarks_timers_and_the_end_come_in_order) {
  feed_.batches = {batch({10}), batch({20})};
  feed_.closed = true;
  run_chain({witness()}, 0, false);
  EXPECT_THAT(told_, ElementsAre("record 10", "watermark 10", "record 20", "timer 15",
                                 "watermark 20", "end of time", "finish"));
  EXPECT_THAT(results_, ElementsAre(10, 20));
  EXPECT_EQ(ends_, 1);
  EXPECT_TRUE(instance_->ended());
}

TEST_F(LaneTest, a_waker_resumes_an_idle_lane) {
  run_chain({witness()}, 0, true);
  EXPECT_TRUE(results_.empty());
  feed_.batches = {batch({1})};
  feed_.waker();
  executor_.run_until_idle();
  EXPECT_THAT(results_, ElementsAre(1));
  EXPECT_EQ(ends_, 0);
}

TEST_F(LaneTest, deferred_results_keep_their_order_whoever_is_ready_first) {
  feed_.batches = {batch({1}), batch({2})};
  feed_.advances = false;
  run_chain({deferring(&kNewestType)}, 2, false);
  ASSERT_EQ(held_.size(), 2u);
  std::swap(held_[0], held_[1]);
  complete_one();
  EXPECT_TRUE(results_.empty());
  complete_one();
  EXPECT_THAT(results_, ElementsAre(1, 2));
}

TEST_F(LaneTest, a_watermark_waits_for_the_results_before_it) {
  feed_.batches = {batch({1}), batch({2})};
  feed_.closed = true;
  run_chain({deferring(&kNewestType), witness()}, 2, false);
  ASSERT_EQ(held_.size(), 1u);  // the second record stands behind the first one's watermark
  complete_one();
  complete_one();
  EXPECT_THAT(told_, ElementsAre("record 1", "watermark 1", "record 2", "end of time", "finish"));
  EXPECT_EQ(ends_, 1);
}

TEST_F(LaneTest, a_lossless_queue_stops_the_source) {
  for (std::int64_t i = 0; i < 10; ++i) feed_.batches.push_back(batch({i}));
  feed_.closed = true;
  run_chain({deferring(&kNewestType)}, 1, false);
  EXPECT_EQ(feed_.batches.size(), 10 - 1 - Lane::kWaitingMax);
  while (!held_.empty()) complete_one();
  EXPECT_THAT(results_, ElementsAre(0, 1, 2, 3, 4, 5, 6, 7, 8, 9));
  EXPECT_EQ(counters(1).dropped, 0u);
}

TEST_F(LaneTest, a_lossless_record_is_worked_on_before_the_next_is_read) {
  for (std::int64_t i = 1; i <= 3; ++i) feed_.batches.push_back(batch({i}));
  feed_.advances = false;
  run_chain(
      {witness(), {&kNewestType, [this] { return std::make_unique<Posting>(executor_, told_); }}},
      1, false);
  EXPECT_THAT(told_,
              ElementsAre("record 1", "asked 1", "record 2", "asked 2", "record 3", "asked 3"));
  EXPECT_THAT(results_, ElementsAre(1, 2, 3));
}

TEST_F(LaneTest, of_live_records_the_newest_wins_and_the_others_are_counted) {
  for (std::int64_t i = 0; i < 10; ++i) feed_.batches.push_back(batch({i}));
  run_chain({deferring(&kNewestType)}, 1, true);
  EXPECT_TRUE(feed_.batches.empty());
  while (!held_.empty()) complete_one();
  EXPECT_THAT(results_, ElementsAre(0, 9));
  EXPECT_EQ(counters(1).in, 2u);
  EXPECT_EQ(counters(1).dropped, 8u);
}

TEST_F(LaneTest, an_input_without_that_policy_stays_lossless_when_live) {
  constexpr static Contract kPlain = {.name = "plain", .inputs = kIn, .outputs = kOut};
  constexpr static OperatorType kPlainType = {&kPlain, nullptr, nullptr};
  for (std::int64_t i = 0; i < 6; ++i) feed_.batches.push_back(batch({i}));
  run_chain({deferring(&kPlainType)}, 1, true);
  while (!held_.empty()) complete_one();
  EXPECT_THAT(results_, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST_F(LaneTest, a_promise_given_up_counts_as_kept_with_nothing) {
  feed_.batches = {batch({1}), batch({2})};
  feed_.closed = true;
  run_chain({deferring(&kNewestType)}, 1, false);
  held_.pop_front();
  executor_.run_until_idle();
  complete_one();
  EXPECT_THAT(results_, ElementsAre(2));
  EXPECT_EQ(ends_, 1);
}

TEST_F(LaneTest, stop_drains_what_was_taken_and_takes_no_more) {
  for (std::int64_t i = 0; i < 10; ++i) feed_.batches.push_back(batch({i}));
  run_chain({deferring(&kNewestType), witness()}, 1, false);
  const std::size_t left = feed_.batches.size();
  instance_->stop();
  while (!held_.empty()) complete_one();
  EXPECT_EQ(feed_.batches.size(), left);
  EXPECT_EQ(results_.size(), 10 - left);
  EXPECT_EQ(told_.back(), "finish");
  EXPECT_EQ(ends_, 1);
}

TEST_F(LaneTest, rejected_records_are_counted_and_told_once_in_a_while) {
  class Refusing final : public Operator {
    void process(std::size_t, const Batch& in, Context& context) override {
      context.reject(in, 0, {base::Code::range, "too hot"});
    }
  };
  for (std::int64_t i = 0; i < 100; ++i) feed_.batches.push_back(batch({i}));
  feed_.closed = true;
  run_chain({{&kStepType, [] { return std::make_unique<Refusing>(); }}}, 0, false);
  EXPECT_EQ(counters(1).errors, 100u);
  EXPECT_THAT(log_.text(), HasSubstr("records=1 reason=\"too hot\""));
  EXPECT_THAT(log_.text(), HasSubstr("records=99"));
}

TEST_F(LaneTest, counts_what_comes_in_and_goes_out) {
  feed_.batches = {batch({1, 2, 3})};
  feed_.closed = true;
  run_chain({witness()}, 0, false);
  EXPECT_EQ(counters(0).out, 3u);
  EXPECT_EQ(counters(1).in, 3u);
  EXPECT_EQ(counters(1).out, 3u);
}

// The same chain on real threads, with work completed elsewhere: run under the thread sanitizer.
TEST(LaneThreads, nothing_is_lost_or_reordered) {
  class Squaring final : public Operator {
   public:
    explicit Squaring(base::Executor& executor) : executor_(executor) {}
    void process(std::size_t, const Batch& in, Context& context) override {
      executor_.post([promise = context.defer(), in] {
        promise->complete([in](Context& later) { later.emit(0, in); });
      });
    }

   private:
    base::Executor& executor_;
  };
  base::SystemClock clock;
  base::MemoryLog log;
  base::ThreadExecutor executor(3);
  data::Dictionary devices;
  Services services{.clock = clock, .log = log, .executor = executor, .devices = devices};
  auto plan = std::make_shared<Plan>();
  plan->devices = {0};
  plan->steps.push_back(
      {.id = "source", .type = &kSourceType, .prepared = {}, .readers = {{{1, 0}}}});
  Feed feed;
  constexpr std::int64_t kRecords = 2'000;
  for (std::int64_t i = 0; i < kRecords; ++i) feed.batches.push_back(batch({i}));
  feed.closed = true;
  plan->steps[0].prepared.make_source =
      [&](const LaneStart&) -> base::Result<std::unique_ptr<Source>> {
    return std::make_unique<FeedSource>(feed);
  };
  plan->steps.push_back(
      {.id = "square", .type = &kNewestType, .prepared = {}, .readers = {{}}, .feeds = 1});
  plan->steps[1].prepared.in_flight_max = 1;
  plan->steps[1].prepared.make = [&] { return std::make_unique<Squaring>(executor); };
  std::mutex mutex;
  std::condition_variable ended;
  bool done = false;
  std::vector<std::int64_t> results;
  auto instance = Instance::make(
      plan, services,
      [&](const PlannedStep&, const Batch& out) { results.push_back(out.time_ns(0)); },
      [&] {
        const std::lock_guard lock(mutex);
        done = true;
        ended.notify_all();
      });
  ASSERT_TRUE(instance);
  (*instance)->start();
  std::unique_lock lock(mutex);
  ended.wait(lock, [&] { return done; });
  ASSERT_EQ(results.size(), static_cast<std::size_t>(kRecords));
  for (std::int64_t i = 0; i < kRecords; ++i) EXPECT_EQ(results[static_cast<std::size_t>(i)], i);
}

}  // namespace
}  // namespace weir::flow
