// Made-up contracts for tests of this folder: every parameter type, several ports, rules, a default
// for everything.
//
// Constants, thread-safe.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "contract/contract.h"

namespace weir::contract::sample {

struct CameraParams {
  std::string product, property;
};
inline constexpr Param kCameraParams[] = {
    param<&CameraParams::product>("product", "Product of the cameras.", {.required = true}),
    param<&CameraParams::property>("property", "Property that is the stream.", {.required = true}),
};
inline constexpr Port kRecords[] = {{"out", "Records."}};
inline constexpr Contract kCamera = {
    .name = "camera_input",
    .summary = "Reads cameras.",
    .description = "Stands for any input.",
    .since = "0.1",
    .group = Group::input,
    .params = kCameraParams,
    .outputs = kRecords,
    .example = "camera_input: {product: camera, property: video}",
};
static_assert(well_formed(kCamera));

inline constexpr Port kIn[] = {{"in", "Any records.", "", Policy::newest}};
inline constexpr Contract kPass = {
    .name = "pass",
    .summary = "Passes records on.",
    .description = "Has no parameters.",
    .since = "0.1",
    .inputs = kIn,
    .outputs = kRecords,
    .example = "pass",
};
static_assert(well_formed(kPass));

enum class Side : std::uint8_t { above, below };
inline constexpr std::string_view kSides[] = {"above", "below"};
struct ThresholdParams {
  Column column;
  double limit = 80;
  double clear = 75;
  Side side = Side::above;
  Duration hold = {5'000'000'000};
  std::int32_t count = 1;
  bool strict = false;
};
inline constexpr Param kThresholdParams[] = {
    param<&ThresholdParams::column>("column", "Numeric column to watch.", {.required = true}),
    param<&ThresholdParams::limit>("limit", "Value that must be crossed.",
                                   {.bounds = {-100, 1000}, .unit = "Cel", .per_device = true}),
    param<&ThresholdParams::clear>("clear", "Value at which it re-arms.",
                                   {.unit = "Cel", .per_device = true}),
    param<&ThresholdParams::side>("side", "Which side raises the event.", {.choices = kSides}),
    param<&ThresholdParams::hold>("hold", "How long the value must stay there.",
                                  {.bounds = {0, 3600}}),
    param<&ThresholdParams::count>("count", "Crossings that make one event.",
                                   {.bounds = {.min = 1}}),
    param<&ThresholdParams::strict>("strict", "Whether the limit itself is not beyond."),
};
inline constexpr Rule kThresholdRules[] = {{"side == 'above' ? clear <= limit : clear >= limit",
                                            "`clear` lies on the quiet side of `limit`."}};
inline constexpr Port kThresholdOutputs[] = {
    {"out", "Every input record, unchanged.", "same:in"},
    {"event", "One record a crossing.", "since:timestamp, value:float64"},
};
inline constexpr Contract kThreshold = {
    .name = "threshold",
    .summary = "Reports when a value stays beyond a limit.",
    .description = "Raises one event when the value first stays beyond the limit for `hold`.",
    .since = "0.1",
    .params = kThresholdParams,
    .rules = kThresholdRules,
    .inputs = kIn,
    .outputs = kThresholdOutputs,
    .state = State::keyed,
    .state_note = "16 bytes a key.",
    .example = "threshold: {column: temperature, limit: 80, clear: 75, hold: 5s}",
};
static_assert(well_formed(kThreshold));

struct FilterParams {
  Expression where;
};
inline constexpr Param kFilterParams[] = {
    param<&FilterParams::where>("where", "Records that pass.", {.required = true}),
};
inline constexpr Port kSame[] = {{"out", "Records that pass.", "same:in"}};
inline constexpr Contract kFilter = {
    .name = "filter",
    .summary = "Lets records pass.",
    .description = "Null does not pass.",
    .since = "0.1",
    .params = kFilterParams,
    .inputs = kIn,
    .outputs = kSame,
    .example = "filter: {where: \"a.score > 0.6 || b == 'x|y'\"}",
};
static_assert(well_formed(kFilter));

struct LookParams {
  Region region;
  Model model;
  Names classes = {"person"};
  float score = 0.5F;
};
inline constexpr Param kLookParams[] = {
    param<&LookParams::region>("region", "Part of the picture.", {.per_device = true}),
    param<&LookParams::model>("model", "Model that looks.", {.required = true}),
    param<&LookParams::classes>("classes", "Classes that count."),
    param<&LookParams::score>("score", "Least score.", {.bounds = {0, 1}}),
};
inline constexpr Contract kLook = {
    .name = "look",
    .summary = "Looks at pictures.",
    .description = "Stands for a model.",
    .since = "0.1",
    .params = kLookParams,
    .inputs = kIn,
    .outputs = kRecords,
    .state = State::instant,
    .state_note = "The frames in work.",
    .example = "look:\n  model: $detector\n  classes: [person, car]",
};
static_assert(well_formed(kLook));

inline constexpr Port kTwo[] = {{"left", "Records on the left."}, {"right", "Those on the right."}};
inline constexpr Contract kJoin = {
    .name = "join",
    .summary = "Joins two inputs.",
    .description = "Has two input ports.",
    .since = "0.1",
    .inputs = kTwo,
    .outputs = kRecords,
    .example = "join",
};
static_assert(well_formed(kJoin));

struct SaveParams {
  Path path = {"out.jsonl"};
  std::string title;
};
inline constexpr Param kSaveParams[] = {
    param<&SaveParams::path>("path", "File to write."),
    param<&SaveParams::title>("title", "What stands in its first line."),
};
inline constexpr Contract kSave = {
    .name = "save",
    .summary = "Writes records.",
    .description = "Hands nothing on.",
    .since = "0.1",
    .group = Group::output,
    .params = kSaveParams,
    .inputs = kIn,
    .example = "save: {path: out.jsonl}",
};
static_assert(well_formed(kSave));

inline constexpr std::array<const Contract*, 7> kAll = {&kCamera, &kPass, &kThreshold, &kFilter,
                                                        &kLook,   &kJoin, &kSave};

}  // namespace weir::contract::sample
