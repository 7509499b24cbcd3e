// alert: tells people of an event, once.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/check.h"
#include "flow/operator.h"
#include "operators/columns.h"
#include "operators/picture.h"

namespace weir::operators {
namespace {

using namespace contract;

struct AlertParams {
  std::string title;
  Duration gap = {10'000'000'000};
  Duration cooldown = {0};
  bool crop = false;
};

constexpr Param kParams[] = {
    param<&AlertParams::title>("title", "What happened, in a few words.", {.required = true}),
    param<&AlertParams::gap>("gap", "Records of one device closer than this are one event.",
                             {.bounds = {.min = 0}}),
    param<&AlertParams::cooldown>("cooldown", "The least time between two alerts of one device.",
                                  {.bounds = {.min = 0}}),
    param<&AlertParams::crop>(
        "crop", "Whether a picture that comes as `image` is cut to its region of interest."),
};
constexpr Port kInputs[] = {{"in", "Records that each speak of the event."}};
constexpr Port kOutputs[] = {{"out", "The record that raised each alert, unchanged.", "same:in"}};
constexpr Contract kContract = {
    .name = "alert",
    .summary = "Raises one alert for each event.",
    .description =
        "Records of one device that lie closer than `gap` in event time are one event. Its first "
        "record raises the alert and "
        "is handed on; the others say the same and end here. An event that begins within "
        "`cooldown` of the device's last "
        "alert raises none and is counted as dropped. The alert's picture is the record's column "
        "`packet`, which `encode` "
        "makes, or else its `image`, encoded as JPEG. An alert that cannot be raised is an error "
        "of its record, and the "
        "event's next record tries again.",
    .since = "0.1",
    .group = Group::output,
    .params = kParams,
    .inputs = kInputs,
    .outputs = kOutputs,
    .state = State::keyed,
    .state_note = "48 bytes a device.",
    .example = "alert: {title: \"somebody is there\", gap: 10s}",
};
static_assert(well_formed(kContract));

#ifdef WEIR_MEDIA
constexpr int kQuality = 85;  // of a picture that alert encodes itself
#endif

// Where an alert's picture is.
struct PictureColumns {
  std::optional<std::size_t> packet, image;
};

PictureColumns picture_columns(const data::Schema& schema) {
  const auto of_kind = [&](std::string_view name, data::Kind kind) {
    const auto column = schema.find(name);
    return column && schema.field(*column).type.kind() == kind ? column : std::nullopt;
  };
  return {of_kind(kPacket, data::Kind::packet), of_kind(kImage, data::Kind::image)};
}

class AlertOperator final : public flow::Operator {
 public:
  using Params = AlertParams;

  AlertOperator(Params params, std::string step, PictureColumns pictures, flow::Services& services)
      : params_(std::move(params)),
        step_(std::move(step)),
        pictures_(pictures),
        services_(services) {}

  static base::Result<flow::Prepared> prepare(const flow::Bound<Params>& params,
                                              flow::Preparation& preparation) {
    CHECK(preparation.services.alerts != nullptr);
    flow::Prepared prepared;
    prepared.outputs = {preparation.inputs.front()};
    prepared.make = [params = params.shared(), step = preparation.step,
                     pictures = picture_columns(*preparation.inputs.front()),
                     &services = preparation.services] {
      return std::make_unique<AlertOperator>(params, step, pictures, services);
    };
    return prepared;
  }

  void process(std::size_t, const data::Batch& batch, flow::Context& context) override {
    std::vector<std::uint32_t> raised;
    for (std::size_t i = 0; i < batch.size(); ++i) {
      const auto outcome = handle(batch, i);
      if (!outcome) {
        context.reject(batch, i, outcome.error());
      } else if (*outcome == Outcome::raised) {
        raised.push_back(static_cast<std::uint32_t>(batch.row(i)));
      } else if (*outcome == Outcome::suppressed) {
        context.drop(1);
      }
    }
    if (!raised.empty()) context.emit(0, batch.select(std::move(raised)));
  }

