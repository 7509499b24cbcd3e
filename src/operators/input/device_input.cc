// device_input: records of devices; this version reads them from a file in its place.
#include "flow/operator.h"

namespace weir::operators {
namespace {

using namespace contract;

struct DeviceInputParams {
  std::string product;
};

constexpr Param kParams[] = {
    param<&DeviceInputParams::product>("product", "The product of the devices to read.",
                                       {.required = true}),
};
constexpr Port kOutputs[] = {{"out", "One record a message, a column a property."}};
constexpr Contract kContract = {
    .name = "device_input",
    .summary = "Reads what devices measure, one record a message.",
    .description =
        "A property that a message does not hold is null. In this version there is no bus for such "
        "messages yet: run the "
        "pipeline with `weir run --input FILE`, which reads CSV or JSON lines in the place of this "
        "step, with the columns that "
        "the product's properties have.",
    .since = "0.1",
    .group = Group::input,
    .params = kParams,
    .outputs = kOutputs,
    .example = "device_input: {product: machine}",
};
static_assert(well_formed(kContract));

class DeviceInput {
 public:
  using Params = DeviceInputParams;

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>&,
                                              flow::Preparation& preparation) {
    return preparation.fail("", base::Code::not_yet,
                            "the device bus carries streams only so far, and no records; expected "
                            "`weir run --input FILE` to read them from CSV or JSON lines");
  }
};

}  // namespace

extern const flow::OperatorType device_input;
constinit const flow::OperatorType device_input = flow::operator_type<DeviceInput>(kContract);

}  // namespace weir::operators
