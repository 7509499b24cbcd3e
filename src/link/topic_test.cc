// Topics come back; what no node may be called is refused.
#include "link/topic.h"

#include <gtest/gtest.h>

namespace weir::link {
namespace {

TEST(Topic, comes_back) {
  for (const Class of : kAllClasses) {
    const auto topic = parse_up_topic(batch_topic("gate-1.north", of));
    ASSERT_TRUE(topic);
    EXPECT_EQ(topic->node, "gate-1.north");
    EXPECT_EQ(topic->of, of);
  }
  const auto state = parse_up_topic(state_topic("gate"));
  ASSERT_TRUE(state);
  EXPECT_EQ(state->node, "gate");
  EXPECT_FALSE(state->of);
}

TEST(Topic, of_another_form_is_refused) {
  for (const char* topic :
       {"", "weir/v1/node/", "weir/v1/node/gate", "weir/v1/node/gate/up", "weir/v1/node/gate/up/",
        "weir/v1/node/gate/up/urgent", "weir/v1/node/gate/up/alert/more", "weir/v1/node//up/alert",
        "weir/v2/node/gate/up/alert", "weir/v1/node/gate/down/committed",
        "weir/v1/node/a/b/up/alert", "weir/v1/node/Gate/up/alert", "weir/v1/node/+/up/alert"})
    EXPECT_FALSE(parse_up_topic(topic)) << topic;
}

TEST(Topic, a_node_has_a_plain_name) {
  for (const char* node : {"g", "gate", "gate-1", "1.2.3"}) EXPECT_TRUE(check_node_name(node));
  for (const char* node : {"", "-gate", "gate.", "..", "a/b", "a+", "#", "G", "ä", "a b"})
    EXPECT_FALSE(check_node_name(node)) << node;
  EXPECT_TRUE(check_node_name(std::string(63, 'a')));
  EXPECT_FALSE(check_node_name(std::string(64, 'a')));
}

}  // namespace
}  // namespace weir::link
