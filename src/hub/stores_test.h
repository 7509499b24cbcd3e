// What the hub's tests share: a folder of their own, and all that keeps what nodes send in it.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "hub/alerts.h"
#include "hub/ingest.h"
#include "hub/nodes.h"
#include "hub/results.h"
#include "net/feed.h"
#include "store/blobs.h"
#include "store/database.h"

namespace weir::hub {

// Empty, and gone with all that is in it.
class TestFolder {
 public:
  TestFolder();
  ~TestFolder();
  TestFolder(const TestFolder&) = delete;
  TestFolder& operator=(const TestFolder&) = delete;

  std::string operator/(std::string_view name) const { return path_ + "/" + std::string(name); }

 private:
  std::string path_;
};

struct Stores {
  struct Limits {
    std::int64_t alerts_max = kAlertsMax;
    std::int64_t results_max = kResultsMax;
    std::uint64_t pictures_quota_bytes = std::uint64_t{1} << 20;
  };
  explicit Stores(const Limits& limits);
  Stores() : Stores(Limits()) {}

  // As after a restart.
  void open();
  // A node "gate" with the token "secret", where it is not there yet.
  void add_gate();
  base::Result<> commit(link::Class of, std::vector<link::Record> records,
                        std::string_view node = "gate", std::vector<std::string> pictures = {});

  const TestFolder folder;
  const Limits limits;
  base::ManualClock clock{1'700'000'000'000'000'000};
  base::MemoryLog log;
  std::unique_ptr<store::Database> database;
  std::unique_ptr<store::Blobs> pictures;
  std::unique_ptr<Nodes> nodes;
  std::unique_ptr<Alerts> alerts;
  std::unique_ptr<Results> results;
  net::Feed feed;
  std::unique_ptr<Ingest> ingest;
};

// {"title": title, "device": device, …} as nodes write it.
link::Record alert_record(std::string_view id, std::string_view title = "dumping",
                          std::string_view device = "south");

}  // namespace weir::hub
