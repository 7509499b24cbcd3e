// Devices read from YAML. Mistakes are in tests/golden/documents/device_mistakes.
#include "device/device.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::device {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

std::optional<Device> parse(std::string_view text, data::Diagnostics& diagnostics) {
  return parse_device(data::parse_yaml(text)->front(), "d.yaml", diagnostics);
}

TEST(Device, ReadsAllItsParts) {
  data::Diagnostics diagnostics;
  const auto device = parse(R"(kind: Device
name: camera-1
product: [camera, lamp]
driver: rtsp
connect: {host: "127.0.0.1:8554", user: eve, password: "hush"}
bind: {video: {path: /camera-1}, lamp.light: {path: /light}}
attributes: {site: harbor}
)",
                            diagnostics);
  EXPECT_EQ(diagnostics.text(), "");
  ASSERT_TRUE(device);
  EXPECT_THAT(device->products, ElementsAre("camera", "lamp"));
  EXPECT_TRUE(device->is_a("lamp"));
  EXPECT_FALSE(device->is_a("lam"));
  EXPECT_EQ(device->driver, "rtsp");
  ASSERT_EQ(device->connect.size(), 1U);
  EXPECT_EQ(find(device->connect, "host")->value.text(), "127.0.0.1:8554");
  EXPECT_EQ(device->user.reveal(), "eve");
  EXPECT_EQ(device->password.reveal(), "hush");
  EXPECT_EQ(find(device->bind, "lamp.light")->value.find("path")->text(), "/light");
  EXPECT_EQ(find(device->attributes, "site")->position, (data::Position{7, 14}));
  EXPECT_EQ(find(device->attributes, "drain"), nullptr);
}

TEST(Device, NeverShowsAPassword) {
  for (const char* connect : {"hush", "[hush]", "{password: [hush]}", "{password: {a: hush}}"}) {
    data::Diagnostics diagnostics;
    parse("name: d\nproduct: p\ndriver: rtsp\nconnect: " + std::string(connect), diagnostics);
    EXPECT_FALSE(diagnostics.empty()) << connect;
    EXPECT_THAT(diagnostics.text(), Not(HasSubstr("hush"))) << connect;
  }
}

TEST(Device, WithoutANameIsNone) {
  data::Diagnostics diagnostics;
  EXPECT_FALSE(parse("product: p\ndriver: rtsp\n", diagnostics));
  EXPECT_EQ(diagnostics.text(), "d.yaml:1:1: a Device has no 'name'\n");
}

}  // namespace
}  // namespace weir::device
