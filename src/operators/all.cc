// The list of operators: a new one is its file and two lines here.
#include "operators/all.h"

namespace weir::operators {

extern const flow::OperatorType file_input;
extern const flow::OperatorType stream_input;
extern const flow::OperatorType device_input;
extern const flow::OperatorType demux;
extern const flow::OperatorType frame_rate;
extern const flow::OperatorType region_of_interest;
extern const flow::OperatorType apply_model;
extern const flow::OperatorType filter;
extern const flow::OperatorType file_output;
extern const flow::OperatorType alert;
#ifdef WEIR_MEDIA
extern const flow::OperatorType decode;
extern const flow::OperatorType resolution;
extern const flow::OperatorType encode;
#endif

std::span<const flow::OperatorType* const> all() {
  static constexpr const flow::OperatorType* kAll[] = {
      &stream_input, &device_input,       &file_input,  //
      &demux,
#ifdef WEIR_MEDIA
      &decode,       &resolution,
#endif
      &frame_rate,   &region_of_interest, &apply_model, &filter,
#ifdef WEIR_MEDIA
      &encode,
#endif
      &alert,        &file_output,
  };
  return kAll;
}

contract::LeftOut left_out() {
#ifdef WEIR_MEDIA
  return {};
#else
  static constexpr std::string_view kNames[] = {"decode", "resolution", "encode"};
  return {.names = kNames, .why = "needs media, and this build has none (WEIR_MEDIA=OFF)"};
#endif
}

}  // namespace weir::operators
