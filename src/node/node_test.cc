// An edge node's parts put together.
#include "node/node.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <latch>
#include <string>
#include <thread>

#include "contract/catalogue.h"
#include "contract/check.h"

namespace weir::node {
namespace {

using testing::HasSubstr;

constexpr std::int64_t kDeadlineNs = 60'000'000'000;

class KeptAlerts final : public flow::Alerts {
 public:
  base::Result<> raise(const flow::Alert& alert) override {
    const std::lock_guard lock(mutex_);
    titles_.push_back(alert.title);
    return {};
  }
  std::vector<std::string> titles() const {
    const std::lock_guard lock(mutex_);
    return titles_;
  }

 private:
  mutable std::mutex mutex_;
  std::vector<std::string> titles_;
};

class NodeTest : public testing::Test {
 protected:
  void SetUp() override {
    const auto* info = testing::UnitTest::GetInstance()->current_test_info();
    folder_ = std::filesystem::temp_directory_path() /
              (std::string("weir_node_") + info->name() + "_" + std::to_string(::getpid()));
    std::filesystem::create_directories(folder_);
    std::ofstream(folder_ / "in.csv") << "time,n\n"
                                         "2026-01-01T00:00:00Z,1\n"
                                         "2026-01-01T00:01:00Z,2\n";
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  // A pipeline over in.csv and its deployment, under one name.
  std::string pipeline(const std::string& name, const std::string& steps) const {
    return "kind: Pipeline\nname: " + name + "\nsteps:\n  - file_input: {path: '" +
           (folder_ / "in.csv").string() + "'}\n" + steps +
           "---\n{kind: Deployment, name: " + name + ", pipeline: " + name + "}\n";
  }

  // Deploys all deployments of the text; how many run.
  std::size_t deploy(const std::string& text) {
    contract::read_documents(text, "x.yaml", documents_, diagnostics_);
    contract::check(documents_, catalogue(), diagnostics_);
    EXPECT_TRUE(diagnostics_.empty()) << diagnostics_.text();
    std::size_t running = 0;
    for (const contract::Deployment& deployment : documents_.deployments) {
      const auto count = [this](const flow::PlannedStep&, const data::Batch& batch) {
        results_ += batch.size();
      };
      running += node_.deploy(deployment, documents_, count, diagnostics_) ? 1 : 0;
    }
    return running;
  }

  bool wait() { return node_.wait(clock_.monotonic_ns() + kDeadlineNs); }

  base::SystemClock clock_;
  base::MemoryLog log_;
  KeptAlerts alerts_;
  std::filesystem::path folder_;
  contract::Documents documents_;
  data::Diagnostics diagnostics_;
  std::atomic<std::size_t> results_ = 0;
  std::int64_t epoch_ = 0;
  Node node_{{.clock = clock_, .log = log_, .alerts = alerts_, .workers = 2, .next_epoch = [this] {
                return base::Result<std::int64_t>(++epoch_);
              }}};
};

TEST_F(NodeTest, runs_a_file_to_its_end_and_counts) {
  ASSERT_EQ(deploy(pipeline("a", "  - filter: {where: 'n > 1'}\n")), 1u) << diagnostics_.text();
  ASSERT_TRUE(wait());
  EXPECT_EQ(results_, 1u);
  const NodeStatus status = node_.status();
  ASSERT_EQ(status.deployments.size(), 1u);
  EXPECT_TRUE(status.deployments[0].ended);
  EXPECT_EQ(status.deployments[0].steps[1].counters.in, 2u);
  EXPECT_EQ(status.deployments[0].steps[1].counters.out, 1u);
}

TEST_F(NodeTest, a_deployment_that_cannot_run_leaves_the_others_alone) {
  const std::string text = pipeline("good", "  - alert: {title: seen, gap: 1s}\n") + "---\n" +
                           pipeline("bad", "  - filter: {where: 'm > 1'}\n");
  EXPECT_EQ(deploy(text), 1u);
  EXPECT_THAT(diagnostics_.text(), HasSubstr("'m'"));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("x.yaml:"));
  ASSERT_TRUE(wait());
  EXPECT_EQ(alerts_.titles().size(), 2u);
}

TEST_F(NodeTest, a_retired_deployment_is_processed_to_its_end_and_may_come_again) {
  for (std::size_t round = 1; round <= 20; ++round) {
    documents_ = {};
    ASSERT_EQ(deploy(pipeline("a", "  - filter: {where: 'n > 0'}\n") + "---\n" +
                     pipeline("b" + std::to_string(round), "  - filter: {where: 'n > 2'}\n")),
              2u)
        << diagnostics_.text();
    EXPECT_TRUE(node_.retire("a", clock_.monotonic_ns() + kDeadlineNs));
  }
  EXPECT_TRUE(node_.retire("never there", 0));
  EXPECT_EQ(node_.status().deployments.size(), 20u);
  ASSERT_TRUE(wait());
}

TEST_F(NodeTest, a_node_in_a_hurry_leaves_what_is_retired_to_drain) {
  class HeldAlerts final : public flow::Alerts {
   public:
    base::Result<> raise(const flow::Alert&) override {
      begun.count_down();
      released.wait();
      return {};
    }
    std::latch begun{1}, released{1};
  };
  HeldAlerts alerts;
  Node node({.clock = clock_, .log = log_, .alerts = alerts, .workers = 2, .next_epoch = [this] {
               return base::Result<std::int64_t>(++epoch_);
             }});
  contract::read_documents(pipeline("a", "  - alert: {title: seen, gap: 1h}\n"), "x.yaml",
                           documents_, diagnostics_);
  ASSERT_TRUE(node.deploy(
      documents_.deployments[0], documents_, [](const flow::PlannedStep&, const data::Batch&) {},
      diagnostics_))
      << diagnostics_.text();
  alerts.begun.wait();
  std::thread stopping([&] { node.hurry(); });
  EXPECT_FALSE(node.retire("a", clock_.monotonic_ns() + kDeadlineNs));
  stopping.join();
  EXPECT_FALSE(node.drain(clock_.monotonic_ns() + 1));
  alerts.released.count_down();
  EXPECT_TRUE(node.drain(clock_.monotonic_ns() + kDeadlineNs));
}

TEST_F(NodeTest, a_missing_file_is_said_where_it_is_named) {
  std::filesystem::remove(folder_ / "in.csv");
  EXPECT_EQ(deploy(pipeline("a", "  - filter: {where: 'n > 1'}\n")), 0u);
  EXPECT_THAT(diagnostics_.text(), HasSubstr("in.csv"));
}

TEST_F(NodeTest, a_device_needs_a_driver_that_is_there) {
  const std::string text =
      "{kind: Product, name: p, properties: {v: {type: stream}}}\n---\n"
      "{kind: Device, name: d, product: p, driver: carrier_pigeon, bind: {v: {path: /}}}\n";
  contract::read_documents(text, "x.yaml", documents_, diagnostics_);
  ASSERT_TRUE(diagnostics_.empty()) << diagnostics_.text();
  EXPECT_FALSE(check_device(documents_.devices.front(), diagnostics_));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("carrier_pigeon"));
}

#ifdef WEIR_MEDIA
TEST_F(NodeTest, a_driver_names_what_it_does_not_know_at_its_place) {
  const std::string text =
      "{kind: Product, name: p, properties: {v: {type: stream}}}\n---\n"
      "{kind: Device, name: d, product: p, driver: rtsp, connect: {host: h, colour: red},\n"
      " bind: {v: {path: 7, speed: 1}}}\n";
  contract::read_documents(text, "x.yaml", documents_, diagnostics_);
  ASSERT_TRUE(diagnostics_.empty()) << diagnostics_.text();
  EXPECT_FALSE(check_device(documents_.devices.front(), diagnostics_));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("x.yaml:3:70"));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("colour"));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("speed"));
}