  flow::StateTable* state() override { return &events_; }

 private:
  enum class Outcome : std::uint8_t { raised, merged, suppressed };

  struct Event {
    std::int64_t begun = 0;     // whether there was one
    std::int64_t first_ns = 0;  // its oldest record
    std::int64_t last_ns = 0;   // and its newest
    std::int64_t alerted = 0;   // whether there was an alert
    std::int64_t alert_ns = 0;  // the newest one
    std::int64_t alerts = 0;
  };

  base::Result<Outcome> handle(const data::Batch& batch, std::size_t index) {
    const data::Device device = batch.device(index);
    const std::int64_t time_ns = batch.time_ns(index);
    Event& event = events_.at(flow::Key{device});
    if (event.begun != 0 && belongs(event, time_ns)) {
      event.first_ns = std::min(event.first_ns, time_ns);
      event.last_ns = std::max(event.last_ns, time_ns);
      return Outcome::merged;
    }
    const bool cooling = event.alerted != 0 && distance_ns(time_ns, event.alert_ns) <
                                                   static_cast<std::uint64_t>(params_.cooldown.ns);
    // Only an alert that was raised begins the event: else the next record has another try.
    if (!cooling) TRY_DO(raise(batch, index, event.alerts));
    event.begun = 1;
    event.first_ns = event.last_ns = time_ns;
    if (cooling) return Outcome::suppressed;
    event.alerted = 1;
    event.alert_ns = time_ns;
    ++event.alerts;
    return Outcome::raised;
  }

  // Within the event, or closer than a gap to it.
  bool belongs(const Event& event, std::int64_t time_ns) const {
    const std::int64_t near_ns = std::clamp(time_ns, event.first_ns, event.last_ns);
    return distance_ns(time_ns, near_ns) < static_cast<std::uint64_t>(params_.gap.ns);
  }

  static std::uint64_t distance_ns(std::int64_t a, std::int64_t b) {
    const auto x = static_cast<std::uint64_t>(a);
    const auto y = static_cast<std::uint64_t>(b);
    return a > b ? x - y : y - x;
  }

  base::Result<> raise(const data::Batch& batch, std::size_t index, std::int64_t number) {
    flow::Alert alert;
    alert.time_ns = batch.time_ns(index);
    alert.deployment = services_.deployment;
    alert.step = step_;
    alert.device = services_.devices.name(batch.device(index));
    alert.title = params_.title;
    alert.id = fmt::format("{}/{}/{}/{}/{}", alert.deployment, step_, alert.device, services_.epoch,
                           number);
    TRY(alert.picture, picture(batch, index));
    if (alert.picture != nullptr) {
      alert.captured_ns = alert.picture->captured_ns;
      alert.received_ns = alert.picture->received_ns;
    }
    return services_.alerts->raise(alert);
  }

  base::Result<data::PacketRef> picture(const data::Batch& batch, std::size_t index) const {
    const std::size_t row = batch.row(index);
    if (pictures_.packet && !batch.column(*pictures_.packet).is_null(row)) {
      const data::PacketRef& packet = batch.column(*pictures_.packet).packet(row);
      return packet->format->codec == data::Codec::mjpeg ? packet : nullptr;
    }
#ifdef WEIR_MEDIA
    if (pictures_.image && !batch.column(*pictures_.image).is_null(row)) {
      return encode_picture(batch.column(*pictures_.image).image(row),
                            params_.crop ? Extent::region : Extent::full, kQuality,
                            batch.time_ns(index));
    }
#endif
    return data::PacketRef();
  }

  Params params_;
  std::string step_;
  PictureColumns pictures_;
  flow::Services& services_;
  flow::Keyed<Event> events_;
};

}  // namespace

extern const flow::OperatorType alert;
constinit const flow::OperatorType alert = flow::operator_type<AlertOperator>(kContract);

}  // namespace weir::operators
