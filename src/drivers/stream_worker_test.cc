// StreamWorker: demand, failures, backoff, stop.
#include "drivers/stream_worker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <condition_variable>
#include <deque>

namespace weir::drivers {
namespace {

using base::Code;
using base::fail;
using base::Result;
using testing::HasSubstr;

constexpr std::int64_t kDelayNsMax = base::BackoffLimits{}.delay_ns_max;

// A device whose answers the test gives one by one; without one, calls wait like a network's.
class Script {
 public:
  enum class Step : std::uint8_t { connected, refused, unreachable, packet, frozen, ended };

  void say(Step step) {
    const std::lock_guard lock(mutex_);
    steps_.push_back(step);
    changed_.notify_all();
  }

  Connect connect() {
    return [this](const std::atomic<bool>& cancel) -> Result<std::unique_ptr<PacketReader>> {
      ++connects;
      switch (next(cancel)) {
        case Step::connected: return std::make_unique<Reader>(*this, cancel);
        case Step::refused: return fail(Code::refused, "camera refuses this user and password");
        default: return fail(Code::network, "camera cannot be reached");
      }
    };
  }
  std::atomic<int> connects = 0;

 private:
  class Reader final : public PacketReader {
   public:
    Reader(Script& script, const std::atomic<bool>& cancel) : script_(script), cancel_(cancel) {}
    Result<data::PacketRef> read() override {
      switch (script_.next(cancel_)) {
        case Step::packet: {
          auto packet = std::make_shared<data::Packet>();
          packet->keyframe = true;
          packet->time_ns = packet->decode_order_ns = ++script_.packets_;
          return packet;
        }
        case Step::frozen: return fail(Code::timeout, "camera sent no packet for 5s");
        default: return fail(Code::ended, "camera ended the stream");
      }
    }

   private:
    Script& script_;
    const std::atomic<bool>& cancel_;
  };

  // The worker sets `cancel` without telling anyone, as in libavformat: so it is looked at again
  // and again.
  Step next(const std::atomic<bool>& cancel) {
    std::unique_lock lock(mutex_);
    while (steps_.empty() && !cancel) changed_.wait_for(lock, std::chrono::milliseconds(1));
    if (cancel) return Step::ended;
    const Step step = steps_.front();
    steps_.pop_front();
    return step;
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Step> steps_;
  std::int64_t packets_ = 0;
};

using Step = Script::Step;

class StreamWorkerTest : public testing::Test {
 protected:
  StreamWorkerTest() {
    auto started = StreamWorker::start({7, "camera-1", "video"}, script.connect(), services);
    EXPECT_TRUE(started);
    worker = std::move(*started);
  }

  std::unique_ptr<bus::StreamReader> open() {
    return *streams.open(7, "video", [] {});
  }

  // Waits until the worker is in this state; the test's own time limit ends what never comes.
  Status await(State state) {
    while (worker->status().state != state) std::this_thread::yield();
    return worker->status();
  }
  // Lets the backoff pass, which lies in the test's hand.
  void retry() {
    const int before = script.connects;
    while (script.connects == before) {
      clock.advance(kDelayNsMax);
      std::this_thread::yield();
    }
  }

