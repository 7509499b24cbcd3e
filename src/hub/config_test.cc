// hub.yaml: read, and its mistakes told with their place.
#include "hub/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::hub {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

Config parse(std::string_view text) {
  data::Diagnostics diagnostics;
  Config config = parse_config(text, "etc/hub.yaml", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.text();
  return config;
}

std::string mistakes(std::string_view text) {
  data::Diagnostics diagnostics;
  (void)parse_config(text, "etc/hub.yaml", diagnostics);
  return diagnostics.text();
}

TEST(HubConfig, needs_little) {
  const Config config = parse("data: here\n");
  EXPECT_EQ(config.daemon.data, "etc/here");
  EXPECT_EQ(config.daemon.port, 8080);
  EXPECT_EQ(config.broker_port, 1883);
  EXPECT_FALSE(config.external);
}

TEST(HubConfig, names_the_port_of_the_child) {
  EXPECT_EQ(parse("{data: /x, broker: {port: 18830}}").broker_port, 18830);
}

TEST(HubConfig, names_a_broker_that_is_there) {
  const Config config =
      parse("{data: /x, broker: {external: true, host: 127.0.0.2, user: hub, password: s3cret}}");
  ASSERT_TRUE(config.external);
  EXPECT_EQ(config.external->host, "127.0.0.2");
  EXPECT_EQ(config.external->port, 1883);
  EXPECT_EQ(config.external->user, "hub");
  EXPECT_EQ(config.external->password, "s3cret");
}

TEST(HubConfig, tells_mistakes_with_their_place) {
  EXPECT_EQ(mistakes("data: /x\nbroker: {external: true}\n"),
            "etc/hub.yaml:2:9: 'broker' has no 'host'\n");
  EXPECT_THAT(mistakes("data: /x\nbroker:\n  password: s3cret\n"),
              HasSubstr("etc/hub.yaml:3:13: 'password' is for a broker that is there already"));
  EXPECT_THAT(mistakes("data: /x\nbroker:\n  password: s3cret\n"), Not(HasSubstr("s3cret")));
  EXPECT_THAT(mistakes("data: /x\nbroker: {external: true, host: queue.example}\n"),
              HasSubstr("etc/hub.yaml:2:32: 'host' is a string 'queue.example', expected a "
                        "loopback address"));
  EXPECT_THAT(mistakes("data: /x\nhttp: {address: 0.0.0.0}\n"),
              HasSubstr("etc/hub.yaml:2:17: 'address' is a string '0.0.0.0', expected a loopback"));
  EXPECT_THAT(mistakes("data: /x\nbroker: {port: -1}"), HasSubstr("etc/hub.yaml:2:16: 'port'"));
  EXPECT_EQ(mistakes("data: /x\nbroker: {external: true, host: localhost, port: 0}"),
            "etc/hub.yaml:2:49: 'port' is an int64 '0', expected a port, 1 to 65535\n");
  EXPECT_EQ(mistakes("data: /x\nbroker: {port: 0}"), "") << "any that is free";
  EXPECT_THAT(mistakes("data: /x\nbroker: 1883"), HasSubstr("etc/hub.yaml:2:9: 'broker' is"));
  EXPECT_THAT(mistakes("data: /x\nbrokers: {}"), HasSubstr("did you mean 'broker'?"));
  EXPECT_THAT(mistakes("http: {port: 1}"), HasSubstr("'data'"));
  EXPECT_THAT(mistakes("data: /x\n---\ndata: /y\n"), HasSubstr("holds 2 documents"));
  EXPECT_THAT(mistakes(""), HasSubstr("holds 0 documents"));
}

TEST(HubConfig, tells_of_a_file_that_is_not_there) {
  data::Diagnostics diagnostics;
  (void)read_config("/nowhere/hub.yaml", diagnostics);
  EXPECT_EQ(diagnostics.text(), "/nowhere/hub.yaml: cannot be opened: No such file or directory\n");
}

}  // namespace
}  // namespace weir::hub
