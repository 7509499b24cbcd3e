// A folder, a database and what stands on it, for tests.
#include "hub/stores_test.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <utility>

#include "base/check.h"
#include "hub/schema.h"
#include "store/digest.h"

namespace weir::hub {

TestFolder::TestFolder() : path_(testing::TempDir() + "weir-hub-XXXXXX") {
  CHECK(mkdtemp(path_.data()) != nullptr);
}

TestFolder::~TestFolder() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

Stores::Stores(const Limits& given) : limits(given) {
  open();
  add_gate();
}

void Stores::open() {
  ingest.reset();
  results.reset();
  alerts.reset();
  nodes.reset();
  pictures.reset();
  database.reset();
  const auto must = [](auto result) {
    EXPECT_TRUE(result) << result.error().message;
    CHECK(result);
    return std::move(*result);
  };
  database = must(store::Database::open({.path = folder / "hub.db",
                                         .migrations = {kSchema, kLostSchema},
                                         .log = log,
                                         .clock = clock}));
  pictures = must(store::Blobs::open(
      {.folder = folder / "pictures", .quota_bytes = limits.pictures_quota_bytes, .log = log}));
  nodes = must(Nodes::open({.database = *database, .log = log, .clock = clock}));
  alerts = must(Alerts::open(*database, clock, limits.alerts_max));
  results = must(Results::open(*database, limits.results_max));
  ingest =
      std::make_unique<Ingest>(Ingest::Options{.database = *database,
                                               .nodes = *nodes,
                                               .alerts = *alerts,
                                               .results = *results,
                                               .pictures = *pictures,
                                               .pictures_quota_bytes = limits.pictures_quota_bytes,
                                               .feed = feed,
                                               .log = log,
                                               .clock = clock});
}

void Stores::add_gate() {
  if (nodes->known("gate")) return;
  const auto added = nodes->add("gate", {.digest = store::sha256("secret"), .broker = "hash"});
  EXPECT_TRUE(added) << added.error().message;
}

base::Result<> Stores::commit(link::Class of, std::vector<link::Record> records,
                              std::string_view node, std::vector<std::string> pictures) {
  return ingest->commit({.node = std::string(node),
                         .log = "log",
                         .of = of,
                         .records = std::move(records),
                         .pictures = std::move(pictures)});
}

link::Record alert_record(std::string_view id, std::string_view title, std::string_view device) {
  return {.id = std::string(id),
          .time_ns = 1'600'000'000'000'000'000,
          .body = fmt::format(R"({{"device":"{}","title":"{}","deployment":"app","step":"alert"}})",
                              device, title)};
}

}  // namespace weir::hub