TEST_F(NodeTest, an_address_that_cannot_be_is_told_at_its_place) {
  const std::string text =
      "{kind: Product, name: p, properties: {v: {type: stream}, w: {type: stream}}}\n---\n"
      "{kind: Device, name: d, product: p, driver: rtsp, connect: {host: 'h:99999', password: p},\n"
      " bind: {v: {path: /}, w: {path: \"/\\r\\n\"}}}\n---\n"
      "{kind: Device, name: e, product: p, driver: rtsp, connect: {host: h}, bind: {v: {path: "
      "/}}}\n";
  contract::read_documents(text, "x.yaml", documents_, diagnostics_);
  ASSERT_TRUE(diagnostics_.empty()) << diagnostics_.text();
  EXPECT_FALSE(check_device(documents_.devices[0], diagnostics_));
  EXPECT_TRUE(check_device(documents_.devices[1], diagnostics_));
  ASSERT_EQ(diagnostics_.size(), 2u) << diagnostics_.text();
  EXPECT_THAT(diagnostics_.text(), HasSubstr("x.yaml:3:67: host: "));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("x.yaml:4:33: path: "));
}

TEST_F(NodeTest, a_deployment_runs_without_the_devices_that_cannot_be_started) {
  const std::string text =
      "{kind: Product, name: p, properties: {v: {type: stream}}}\n---\n"
      "{kind: Device, name: a, product: p, driver: rtsp, connect: {host: '127.0.0.1:1'},\n"
      " bind: {v: {path: /}}}\n---\n"
      "{kind: Device, name: b, product: p, driver: rtsp, connect: {host: 'h:99999'},\n"
      " bind: {v: {path: /}}}\n---\n"
      "{kind: Device, name: c, product: p, driver: carrier_pigeon, bind: {v: {path: /}}}\n---\n"
      "{kind: Pipeline, name: s, steps: [{stream_input: {product: p, property: v}}]}\n---\n"
      "{kind: Deployment, name: s, pipeline: s, devices: {product: p}}\n";
  ASSERT_EQ(deploy(text), 1u) << diagnostics_.text();
  EXPECT_TRUE(diagnostics_.empty()) << diagnostics_.text();
  const NodeStatus status = node_.status();
  ASSERT_EQ(status.deployments.size(), 1u);
  EXPECT_FALSE(status.deployments[0].ended);
  ASSERT_EQ(status.streams.size(), 3u);
  EXPECT_EQ(status.streams[0].device, "a");
  EXPECT_THAT(status.streams[0].last_error, testing::Not(HasSubstr("99999")));
  EXPECT_EQ(status.streams[1].device, "b");
  EXPECT_EQ(status.streams[1].state, drivers::State::failed);
  EXPECT_THAT(status.streams[1].last_error, testing::StartsWith("host: "));
  EXPECT_EQ(status.streams[2].state, drivers::State::failed);
  EXPECT_THAT(status.streams[2].last_error, HasSubstr("carrier_pigeon"));
  EXPECT_THAT(log_.text(), HasSubstr("a device cannot be started"));
  node_.stop_device("b");
  EXPECT_EQ(node_.status().streams.size(), 2u);
}

// The reference is made from the contracts: `./dev docs` writes it.
TEST(Reference, is_not_stale) {
  const contract::Catalogue operators = catalogue();
  EXPECT_THAT(contract::stale_reference(operators, "docs/reference"), testing::ElementsAre());
}
#else
TEST_F(NodeTest, without_media_it_says_what_needs_it) {
  const std::string text =
      "{kind: Product, name: p, properties: {v: {type: stream}}}\n---\n"
      "{kind: Device, name: d, product: p, driver: rtsp, connect: {host: h}, bind: {v: {path: "
      "/}}}\n"
      "---\n"
      "kind: Pipeline\nname: seen\nsteps:\n"
      "  - stream_input: {product: p, property: v}\n  - demux\n  - decode\n";
  contract::read_documents(text, "x.yaml", documents_, diagnostics_);
  contract::check(documents_, catalogue(), diagnostics_);
  EXPECT_FALSE(check_device(documents_.devices.front(), diagnostics_));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("x.yaml:10:5: operator 'decode' needs media"));
  EXPECT_THAT(diagnostics_.text(), HasSubstr("driver 'rtsp' needs media"));
}
#endif

}  // namespace
}  // namespace weir::node
