// Streams by the names that people know.
#include "node/stream_service.h"

#include <gtest/gtest.h>

namespace weir::node {
namespace {

TEST(StreamService, names_the_device_that_has_no_such_stream) {
  bus::Streams streams;
  data::Dictionary devices;
  devices.id("door");
  const data::Device gate = devices.id("gate");
  ASSERT_TRUE(streams.add(gate, "video", nullptr));
  StreamService service(streams, devices);
  EXPECT_TRUE(service.open(gate, "video", nullptr));
  const auto opened = service.open(gate, "vide", nullptr);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().code, base::Code::unknown_name);
  EXPECT_EQ(opened.error().message,
            "device 'gate' has no stream 'vide', expected it under its `bind`");
}

}  // namespace
}  // namespace weir::node