  base::ManualClock clock{1'700'000'000'000'000'000};
  base::MemoryLog log;
  bus::Streams streams;
  const Services services{clock, log, streams, [] { return 0.5; }};
  Script script;
  std::unique_ptr<StreamWorker> worker;
};

TEST_F(StreamWorkerTest, connects_only_while_somebody_reads) {
  EXPECT_EQ(worker->status().state, State::idle);
  EXPECT_EQ(script.connects, 0);
  auto reader = open();
  script.say(Step::connected);
  script.say(Step::packet);
  await(State::streaming);
  reader.reset();
  await(State::idle);
  EXPECT_EQ(script.connects, 1);
  reader = open();
  await(State::connecting);
  script.say(Step::connected);
  script.say(Step::packet);
  EXPECT_EQ(await(State::streaming).connects, 2);
}

TEST_F(StreamWorkerTest, passes_packets_on_and_marks_the_first_of_each_connection) {
  const auto reader = open();
  for (const Step step : {Step::connected, Step::packet, Step::packet, Step::ended})
    script.say(step);
  const Status failed = await(State::failed);
  EXPECT_EQ(failed.packets, 2);
  EXPECT_EQ(failed.connects, 1);
  EXPECT_EQ(failed.last_error, "camera ended the stream");
  for (const Step step : {Step::connected, Step::packet}) script.say(step);
  retry();
  await(State::streaming);
  while (worker->status().packets < 3) std::this_thread::yield();
  EXPECT_TRUE(reader->next().packet->discontinuity);
  EXPECT_FALSE(reader->next().packet->discontinuity);
  EXPECT_TRUE(reader->next().packet->discontinuity);
}

TEST_F(StreamWorkerTest, tells_frozen_from_failed) {
  const auto reader = open();
  script.say(Step::unreachable);
  EXPECT_EQ(await(State::failed).last_error, "camera cannot be reached");
  script.say(Step::connected);
  script.say(Step::packet);
  retry();
  await(State::streaming);
  clock.advance(1);
  script.say(Step::frozen);
  const Status frozen = await(State::frozen);
  EXPECT_EQ(frozen.last_error, "camera sent no packet for 5s");
  EXPECT_EQ(frozen.failures, 2);
}

TEST_F(StreamWorkerTest, waits_longer_from_failure_to_failure_and_longest_where_refused) {
  const auto reader = open();
  // Half of the jitter: three quarters of the full delay.
  for (const std::int64_t full_ns : {1, 2, 4, 8}) {
    script.say(Step::unreachable);
    const Status failed = await(State::failed);
    EXPECT_EQ(failed.retry_ns - failed.since_ns, full_ns * 750'000'000);
    retry();
    await(State::connecting);
  }
  script.say(Step::refused);
  const Status refused = await(State::failed);
  EXPECT_EQ(refused.retry_ns - refused.since_ns, kDelayNsMax * 3 / 4);
}

TEST_F(StreamWorkerTest, logs_each_change_once_and_a_repeated_failure_as_debug) {
  const auto reader = open();
  script.say(Step::unreachable);
  await(State::failed);
  script.say(Step::unreachable);
  retry();
  while (worker->status().failures < 2) std::this_thread::yield();
  await(State::failed);
  worker.reset();
  const std::string text = log.text();
  const std::string failure = "reason=\"camera cannot be reached\"";
  EXPECT_THAT(text, HasSubstr("device=camera-1"));
  const std::size_t first = text.find(failure);
  ASSERT_NE(first, std::string::npos);
  const std::size_t second = text.find(failure, first + 1);
  ASSERT_NE(second, std::string::npos);
  EXPECT_EQ(text.find(failure, second + 1), std::string::npos);
  const auto line_of = [&](std::size_t at) {
    const std::size_t start = text.rfind('\n', at) + 1;
    return text.substr(start, text.find('\n', at) - start);
  };
  EXPECT_THAT(line_of(first), testing::ContainsRegex("WARN"));
  EXPECT_THAT(line_of(second), testing::ContainsRegex("DEBUG"));
}

TEST_F(StreamWorkerTest, stops_from_every_state) {
  worker->begin_stop();
  worker->end_stop();
  EXPECT_EQ(worker->status().state, State::stopped);
  EXPECT_FALSE(streams.open(7, "video", [] {}));

  for (const std::vector<Step>& steps : {std::vector<Step>{},
                                         {Step::connected},
                                         {Step::connected, Step::packet},
                                         {Step::unreachable}}) {
    Script another;
    auto second = StreamWorker::start({8, "camera-2", "video"}, another.connect(), services);
    ASSERT_TRUE(second);
    const auto reader = streams.open(8, "video", [] {});
    for (const Step step : steps) another.say(step);
    while (another.connects == 0) std::this_thread::yield();
    (*second)->begin_stop();
    (*second)->end_stop();
    EXPECT_EQ((*second)->status().state, State::stopped);
  }
}

}  // namespace
}  // namespace weir::drivers
