// What the daemons' configuration files have in common, read and refused.
#include "net/daemon_config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>

namespace weir::net {
namespace {

using ::testing::HasSubstr;

DaemonConfig read(std::string_view text, data::Diagnostics& diagnostics) {
  const auto documents = data::parse_yaml(text, "etc/x.yaml", diagnostics);
  data::YamlMap map(documents.at(0), "the configuration", "etc/x.yaml", diagnostics);
  const DaemonConfig config = read_daemon_config(map, "etc/x.yaml", 8080, diagnostics);
  map.finish();
  return config;
}

TEST(DaemonConfig, says_little_and_has_the_rest) {
  data::Diagnostics diagnostics;
  const DaemonConfig config = read("data: here", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.text();
  EXPECT_EQ(config.data, "etc/here");
  EXPECT_EQ(config.address, "127.0.0.1");
  EXPECT_EQ(config.port, 8080);
  EXPECT_EQ(config.log, base::Level::info);
}

TEST(DaemonConfig, is_read_whole) {
  data::Diagnostics diagnostics;
  const DaemonConfig config =
      read("{data: /var/x, http: {address: '::1', port: 0}, log: debug}", diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << diagnostics.text();
  EXPECT_EQ(config.data, "/var/x");
  EXPECT_EQ(config.address, "::1");
  EXPECT_EQ(config.port, 0);
  EXPECT_EQ(config.log, base::Level::debug);
}

TEST(DaemonConfig, listens_to_this_machine_alone) {
  for (const std::string address : {"127.0.0.2", "localhost", "'::ffff:127.0.0.1'"}) {
    data::Diagnostics diagnostics;
    read("{data: d, http: {address: " + address + "}}", diagnostics);
    EXPECT_TRUE(diagnostics.empty()) << diagnostics.text();
  }
  for (const std::string address : {"0.0.0.0", "'::'", "192.168.0.7", "hub.example", "[127.0.0.1]",
                                    "localhost.example", "''", "2130706433"}) {
    data::Diagnostics diagnostics;
    const DaemonConfig config = read("{data: d, http: {address: " + address + "}}", diagnostics);
    EXPECT_THAT(diagnostics.text(), HasSubstr("etc/x.yaml:1:27: 'address' is ")) << address;
    EXPECT_THAT(diagnostics.text(), HasSubstr("expected a loopback address")) << address;
    EXPECT_EQ(config.address, "127.0.0.1");
  }
}

TEST(DaemonConfig, needs_a_folder) {
  data::Diagnostics diagnostics;
  read("data: ''", diagnostics);
  EXPECT_EQ(diagnostics.text(), "etc/x.yaml:1:7: 'data' is empty, expected a folder\n");
}

TEST(DaemonConfig, warns_of_a_secret_that_others_may_read) {
  std::string path = ::testing::TempDir() + "configXXXXXX";
  const int file = mkstemp(path.data());
  ASSERT_GE(file, 0);
  for (const mode_t mode : {0600, 0640, 0604}) {
    base::MemoryLog log;
    ASSERT_EQ(fchmod(file, mode), 0);
    warn_of_others(path, log);
    if (mode == 0600) {
      EXPECT_EQ(log.text(), "");
    } else {
      EXPECT_THAT(log.text(), HasSubstr("others may read a file that holds a secret"));
      EXPECT_THAT(log.text(), HasSubstr(path));
      EXPECT_THAT(log.text(), HasSubstr(mode == 0640 ? "0640" : "0604"));
    }
  }
  close(file);
  unlink(path.c_str());
  base::MemoryLog log;
  warn_of_others(path, log);
  EXPECT_EQ(log.text(), "") << "it is gone";
}

TEST(DaemonConfig, tells_every_mistake_at_its_place) {
  data::Diagnostics diagnostics;
  read("http: {port: 70000, host: a}\nlog: loud\ncolour: red\n", diagnostics);
  EXPECT_THAT(diagnostics.text(), HasSubstr("'data'"));
  EXPECT_THAT(diagnostics.text(), HasSubstr("etc/x.yaml:1:14: 'port' is"));
  EXPECT_THAT(diagnostics.text(), HasSubstr("expected a port, 0 to 65535"));
  EXPECT_THAT(diagnostics.text(), HasSubstr("host"));
  EXPECT_THAT(diagnostics.text(), HasSubstr("expected debug, info, warning or error"));
  EXPECT_THAT(diagnostics.text(), HasSubstr("colour"));
}

}  // namespace
}  // namespace weir::net
