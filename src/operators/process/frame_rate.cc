// frame_rate: at most so many records a second of each device.
#include <algorithm>
#include <cmath>
#include <utility>
#include <vector>

#include "flow/operator.h"

namespace weir::operators {
namespace {

using namespace contract;

struct FrameRateParams {
  double rate = 1;
};

constexpr Param kParams[] = {
    param<&FrameRateParams::rate>(
        "rate", "How many records a second to keep.",
        {.bounds = {.min = 0.001, .max = 1000}, .unit = "1/s", .required = true}),
};
constexpr Port kInputs[] = {{"in", "Pictures or other records."}};
constexpr Port kOutputs[] = {{"out", "The records kept, unchanged.", "same:in"}};
constexpr Contract kContract = {
    .name = "frame_rate",
    .summary = "Keeps at most so many records a second of each device.",
    .description =
        "Event time is divided into equal parts, beginning with a device's first record; of each "
        "part the first record is "
        "kept, and a record that comes less than a tenth of a part before its border counts as the "
        "next "
        "part's, since times jitter. Of 10 pictures a second with `rate: 2` each fifth stays. A "
        "rate above that of the "
        "input keeps all. Put it "
        "behind `decode`: packets of video cannot be left out one by one.",
    .since = "0.1",
    .group = Group::process,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .state = State::keyed,
    .state_note = "32 bytes a device.",
    .example = "frame_rate: {rate: 2}",
};
static_assert(well_formed(kContract));

// Times of pictures are rounded or jitter a little: a record this much of a part early counts for
// it.
constexpr double kEarlyMax = 0.1;

class FrameRate final : public flow::Operator {
 public:
  using Params = FrameRateParams;

  explicit FrameRate(double rate) : part_ns_(1e9 / rate) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& params,
                                              flow::Preparation& preparation) {
    flow::Prepared prepared;
    prepared.outputs = {preparation.inputs.front()};
    prepared.make = [rate = params.shared().rate] { return std::make_unique<FrameRate>(rate); };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    std::vector<std::uint32_t> rows;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      if (keep(parts_.at(flow::Key{batch.device(i)}), batch.time_ns(i))) {
        rows.push_back(static_cast<std::uint32_t>(batch.row(i)));
      }
    }
    if (rows.size() == batch.size() && !rows.empty()) return context.emit(0, batch);
    if (!rows.empty()) context.emit(0, batch.select(std::move(rows)));
  }

  flow::StateTable* state() override { return &parts_; }

 private:
  struct Parts {
    std::int64_t begin_ns = 0;  // of part 0
    std::int64_t next = 0;      // the first part of which nothing was kept
    std::int64_t begun = 0;     // whether there was a record
    std::int64_t last_ns = 0;   // the newest record, kept or not
  };

  // Subtracted as integers: doubles hold today's time to a quarter of a microsecond only.
  static double between_ns(std::int64_t from_ns, std::int64_t to_ns) {
    std::int64_t difference = 0;
    if (!__builtin_sub_overflow(to_ns, from_ns, &difference)) {
      return static_cast<double>(difference);
    }
    return static_cast<double>(to_ns) - static_cast<double>(from_ns);
  }

  bool keep(Parts& parts, std::int64_t time_ns) const {
    const double early_ns =
        std::clamp(between_ns(parts.last_ns, time_ns) / 2, 0.0, kEarlyMax * part_ns_);
    const double since_ns = between_ns(parts.begin_ns, time_ns);
    const double part = std::floor((since_ns + early_ns) / part_ns_);
    parts.last_ns = time_ns;
    // Time that goes back further than a part, as after a clock was set, begins anew.
    if (parts.begun == 0 || part < static_cast<double>(parts.next) - 2) {
      parts = {.begin_ns = time_ns, .next = 1, .begun = 1, .last_ns = time_ns};
      return true;
    }
    if (part < static_cast<double>(parts.next)) return false;
    parts.next = static_cast<std::int64_t>(part) + 1;
    return true;
  }

  double part_ns_;
  flow::Keyed<Parts> parts_;
};

}  // namespace

extern const flow::OperatorType frame_rate;
constinit const flow::OperatorType frame_rate = flow::operator_type<FrameRate>(kContract);

}  // namespace weir::operators
