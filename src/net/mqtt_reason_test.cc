// Why an MQTT client has no connection, in words, from a real mosquitto and from odd peers.
#include "net/mqtt_reason.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <string>
#include <tuple>

#include "net/broker_test.h"
#include "net/mqtt_party_test.h"

#ifdef __SANITIZE_THREAD__
// libmosquitto 2.0.11 unlocks a mutex that it has not locked when the broker ends a connection.
extern "C" const char* __tsan_default_suppressions() {
  return "mutex:libmosquitto.so\n";
}
#endif

namespace weir::net {
namespace {

using base::Code;
using testing::HasSubstr;
using testing::Not;

TEST(MqttReason, says_that_a_password_is_refused_and_keeps_it_to_itself) {
  std::string folder = testing::TempDir() + "weir-passwords-XXXXXX";
  ASSERT_NE(mkdtemp(folder.data()), nullptr);
  const std::string file = folder + "/passwords";
  ASSERT_EQ(std::system(("mosquitto_passwd -b -c " + file + " anna right").c_str()), 0);
  {
    TestBroker broker("allow_anonymous false\npassword_file " + file + "\n");
    Party wrong(broker.port(), "wrong", [](auto& options) {
      options.user = "anna";
      options.password = "opensesame";
    });
    const base::Error error = wrong.first_end();
    EXPECT_EQ(error.code, Code::refused);
    EXPECT_THAT(error.message, HasSubstr("refuses the user 'anna'"));
    EXPECT_THAT(wrong.log.text(), Not(HasSubstr("opensesame")));
    Party nobody(broker.port(), "nobody");
    EXPECT_EQ(nobody.first_end().code, Code::refused);
    Party right(broker.port(), "right", [](auto& options) {
      options.user = "anna";
      options.password = "right";
    });
    EXPECT_TRUE(right.connected());
    EXPECT_EQ(wrong.client->status().connects, 0u);
  }
  unlink(file.c_str());
  rmdir(folder.c_str());
}

TEST(MqttReason, says_that_nobody_listens_and_refuses_to_publish) {
  const std::uint16_t port = free_port();
  Party party(port, "party");
  const base::Error error = party.first_end();
  EXPECT_EQ(error.code, Code::network);
  EXPECT_EQ(error.message, "the broker 127.0.0.1:" + std::to_string(port) +
                               " cannot be reached: Connection refused");
  EXPECT_EQ(party.client->publish("a", "", Qos::at_least_once).error().code, Code::network);
  ASSERT_TRUE(await([&] { return party.client->status().failures > 3; }));
  const MqttStatus status = party.client->status();
  EXPECT_EQ(status.refused, 1u);
  EXPECT_EQ(status.last_error, error.message);
  const std::string text = party.log.text();
  EXPECT_EQ(text.find("WARNING"), text.rfind("WARNING")) << "said more than once: " << text;
}

TEST(MqttReason, gives_up_on_a_peer_that_does_not_answer) {
  std::uint16_t port = 0;
  const int listener = listen_silently(port);
  base::ManualClock clock;
  Party party(port, "party", {}, &clock);
  ASSERT_TRUE(await([&] {
    clock.advance(1'000'000'000);
    return party.client->status().failures > 0;
  }));
  const base::Error error = party.first_end();
  EXPECT_EQ(error.code, Code::timeout);
  EXPECT_THAT(error.message, HasSubstr("does not answer within 10000 ms"));
  close(listener);
}

TEST(MqttReason, survives_a_peer_that_speaks_something_else) {
  std::uint16_t port = 0;
  const int listener = listen_silently(port);
  Party party(port, "party");
  const std::string answers[] = {"HTTP/1.1 400 Bad Request\r\n\r\n",
                                 std::string(100, '\0'),
                                 "\x20\xff\xff\xff\xff\xff",
                                 std::string("\x20\x02\x00\x00", 4),
                                 std::string("\x20\x03\x00\x84\x00", 5),
                                 ""};
  std::uint64_t failures = 0;
  for (const std::string& answer : answers) {
    const int peer = accept(listener, nullptr, nullptr);
    ASSERT_GE(peer, 0);
    EXPECT_EQ(send(peer, answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
    shutdown(peer, SHUT_WR);
    ++failures;
    EXPECT_TRUE(await([&] { return party.client->status().failures >= failures; })) << failures;
    close(peer);
  }
  EXPECT_EQ(party.client->status().connects, 0u);
  close(listener);
}

// The bytes are those of CONNACK and DISCONNECT (MQTT 5.0, 3.2 and 3.14).
TEST(MqttReason, passes_on_why_the_broker_ended_the_connection) {
  const std::tuple<char, Code, std::string_view> reasons[] = {
      {'\x8E', Code::conflict, "another client connected"},
      {'\x8B', Code::ended, "stops"},
      {'\x95', Code::limit, "too large"},
      {'\x87', Code::refused, "Not authorized"},
      {'\x81', Code::network, "ended the connection"}};
  for (const auto& [reason, code, words] : reasons) {
    std::uint16_t port = 0;
    const int listener = listen_silently(port);
    Party party(port, "party");
    const int peer = accept(listener, nullptr, nullptr);
    ASSERT_GE(peer, 0);
    const std::string answer = std::string("\x20\x03\x00\x00\x00\xE0\x02", 7) + reason + '\0';
    ASSERT_EQ(send(peer, answer.data(), answer.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(answer.size()));
    const base::Error error = party.first_end();
    EXPECT_EQ(error.code, code) << error.message;
    EXPECT_THAT(error.message, HasSubstr(words));
    EXPECT_EQ(party.client->status().connects, 1u);
    close(peer);
    close(listener);
  }
}

}  // namespace
}  // namespace weir::net
