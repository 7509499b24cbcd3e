// What is desired comes to run; what has not changed is not touched.
#include "node/reconciler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

namespace weir::node {
namespace {

using ::testing::HasSubstr;

constexpr std::int64_t kToldDeadlineNs = 60'000'000'000;

// Counts them; holds who raises one while `held` says so.
class CountedAlerts final : public flow::Alerts {
 public:
  base::Result<> raise(const flow::Alert&) override {
    ++count;
    count.notify_all();
    held.wait(true);
    return {};
  }
  std::atomic<int> count = 0;
  std::atomic<bool> held = false;
};

class ReconcilerTest : public ::testing::Test {
 protected:
  void SetUp() override {
    folder_ =
        std::filesystem::temp_directory_path() / ("weir_reconciler_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    write("in.csv");
  }
  void TearDown() override {
    release();
    std::filesystem::remove_all(folder_);
  }

  void release() {
    alerts_.held = false;
    alerts_.held.notify_all();
  }

  void write(const std::string& name) {
    std::ofstream(folder_ / name) << "time,n\n2026-01-01T00:00:00Z,1\n";
  }

  // Adds a deployment of a pipeline that raises an alert a record of a file.
  void want(const std::string& name, const std::string& file, const std::string& fingerprint) {
    contract::read_documents("{kind: Pipeline, name: " + name + ", steps: [{file_input: {path: '" +
                                 (folder_ / file).string() +
                                 "'}}, {alert: {title: t, gap: 0s}}]}\n---\n" +
                                 "{kind: Deployment, name: " + name + ", pipeline: " + name + "}\n",
                             "x.yaml", desired_.documents, mistakes_);
    ASSERT_TRUE(mistakes_.empty()) << mistakes_.text();
    desired_.deployments[name] = fingerprint;
  }
  void want_nothing() { desired_ = {}; }

  Desired desired() {
    const std::lock_guard lock(mutex_);
    return desired_;
  }

  // What the test changes, the reconciler must not read meanwhile.
  void change(const std::function<void()>& body) {
    {
      const std::lock_guard lock(mutex_);
      body();
    }
    reconciler_.wake();
  }

  // Waits until the progress is as `as` says, which stays so once it is.
  bool until(const std::function<bool(const std::vector<Progress>&)>& as) {
    std::unique_lock lock(told_mutex_);
    return told_.wait_for(lock, std::chrono::nanoseconds(kToldDeadlineNs),
                          [&] { return as(reconciler_.progress()); });
  }
  void tell() {
    const std::lock_guard lock(told_mutex_);
    told_.notify_all();
  }
  static bool is(const std::vector<Progress>& all, const std::string& name, Phase phase,
                 std::uint64_t starts) {
    for (const Progress& each : all) {
      if (each.deployment == name) return each.phase == phase && each.starts == starts;
    }
    return false;
  }

  base::SystemClock clock_;
  base::MemoryLog log_;
  CountedAlerts alerts_;
  std::filesystem::path folder_;
  data::Diagnostics mistakes_;
  std::mutex mutex_;
  Desired desired_;
  std::mutex told_mutex_;
  std::condition_variable told_;
  std::int64_t epoch_ = 0;
  Node node_{{.clock = clock_, .log = log_, .alerts = alerts_, .workers = 2, .next_epoch = [this] {
                return base::Result<std::int64_t>(++epoch_);
              }}};
  Reconciler reconciler_{{.node = node_,
                          .desired = [this] { return desired(); },
                          .changed = [this] { tell(); },
                          .clock = clock_,
                          .log = log_}};
};

TEST_F(ReconcilerTest, starts_replaces_and_ends_what_changed_alone) {
  change([&] {
    want("a", "in.csv", "1");
    want("b", "in.csv", "1");
  });
  ASSERT_TRUE(until([](const auto& all) {
    return is(all, "a", Phase::ended, 1) && is(all, "b", Phase::ended, 1);
  }));
  EXPECT_EQ(alerts_.count, 2);

  change([&] { desired_.deployments["a"] = "2"; });
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::ended, 2); }));
  EXPECT_EQ(alerts_.count, 3);
  EXPECT_TRUE(is(reconciler_.progress(), "b", Phase::ended, 1));

  change([&] { want_nothing(); });
  ASSERT_TRUE(until([](const auto& all) { return all.empty(); }));
  EXPECT_TRUE(node_.status().deployments.empty());
  EXPECT_EQ(alerts_.count, 3);
}

