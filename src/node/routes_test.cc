// api/openapi.yaml describes what a node serves, and nothing else of it.
#include "node/routes.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

#include "resource/openapi_test.h"
#include "resource/schema.h"
#include "store/database.h"
#include "store/seal.h"

namespace weir::node {
namespace {

TEST(Routes, are_the_ones_described) {
  const base::SystemClock clock;
  base::MemoryLog lines;
  base::RecentLog log(lines, clock);
  const std::string folder =
      std::filesystem::temp_directory_path() / ("weir_routes_" + std::to_string(::getpid()));
  const auto database = store::Database::open(
      {.path = folder + "/db", .migrations = {resource::kSchema}, .log = log, .clock = clock});
  ASSERT_TRUE(database) << database.error().message;
  const auto blobs = store::Blobs::open({.folder = folder + "/blobs", .log = log});
  const auto seal = store::Seal::open(folder + "/key");
  ASSERT_TRUE(blobs && seal);
  const auto resources = resource::Resources::open({.database = **database,
                                                    .seal = *seal,
                                                    .blobs = **blobs,
                                                    .catalogues = {},
                                                    .clock = clock,
                                                    .log = log});
  ASSERT_TRUE(resources) << resources.error().message;
  const contract::Catalogue operators = catalogue();
  const RateMeter rates;
  const auto served = resource::testing::served(routes({.resources = **resources,
                                                        .blobs = **blobs,
                                                        .catalogue = operators,
                                                        .log = log,
                                                        .rates = rates,
                                                        .data = {},
                                                        .snapshot = {},
                                                        .http = {}}));
  std::vector<std::string> tags;
  const data::Node document = resource::testing::openapi();
  for (const data::Node& tag : document.find("tags")->items())
    tags.push_back(tag.find("name")->text());
  EXPECT_EQ(served, resource::testing::described("node", tags));
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace weir::node
