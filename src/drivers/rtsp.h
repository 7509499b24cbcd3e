// The rtsp driver: cameras that serve RTSP (RFC 2326). Built with WEIR_MEDIA.
//
// A thread a stream (drivers/stream_worker.h); libavformat speaks the protocol (media/demuxer.h).
#pragma once

#include "drivers/driver.h"

namespace weir::drivers {

const DriverType& rtsp_driver();

}  // namespace weir::drivers