TEST_F(ReconcilerTest, tries_again_what_cannot_start_while_others_run) {
  change([&] {
    want("bad", "later.csv", "1");
    want("good", "in.csv", "1");
  });
  ASSERT_TRUE(until([](const auto& all) {
    return is(all, "good", Phase::ended, 1) && is(all, "bad", Phase::failed, 0) &&
           std::ranges::any_of(all, [](const Progress& each) { return each.retry_ns > 0; });
  }));
  for (const Progress& each : reconciler_.progress()) {
    if (each.deployment == "bad") {
      EXPECT_THAT(each.last_error, HasSubstr("later.csv"));
    }
  }
  write("later.csv");
  EXPECT_TRUE(until([](const auto& all) { return is(all, "bad", Phase::ended, 1); }));
  EXPECT_EQ(alerts_.count, 2);
}

TEST_F(ReconcilerTest, says_why_a_deployment_is_broken) {
  change([&] {
    want("a", "in.csv", "1");
    desired_.broken["a"] = "the model is gone";
  });
  ASSERT_TRUE(until(
      [](const auto& all) { return all.size() == 1 && all[0].last_error == "the model is gone"; }));
  EXPECT_EQ(alerts_.count, 0);
}

TEST_F(ReconcilerTest, a_broken_deployment_runs_once_what_it_lacked_is_there) {
  change([&] {
    want("a", "in.csv", "1");
    desired_.broken["a"] = "the disk is full";
  });
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::failed, 0); }));
  {
    const std::lock_guard lock(mutex_);  // nobody wakes the reconciler
    desired_.broken.clear();
  }
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::ended, 1); }));
  EXPECT_EQ(alerts_.count, 1);
}

// The alert that is held keeps `a` running.
TEST_F(ReconcilerTest, what_would_not_start_leaves_what_runs_as_it_is) {
  alerts_.held = true;
  change([&] { want("a", "in.csv", "1"); });
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::running, 1); }));
  change([&] {
    want_nothing();
    want("a", "later.csv", "2");
    want("b", "in.csv", "1");
  });
  const auto held = [](const std::vector<Progress>& all, const std::string& why) {
    return is(all, "a", Phase::running, 1) && all[0].last_error.contains(why) &&
           all[0].retry_ns > 0;
  };
  ASSERT_TRUE(until(
      [&](const auto& all) { return held(all, "later.csv") && is(all, "b", Phase::running, 1); }));
  EXPECT_EQ(node_.status().deployments.size(), 2u);
  change([&] {
    desired_.broken["a"] = "the model is gone";
    desired_.deployments["a"] = "3";
  });
  ASSERT_TRUE(until([&](const auto& all) { return held(all, "the model is gone"); }));

  release();
  change([&] {
    desired_.broken.clear();
    desired_.deployments["a"] = "4";
    write("later.csv");
  });
  ASSERT_TRUE(until(
      [](const auto& all) { return is(all, "a", Phase::ended, 2) && all[0].last_error.empty(); }));
}

TEST_F(ReconcilerTest, what_is_wanted_as_it_runs_again_is_in_no_trouble) {
  alerts_.held = true;
  change([&] { want("a", "in.csv", "1"); });
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::running, 1); }));
  change([&] {
    desired_.broken["a"] = "the model is gone";
    desired_.deployments["a"] = "2";
  });
  ASSERT_TRUE(until([](const auto& all) { return all[0].retry_ns > 0; }));
  change([&] {
    desired_.broken.clear();
    desired_.deployments["a"] = "1";
  });
  ASSERT_TRUE(until([](const auto& all) {
    return is(all, "a", Phase::running, 1) && all[0].last_error.empty() && all[0].retry_ns == 0;
  }));
}

