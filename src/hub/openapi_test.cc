// api/openapi.yaml describes what the hub serves, and nothing else of it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include "base/recent_log.h"
#include "hub/routes.h"
#include "hub/stores_test.h"
#include "resource/openapi_test.h"
#include "resource/schema.h"
#include "store/seal.h"

namespace weir::hub {
namespace {

TEST(OpenApi, describes_the_routes_of_the_hub) {
  Stores stores;
  base::RecentLog log(stores.log, stores.clock);
  ASSERT_TRUE(stores.database->execute(resource::kSchema));
  const auto seal = store::Seal::open(stores.folder / "key");
  ASSERT_TRUE(seal);
  const auto resources = resource::Resources::open({.database = *stores.database,
                                                    .seal = *seal,
                                                    .blobs = *stores.pictures,
                                                    .catalogues = {},
                                                    .clock = stores.clock,
                                                    .log = log});
  ASSERT_TRUE(resources);
  const auto broker =
      Broker::start({.folder = "", .external = BrokerAddress{}, .log = log, .clock = stores.clock});
  ASSERT_TRUE(broker);
  std::vector<std::string> served =
      resource::testing::served(routes({.alerts = *stores.alerts,
                                        .results = *stores.results,
                                        .nodes = *stores.nodes,
                                        .broker = **broker,
                                        .resources = **resources,
                                        .pictures = *stores.pictures,
                                        .models = *stores.pictures,
                                        .log = log,
                                        .status = [] { return Status(); }}));
  served.push_back("GET " + std::string(kLiveAlertsPattern));
  std::ranges::sort(served);

  std::vector<std::string> tags;
  const data::Node document = resource::testing::openapi();
  for (const data::Node& tag : document.find("tags")->items()) {
    tags.push_back(tag.find("name")->text());
  }
  EXPECT_EQ(served, resource::testing::described("hub", tags));
}

}  // namespace
}  // namespace weir::hub
