// encode: pictures to JPEG.
#ifdef WEIR_MEDIA
#include <utility>
#include <vector>

#include "flow/operator.h"
#include "media/picture.h"
#include "operators/columns.h"
#include "operators/picture.h"

namespace weir::operators {
namespace {

using namespace contract;

enum class Format : std::uint8_t { jpeg };
constexpr std::string_view kFormats[] = {"jpeg"};

struct EncodeParams {
  Format format = Format::jpeg;
  std::int64_t quality = media::kJpegQuality;
  bool crop = false;
};

constexpr Param kParams[] = {
    param<&EncodeParams::format>("format", "How pictures are encoded.", {.choices = kFormats}),
    param<&EncodeParams::quality>("quality", "From 1, small, to 100, faithful.",
                                  {.bounds = {.min = 1, .max = 100}}),
    param<&EncodeParams::crop>("crop",
                               "Whether to keep only the rectangle around the region of interest."),
};
constexpr Port kInputs[] = {{"in", "Records with a column `image`."}};
constexpr Port kOutputs[] = {
    {"out",
     "The same records with a column `packet`, the encoded picture, in the place of `image`."}};
constexpr Contract kContract = {
    .name = "encode",
    .summary = "Encodes pictures, so that they can leave the pipeline.",
    .description =
        "Replaces the column `image` by `packet`; the other columns stay. A picture keeps all it "
        "shows, whatever region models "
        "were shown, unless `crop` is true. Encoding costs: put it behind the filters. In JSON an "
        "encoded picture is base64 "
        "text.",
    .since = "0.1",
    .group = Group::process,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .example = "encode: {format: jpeg, quality: 90}",
};
static_assert(well_formed(kContract));

class Encode final : public flow::Operator {
 public:
  using Params = EncodeParams;

  Encode(const Params& params, std::size_t images, data::SchemaRef schema)
      : extent_(params.crop ? Extent::region : Extent::full),
        quality_(static_cast<int>(params.quality)),
        images_(images),
        schema_(std::move(schema)) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& params,
                                              flow::Preparation& preparation) {
    TRY(const std::size_t images,
        require_column(preparation, kImage, data::Kind::image, "put it behind decode"));
    const data::Schema& in = *preparation.inputs.front();
    if (in.find(kPacket)) {
      return preparation.fail("", base::Code::conflict,
                              "its input already has a column `packet`, which encode would make");
    }
    data::Field field = in.field(images);
    field.name = kPacket;
    field.type = data::Kind::packet;
    const data::SchemaRef schema = replace_field(in, images, std::move(field));
    flow::Prepared prepared;
    prepared.outputs = {schema};
    prepared.make = [params = params.shared(), images, schema] {
      return std::make_unique<Encode>(params, images, schema);
    };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    if (batch.empty()) return;
    const data::Batch all = batch.compact();
    const data::Column& images = all.column(images_);
    data::ColumnBuilder packets(data::Kind::packet);
    std::vector<std::uint32_t> rows;
    for (std::uint32_t i = 0; i < all.size(); ++i) {
      if (images.is_null(i)) {
        packets.append_null();
        rows.push_back(i);
        continue;
      }
      if (auto packet = encode_picture(images.image(i), extent_, quality_, all.time_ns(i))) {
        packets.append_packet(*std::move(packet));
        rows.push_back(i);
      } else {
        packets.append_null();
        context.reject(batch, i, packet.error());
      }
    }
    const data::Batch out = replace_column(all, schema_, images_, packets.finish());
    if (!rows.empty()) context.emit(0, rows.size() == out.size() ? out : out.select(rows));
  }

 private:
  Extent extent_;
  int quality_;
  std::size_t images_;
  data::SchemaRef schema_;
};

}  // namespace

extern const flow::OperatorType encode;
constinit const flow::OperatorType encode = flow::operator_type<Encode>(kContract);

}  // namespace weir::operators
#endif
