// resolution: pictures in another size.
#ifdef WEIR_MEDIA
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "flow/operator.h"
#include "media/picture.h"
#include "operators/columns.h"

namespace weir::operators {
namespace {

using namespace contract;

struct ResolutionParams {
  std::int64_t width = 0;
  std::int64_t height = 0;
};

constexpr Bounds kSide = {.min = 0, .max = media::kSideMax};
constexpr Param kParams[] = {
    param<&ResolutionParams::width>("width", "Width of the pictures; 0 follows from the height.",
                                    {.bounds = kSide, .unit = "{pixel}"}),
    param<&ResolutionParams::height>("height", "Height of the pictures; 0 follows from the width.",
                                     {.bounds = kSide, .unit = "{pixel}"}),
};
constexpr Rule kRules[] = {{"width > 0 || height > 0", "`width`, `height` or both are given."}};
constexpr Port kInputs[] = {{"in", "Records with a column `image`."}};
constexpr Port kOutputs[] = {
    {"out", "The same records, their pictures in the new size.", "same:in"}};
constexpr Contract kContract = {
    .name = "resolution",
    .summary = "Scales pictures to another size.",
    .description =
        "With one side given the other keeps the picture's proportions, to the nearest even number "
        "of pixels; a picture that would be too large then is an error. Shrinking "
        "averages over areas. A model needs no such step: `apply_model` scales as the model's "
        "package says, from the "
        "picture as it is. Places, such as boxes and regions, stay the same, since they are "
        "fractions of the picture.",
    .since = "0.1",
    .group = Group::process,
    .params = kParams,
    .rules = kRules,
    .inputs = kInputs,
    .outputs = kOutputs,
    .example = "resolution: {width: 640}",
};
static_assert(well_formed(kContract));

int in_proportion(std::int64_t given, int of, int to) {
  const double exact = static_cast<double>(given) * to / of;
  return std::max(2 * static_cast<int>(std::lround(exact / 2)), 2);
}

class Resolution final : public flow::Operator {
 public:
  using Params = ResolutionParams;

  Resolution(const Params& params, std::size_t images) : params_(params), images_(images) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& params,
                                              flow::Preparation& preparation) {
    TRY(const std::size_t images,
        require_column(preparation, kImage, data::Kind::image, "put it behind decode"));
    flow::Prepared prepared;
    prepared.outputs = {preparation.inputs.front()};
    prepared.make = [params = params.shared(), images] {
      return std::make_unique<Resolution>(params, images);
    };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    if (batch.empty()) return;
    const data::Batch all = batch.compact();
    const data::Column& images = all.column(images_);
    data::ColumnBuilder scaled(data::Kind::image);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (images.is_null(i)) {
        scaled.append_null();
        rows.push_back(i);
        continue;
      }
      const data::Image& image = images.image(i);
      if (auto frame = media::scale(image.frame, size(*image.frame))) {
        scaled.append_image({.frame = *std::move(frame), .region = image.region});
        rows.push_back(i);
      } else {
        scaled.append_null();
        context.reject(batch, i, frame.error());
      }
    }
    const data::Batch out = replace_column(all, all.schema(), images_, scaled.finish());
    if (!rows.empty()) context.emit(0, rows.size() == out.size() ? out : out.select(rows));
  }

 private:
  media::Size size(const data::Frame& frame) const {
    const auto width = static_cast<int>(params_.width);
    const auto height = static_cast<int>(params_.height);
    if (width == 0) return {in_proportion(height, frame.height, frame.width), height};
    if (height == 0) return {width, in_proportion(width, frame.width, frame.height)};
    return {width, height};
  }

  Params params_;
  std::size_t images_;
};

}  // namespace

extern const flow::OperatorType resolution;
constinit const flow::OperatorType resolution = flow::operator_type<Resolution>(kContract);

}  // namespace weir::operators
#endif
