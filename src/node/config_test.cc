// node.yaml, read and refused.
#include "node/config.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace weir::node {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(NodeConfig, says_little_and_has_the_rest) {
  data::Diagnostics mistakes;
  const Config config = parse_config("{name: gate-1, data: d}", "etc/node.yaml", mistakes);
  EXPECT_TRUE(mistakes.empty()) << mistakes.text();
  EXPECT_EQ(config.name, "gate-1");
  EXPECT_EQ(config.daemon.data, "etc/d");
  EXPECT_EQ(config.daemon.port, net::kNodePort);
  EXPECT_FALSE(config.hub);
}

TEST(NodeConfig, takes_the_names_that_a_hub_takes) {
  for (const std::string name : {"gate.1", "1.5", "a..b", "'null'", "1", "true"}) {
    data::Diagnostics mistakes;
    const Config config = parse_config("{name: " + name + ", data: d}", "n.yaml", mistakes);
    EXPECT_TRUE(mistakes.empty()) << mistakes.text();
    EXPECT_EQ(config.name, name == "'null'" ? "null" : name);
  }
  for (const std::string name : {"Gate_1", "-a", "a.", "'a b'", "''"}) {
    data::Diagnostics mistakes;
    parse_config("{name: " + name + ", data: d}", "n.yaml", mistakes);
    EXPECT_THAT(mistakes.text(), HasSubstr("n.yaml:1:8: ")) << name;
  }
}

TEST(NodeConfig, names_its_hub) {
  data::Diagnostics mistakes;
  const Config config = parse_config(
      "{name: a, data: /d, hub: {url: 'http://127.0.0.1:9/', token: t, broker: {port: 7}}}", "n",
      mistakes);
  EXPECT_TRUE(mistakes.empty()) << mistakes.text();
  ASSERT_TRUE(config.hub);
  EXPECT_EQ(config.hub->url, "http://127.0.0.1:9");
  EXPECT_EQ(config.hub->token, "t");
  EXPECT_EQ(config.hub->broker_host, "127.0.0.1");
  EXPECT_EQ(config.hub->broker_port, 7);
}

TEST(NodeConfig, tells_mistakes_at_their_place_and_no_token) {
  data::Diagnostics mistakes;
  parse_config("data: d\nhub: {url: 'ftp://x', token: secret-one, colour: red}\n", "n.yaml",
               mistakes);
  EXPECT_THAT(mistakes.text(), HasSubstr("'name'"));
  EXPECT_THAT(mistakes.text(), HasSubstr("n.yaml:2:"));
  EXPECT_THAT(mistakes.text(), HasSubstr("expected http://HOST:PORT"));
  EXPECT_THAT(mistakes.text(), HasSubstr("colour"));
  EXPECT_THAT(mistakes.text(), Not(HasSubstr("secret-one")));
}

TEST(NodeConfig, knows_no_hub_on_another_machine) {
  for (const std::string url : {"http://hub.example:8080", "https://127.0.0.1:8080", "127.0.0.1",
                                "http://127.0.0.1:8080/hub", "http://127.0.0.1@hub.example",
                                "http://", "http://10.0.0.1"}) {
    data::Diagnostics mistakes;
    parse_config("{name: a, data: d, hub: {url: '" + url + "', token: t}}", "n.yaml", mistakes);
    EXPECT_THAT(mistakes.text(), HasSubstr("n.yaml:1:31: 'url' is '" + url + "', expected "))
        << url;
  }
  data::Diagnostics mistakes;
  parse_config(
      "name: a\ndata: d\nhub:\n  {url: 'http://[::1]:8080', token: t, broker: {host: 10.0.0.1}}\n",
      "n.yaml", mistakes);
  EXPECT_THAT(mistakes.text(), HasSubstr("n.yaml:4:55: 'host' is a string '10.0.0.1', expected a "
                                         "loopback address"));
}

TEST(NodeConfig, connects_to_no_port_0) {
  data::Diagnostics mistakes;
  parse_config(
      "name: a\ndata: d\nhttp: {port: 0}\n"
      "hub: {url: 'http://127.0.0.1:1', token: t, broker: {port: 0}}\n",
      "n.yaml", mistakes);
  EXPECT_EQ(mistakes.text(), "n.yaml:4:59: 'port' is an int64 '0', expected a port, 1 to 65535\n");
}

TEST(NodeConfig, is_one_document_in_a_file_that_is_there) {
  data::Diagnostics mistakes;
  parse_config("{name: a, data: d}\n---\n{name: b, data: d}\n", "n.yaml", mistakes);
  EXPECT_THAT(mistakes.text(), HasSubstr("2 documents, expected one"));
  data::Diagnostics missing;
  read_config("/no/such/node.yaml", missing);
  EXPECT_THAT(missing.text(), HasSubstr("/no/such/node.yaml"));
  EXPECT_THAT(missing.text(), HasSubstr("cannot be opened"));
}

}  // namespace
}  // namespace weir::node
