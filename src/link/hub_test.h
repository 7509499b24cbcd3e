// TestHub: a hub for the tests of the link: a real broker, a real HTTP server with blobs on disk,
// and a receiver that keeps one record of an id, with faults to order.
//
// The hub may be closed and opened again; what it has committed and its blobs stay.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "data/json.h"
#include "link/blob_routes.h"
#include "link/receiver.h"
#include "link/scratch_test.h"
#include "link/uplink.h"
#include "net/broker_test.h"
#include "net/http_server.h"
#include "store/blobs.h"
#include "store/digest.h"

namespace weir::link {

struct Received {
  Record record;
  Class of = Class::alert;
  Age age = Age::live;
  bool picture_there = false;  // when it was committed
};

class TestHub {
 public:
  explicit TestHub(const Scratch& scratch) : port_(net::free_port()) {
    auto opened = store::Blobs::open({.folder = scratch.path("hub-blobs"), .log = log});
    EXPECT_TRUE(opened);
    blobs = std::move(*opened);
    open();
  }

  ~TestHub() { close(); }
  TestHub(const TestHub&) = delete;
  TestHub& operator=(const TestHub&) = delete;

  void open() {
    auto started = net::HttpServer::start({.log = log, .clock = clock, .port = port_}, routes());
    ASSERT_TRUE(started) << started.error().message;
    server_ = std::move(*started);
    auto listening =
        Receiver::start({.mqtt_host = "127.0.0.1",
                         .mqtt_port = broker.port(),
                         .nodes = [] { return std::vector<std::string>{"gate"}; },
                         .known = [](std::string_view node) { return node != "eve"; },
                         .commit = [this](const Batch& b) { return commit(b); },
                         .state =
                             [this](std::string_view node, std::string_view json) {
                               const std::lock_guard lock(mutex_);
                               states_.push_back(std::string(node) + std::string(json));
                             },
                         .log = log,
                         .clock = clock});
    ASSERT_TRUE(listening) << listening.error().message;
    receiver = std::move(*listening);
  }
  void close() {
    receiver.reset();
    server_.reset();
  }

  std::string url() const { return "http://127.0.0.1:" + std::to_string(port_); }
  std::uint16_t port() const { return port_; }

  std::size_t size() const {
    const std::lock_guard lock(mutex_);
    return kept_.size();
  }
  std::map<std::string, Received> kept() const {
    const std::lock_guard lock(mutex_);
    return kept_;
  }
  std::vector<std::string> order() const {
    const std::lock_guard lock(mutex_);
    return order_;
  }
  std::vector<std::string> states() const {
    const std::lock_guard lock(mutex_);
    return states_;
  }

  base::SystemClock clock;
  base::MemoryLog log;
  net::TestBroker broker;
  std::unique_ptr<store::Blobs> blobs;
  std::unique_ptr<Receiver> receiver;

  // Faults: how often still.
  std::atomic<int> commits_to_fail = 0;    // nothing is kept
  std::atomic<int> commits_to_forget = 0;  // kept, but the node is not told
  std::atomic<int> requests_to_fail = 0;   // answered with 500
  std::atomic<int> handed_on = 0;          // records, the same ones again too
  std::atomic<int> pictures_inside = 0;    // came with their records
  std::atomic<int> requests = 0;

 private:
  base::Result<> commit(const Batch& batch) {
    if (commits_to_fail > 0 && commits_to_fail-- > 0)
      return base::fail(base::Code::io, "the disk is full");
    for (const std::string& bytes : batch.pictures) EXPECT_TRUE(blobs->put(bytes));
    pictures_inside += static_cast<int>(batch.pictures.size());
    const std::lock_guard lock(mutex_);
    for (const Record& record : batch.records) {
      ++handed_on;
      const bool there = record.picture.empty() || blobs->has(record.picture);
      if (kept_.emplace(record.id, Received{record, batch.of, batch.age, there}).second)
        order_.push_back(record.id);
    }
    if (commits_to_forget > 0 && commits_to_forget-- > 0)
      return base::fail(base::Code::io, "the power went after the commit");
    return {};
  }

