// region_of_interest: the part of a picture that models see.
#include <memory>
#include <unordered_map>
#include <utility>

#include "flow/operator.h"
#include "operators/columns.h"

namespace weir::operators {
namespace {

using namespace contract;

struct RegionOfInterestParams {
  Region region;
};

constexpr Param kParams[] = {
    param<&RegionOfInterestParams::region>(
        "region", "A polygon in fractions of the full picture: a list of [x, y].",
        {.required = true, .per_device = true}),
};
constexpr Port kInputs[] = {{"in", "Records with a column `image`."}};
constexpr Port kOutputs[] = {
    {"out", "The same records, their pictures with the region.", "same:in"}};
constexpr Contract kContract = {
    .name = "region_of_interest",
    .summary = "Lets models see one part of the picture only.",
    .description =
        "From here on `apply_model` looks at the region alone: it takes the smallest upright "
        "rectangle around it and blanks "
        "what lies outside the polygon. Nothing is cut: boxes stay fractions of the full picture, "
        "and `encode` and `alert` "
        "keep all of it unless they are told to crop. A corner is [x, y] with [0, 0] the upper "
        "left of the picture and "
        "[1, 1] the lower right. With `region: device.drain` each camera has its own, an attribute "
        "of the device.",
    .since = "0.1",
    .group = Group::process,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .example = "region_of_interest: {region: [[0.4, 0.5], [0.6, 0.5], [0.6, 0.8], [0.4, 0.8]]}",
};
static_assert(well_formed(kContract));

class RegionOfInterest final : public flow::Operator {
 public:
  using Params = RegionOfInterestParams;

  RegionOfInterest(flow::Bound<Params> params, std::size_t images)
      : params_(std::move(params)), images_(images) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& params,
                                              flow::Preparation& preparation) {
    TRY(const std::size_t images,
        require_column(preparation, kImage, data::Kind::image, "put it behind decode"));
    const auto flat = [](const Region& region) { return !region.points.empty() && region.flat(); };
    if (flat(params.shared().region)) {
      return preparation.fail("region", base::Code::invalid,
                              "the region's corners lie on one line, so that nothing is inside");
    }
    for (const data::Device device : preparation.devices) {
      if (!flat(params.of(device).region)) continue;
      return preparation.fail("region", base::Code::invalid,
                              "the corners of the region of device '" +
                                  std::string(preparation.services.devices.name(device)) +
                                  "' lie on one line, so that nothing is inside");
    }
    flow::Prepared prepared;
    prepared.outputs = {preparation.inputs.front()};
    prepared.make = [params, images] { return std::make_unique<RegionOfInterest>(params, images); };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    if (batch.empty()) return;
    const data::Batch all = batch.compact();
    const data::Column& images = all.column(images_);
    data::ColumnBuilder marked(data::Kind::image);
    for (std::size_t i = 0; i < all.size(); ++i) {
      if (images.is_null(i)) {
        marked.append_null();
      } else {
        marked.append_image({.frame = images.image(i).frame, .region = region(all.device(i))});
      }
    }
    context.emit(0, replace_column(all, all.schema(), images_, marked.finish()));
  }

 private:
  // All pictures of a device share one region.
  const std::shared_ptr<const Region>& region(data::Device device) {
    const auto [found, fresh] = regions_.try_emplace(device);
    const Region& given = params_.of(device).region;
    if (fresh && !given.points.empty()) found->second = std::make_shared<const Region>(given);
    return found->second;
  }

  flow::Bound<Params> params_;
  std::size_t images_;
  std::unordered_map<data::Device, std::shared_ptr<const Region>> regions_;
};

}  // namespace

extern const flow::OperatorType region_of_interest;
constinit const flow::OperatorType region_of_interest =
    flow::operator_type<RegionOfInterest>(kContract);

}  // namespace weir::operators