#ifdef WEIR_MEDIA
// Whoever shares a device with what goes on as it was is started anew with the device as it is now,
// once it may change.
TEST_F(ReconcilerTest, what_goes_on_as_it_was_keeps_its_devices) {
  change([&] {
    contract::read_documents(
        "{kind: Product, name: p, properties: {v: {type: stream}}}\n---\n"
        "{kind: Device, name: d, product: p, driver: rtsp, connect: {host: '127.0.0.1:1'},\n"
        " bind: {v: {path: /}}}\n---\n"
        "{kind: Pipeline, name: s, steps: [{stream_input: {product: p, property: v}}]}\n---\n"
        "{kind: Deployment, name: a, pipeline: s, devices: [d]}\n---\n"
        "{kind: Deployment, name: b, pipeline: s, devices: [d]}\n",
        "x.yaml", desired_.documents, mistakes_);
    ASSERT_TRUE(mistakes_.empty()) << mistakes_.text();
    desired_.deployments = {{"a", "1"}, {"b", "1"}};
    desired_.devices = {{"d", "1"}};
  });
  ASSERT_TRUE(until([](const auto& all) {
    return is(all, "a", Phase::running, 1) && is(all, "b", Phase::running, 1);
  }));
  change([&] {
    desired_.deployments = {{"a", "2"}, {"b", "2"}};
    desired_.devices = {{"d", "2"}};
    desired_.broken["b"] = "the model is gone";
  });
  ASSERT_TRUE(until([](const auto& all) {
    return is(all, "a", Phase::running, 2) && is(all, "b", Phase::running, 1);
  }));
  EXPECT_EQ(node_.status().streams.size(), 1u);
  change([&] {
    desired_.deployments.erase("b");
    desired_.documents.deployments.pop_back();
    desired_.broken.clear();
  });
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::running, 3); }));
  EXPECT_EQ(node_.status().streams.size(), 1u);
}

TEST_F(ReconcilerTest, a_device_that_cannot_be_started_is_alone_in_it) {
  const auto want_devices = [&](const std::string& mark, const std::string& host) {
    want_nothing();
    contract::read_documents(
        "{kind: Product, name: p, properties: {v: {type: stream}}}\n---\n"
        "{kind: Device, name: d, product: p, driver: rtsp, connect: {host: '127.0.0.1:1'},\n"
        " bind: {v: {path: /}}}\n---\n"
        "{kind: Device, name: e, product: p, driver: rtsp, connect: {host: '" +
            host +
            "'},\n"
            " bind: {v: {path: /}}}\n---\n"
            "{kind: Pipeline, name: s, steps: [{stream_input: {product: p, property: v}}]}\n---\n"
            "{kind: Deployment, name: a, pipeline: s, devices: {product: p}}\n",
        "x.yaml", desired_.documents, mistakes_);
    ASSERT_TRUE(mistakes_.empty()) << mistakes_.text();
    desired_.deployments = {{"a", mark}};
    desired_.devices = {{"d", "1"}, {"e", mark}};
  };
  const auto last_error = [&] {
    const auto streams = node_.status().streams;
    return streams.size() == 2 && streams[1].device == "e" ? streams[1].last_error : "none";
  };
  change([&] { want_devices("1", "127.0.0.1:1"); });
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::running, 1); }));
  change([&] { want_devices("2", "127.0.0.1:99999"); });
  ASSERT_TRUE(until([](const auto& all) {
    return is(all, "a", Phase::running, 2) && all[0].last_error.empty();
  }));
  EXPECT_THAT(last_error(), HasSubstr("99999"));
  change([&] { want_devices("3", "127.0.0.1:2"); });
  ASSERT_TRUE(until([](const auto& all) { return is(all, "a", Phase::running, 3); }));
  EXPECT_THAT(last_error(), ::testing::Not(HasSubstr("99999")));
}
#endif

TEST_F(ReconcilerTest, what_was_retired_with_records_under_way_is_let_go_of_when_they_are_through) {
  alerts_.held = true;
  change([&] { want("a", "in.csv", "1"); });
  alerts_.count.wait(0);
  node_.hurry();  // no patience with what is retired
  change([&] { want_nothing(); });
  ASSERT_TRUE(until([](const auto& all) { return all.empty(); }));
  EXPECT_EQ(node_.status().retired, 1u);

  release();
  const std::int64_t deadline_ns = clock_.monotonic_ns() + kToldDeadlineNs;
  while (node_.status().retired > 0 && clock_.monotonic_ns() < deadline_ns) {
    std::this_thread::yield();
  }
  EXPECT_EQ(node_.status().retired, 0u);
}

}  // namespace
}  // namespace weir::node