  std::vector<net::Route> routes() {
    auto routes = blob_routes(*blobs, [](const net::Request& request) -> base::Result<> {
      TRY(const Credentials who, read_basic(request));
      if (who.password == "secret") return {};
      return base::fail(base::Code::refused, "a wrong token");
    });
    for (net::Route& route : routes) {
      route.handle = [this, handle = route.handle](
                         const net::Request& request) -> base::Result<net::Response> {
        ++requests;
        if (requests_to_fail > 0 && requests_to_fail-- > 0)
          return base::fail(base::Code::io, "by order of a test");
        return handle(request);
      };
    }
    return routes;
  }

  const std::uint16_t port_;
  mutable std::mutex mutex_;
  std::map<std::string, Received> kept_;
  std::vector<std::string> order_;
  std::vector<std::string> states_;
  std::unique_ptr<net::HttpServer> server_;
};

// An uplink to a TestHub, and what was appended to it.
class TestNode {
 public:
  using Settings = std::function<void(Uplink::Options&)>;
  TestNode(const Scratch& scratch, TestHub& hub, Settings settings = {})
      : folder_(scratch.path("node")), hub_(hub), settings_(std::move(settings)) {
    open();
  }

  void open() {
    Uplink::Options options{.folder = folder_,
                            .node = "gate",
                            .token = "secret",
                            .hub_url = hub_.url(),
                            .mqtt_host = "127.0.0.1",
                            .mqtt_port = hub_.broker.port(),
                            .commit_deadline_ns = 300'000'000,
                            .log = log,
                            .clock = hub_.clock};
    if (settings_) settings_(options);
    auto opened = Uplink::open(std::move(options));
    ASSERT_TRUE(opened) << opened.error().message;
    uplink = std::move(*opened);
  }
  void close() { uplink.reset(); }  // without farewell

  // Records that were kept, numbered over all classes.
  bool append(Class of, std::string_view picture = {}) {
    const std::string id = "app/" + std::string(name(of)) + "/" + std::to_string(number_++);
    const Record record{.id = id, .time_ns = number_, .body = R"({"n":1})"};
    if (!uplink->append(of, record, picture)) return false;
    appended[id] = picture.empty() ? "" : store::sha256(picture);
    return true;
  }

  // Waits until the hub has all, once, with their pictures, and the node knows it.
  void expect_all_arrive() {
    EXPECT_TRUE(net::await([this] { return backlog() == 0; }))
        << backlog() << " records wait; " << uplink->status().last_error << "\n"
        << log.text().substr(0, 4'000);
    const auto kept = hub_.kept();
    EXPECT_EQ(kept.size(), appended.size());
    for (const auto& [id, digest] : appended) {
      const auto found = kept.find(id);
      ASSERT_NE(found, kept.end()) << id << " is lost";
      EXPECT_EQ(found->second.record.picture, digest) << id;
      EXPECT_TRUE(found->second.picture_there) << id;
    }
    EXPECT_EQ(uplink->status().picture_bytes, 0u);
  }
  std::uint64_t backlog() const {
    std::uint64_t all = 0;
    for (const ClassStatus& one : uplink->status().classes) all += one.backlog;
    return all;
  }
  bool connected() const {
    return net::await([this] { return uplink->status().connected; });
  }
  const ClassStatus of(Class of) const {
    return uplink->status().classes[static_cast<std::size_t>(of)];
  }
  const std::string& folder() const { return folder_; }

  base::MemoryLog log;
  std::unique_ptr<Uplink> uplink;
  std::map<std::string, std::string> appended;  // id to digest

 private:
  const std::string folder_;
  TestHub& hub_;
  const Settings settings_;
  std::int64_t number_ = 0;
};

// Different bytes for each number.
inline std::string picture(std::uint64_t number, std::size_t bytes) {
  std::string made = "picture " + std::to_string(number) + " ";
  while (made.size() < bytes) made += static_cast<char>((number * 31 + made.size() * 7) % 251);
  return made;
}

// How many records the gap records that arrived tell of.
inline std::int64_t gaps(const std::map<std::string, Received>& kept) {
  std::int64_t sum = 0;
  for (const auto& [id, received] : kept) {
    if (!id.starts_with("gate/gap/")) continue;
    const auto body = data::parse_json(received.record.body);
    sum += *body->find("gap")->get<std::int64_t>();
  }
  return sum;
}

inline std::int64_t arrived(const std::map<std::string, Received>& kept, std::string_view prefix) {
  return std::ranges::count_if(kept,
                               [&](const auto& one) { return one.first.starts_with(prefix); });
}

}  // namespace weir::link
