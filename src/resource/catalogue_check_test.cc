// Documents checked with several catalogues: what one of them allows is taken.
#include "resource/catalogue_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

#include "contract/sample_contracts.h"
#include "resource/keeper_test.h"

namespace weir::resource {
namespace {

using ::testing::HasSubstr;

// A node built without an operator, or one that lies, must not keep others from theirs.
TEST(Catalogues, take_what_one_of_several_allows) {
  testing::Keeper keeper;
  static constexpr std::array<const contract::Contract*, 1> kNoCamera = {&contract::sample::kSave};
  static constexpr std::array<const contract::Contract*, 2> kNoLook = {&contract::sample::kCamera,
                                                                       &contract::sample::kSave};
  keeper.catalogues.insert(keeper.catalogues.begin(),
                           std::make_shared<contract::Catalogue>(kNoCamera));
  keeper.catalogues.push_back(std::make_shared<contract::Catalogue>(kNoLook));
  keeper.apply(std::string(testing::kApplication) + "---\n" +
               keeper.model("detector", {{"model.yaml", "task: detection\n"}}) +
               "---\nkind: Deployment\nname: watch\npipeline: watch\ndevices: {product: camera}\n"
               "models: {detector: detector}\n");
  EXPECT_EQ(
      keeper.refusal("kind: Pipeline\nname: q\nsteps:\n"
                     "- camera_input: {product: camera, property: video}\n"
                     "- look: {model: $detector, scor: 1}\n"),
      "app.yaml:5:28: 'look' has no parameter 'scor' (did you mean 'score'?), expected region, "
      "model, classes or score\n")
      << "of the catalogue that fits best";
  EXPECT_THAT(keeper.refusal("kind: Deployment\nname: e\npipeline: watch\ndevices: [camera-1]\n"),
              HasSubstr("does not fill slot 'detector'"));
}

}  // namespace
}  // namespace weir::resource
