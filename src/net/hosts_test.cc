// Hosts and origins.
#include "net/hosts.h"

#include <gtest/gtest.h>

namespace weir::net {
namespace {

TEST(Hosts, loopback_and_own_names_are_known) {
  const Hosts hosts("127.0.0.1", {"Hub.example"});
  for (const auto* known : {"localhost", "LocalHost:8080", "127.0.0.1", "127.9.9.9:1", "[::1]",
                            "[::1]:8080", "[::ffff:127.0.0.1]", "hub.example", "HUB.EXAMPLE:443"})
    EXPECT_TRUE(hosts.known(known)) << known;
  for (const auto* foreign :
       {"", ":80", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
        "192.168.0.1", "[::2]", "[::1", "::1", "localhost:80:80", "localhost:http", "[::1]80",
        "user@localhost", "localhost ", "0x7f000001", "2130706433", "[127.0.0.1]x"})
    EXPECT_FALSE(hosts.known(foreign)) << foreign;
}

TEST(Hosts, the_listening_address_is_known) {
  const Hosts hosts("192.168.0.7", {});
  EXPECT_TRUE(hosts.known("192.168.0.7:8080"));
  EXPECT_FALSE(hosts.known("192.168.0.8:8080"));
}

TEST(Hosts, who_listens_on_all_addresses_knows_all_but_no_names) {
  for (const auto* all : {"0.0.0.0", "::"}) {
    const Hosts hosts(all, {});
    EXPECT_TRUE(hosts.known("192.168.0.8"));
    EXPECT_TRUE(hosts.known("[fe80::1]:80"));
    EXPECT_FALSE(hosts.known("evil.example"));
  }
}

TEST(Hosts, loopback_addresses) {
  for (const auto* address : {"127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_loopback(address)) << address;
  for (const auto* address : {"", "localhost", "0.0.0.0", "::", "128.0.0.1", "::2"})
    EXPECT_FALSE(is_loopback(address)) << address;
}

TEST(Hosts, urls_of_this_machine) {
  for (const auto* authority : {"localhost", "LOCALHOST:8080", "127.0.0.1:1", "[::1]:8080"})
    EXPECT_TRUE(is_loopback_authority(authority)) << authority;
  for (const auto* authority : {"", ":80", "::1", "hub.example", "127.0.0.1.example:80",
                                "127.0.0.1@hub.example", "0.0.0.0:80", "127.0.0.1:80/x"})
    EXPECT_FALSE(is_loopback_authority(authority)) << authority;
}

TEST(Hosts, an_address_makes_a_url) {
  EXPECT_EQ(http_url("127.0.0.1", 8080), "http://127.0.0.1:8080");
  EXPECT_EQ(http_url("::1", 80), "http://[::1]:80");
}

TEST(Hosts, a_page_is_of_the_same_origin_by_host_and_port) {
  EXPECT_TRUE(same_origin("http://localhost:8080", "localhost:8080"));
  EXPECT_TRUE(same_origin("https://Hub.example", "hub.example"));
  EXPECT_FALSE(same_origin("http://localhost:3000", "localhost:8080"));
  EXPECT_FALSE(same_origin("http://localhost", "localhost:8080"));
  EXPECT_FALSE(same_origin("http://evil.example", "localhost"));
  EXPECT_FALSE(same_origin("http://localhost.evil.example", "localhost"));
  EXPECT_FALSE(same_origin("null", "localhost"));
  EXPECT_FALSE(same_origin("", ""));
}

}  // namespace
}  // namespace weir::net
