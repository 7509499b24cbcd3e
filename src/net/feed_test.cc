// Feeds: every reader gets what came after it, unless it falls behind.
#include "net/feed.h"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <utility>
#include <vector>

namespace weir::net {
namespace {

std::string read_all(FeedReader& reader) {
  std::string all;
  while (const auto text = reader.next().text) all += *text;
  return all;
}

TEST(Feed, every_reader_gets_every_text_from_its_start_on) {
  Feed feed;
  feed.publish("nobody ");
  const auto one = feed.open([] {});
  feed.publish("a");
  const auto two = feed.open([] {});
  feed.publish("b");
  feed.publish("c");
  EXPECT_EQ(read_all(*one), "abc");
  EXPECT_EQ(read_all(*two), "bc");
  EXPECT_EQ(read_all(*one), "");
  feed.publish("d");
  EXPECT_EQ(read_all(*two), "d");
  EXPECT_EQ(read_all(*one), "d");
  EXPECT_EQ(feed.sockets(), 2u);
}

TEST(Feed, the_waker_is_called_once_until_nothing_is_found) {
  Feed feed;
  int calls = 0;
  const auto reader = feed.open([&] { ++calls; });
  feed.publish("a");
  feed.publish("b");
  EXPECT_EQ(calls, 1);
  reader->next();
  feed.publish("c");
  EXPECT_EQ(calls, 1);
  EXPECT_EQ(read_all(*reader), "bc");
  feed.publish("d");
  EXPECT_EQ(calls, 2);
}

TEST(Feed, who_falls_behind_has_lost_and_the_others_go_on) {
  Feed feed;
  int calls = 0;
  const auto slow = feed.open([&] { ++calls; });
  const auto quick = feed.open([] {});
  for (std::size_t i = 0; i <= kFeedTextsMax; ++i) {
    feed.publish("x");
    EXPECT_EQ(slow->lost(), i == kFeedTextsMax);
    EXPECT_EQ(read_all(*quick), "x");
  }
  EXPECT_EQ(calls, 2);
  EXPECT_TRUE(slow->next().lost);
  EXPECT_TRUE(slow->next().lost);
  EXPECT_EQ(feed.lost(), 1u);
  feed.publish("y");
  EXPECT_EQ(read_all(*quick), "y");
}

TEST(Feed, the_ring_is_limited_in_bytes_but_keeps_the_newest) {
  Feed feed;
  const auto slow = feed.open([] {});
  feed.publish("first");
  feed.publish(std::string(kFeedBytesMax + 1, 'x'));
  EXPECT_TRUE(slow->next().lost);
  const auto quick = feed.open([] {});
  feed.publish(std::string(kFeedBytesMax + 1, 'y'));
  EXPECT_EQ(read_all(*quick).size(), kFeedBytesMax + 1);
}

TEST(Feed, readers_are_limited_and_may_outlive_it) {
  std::vector<std::unique_ptr<FeedReader>> readers;
  {
    Feed feed;
    while (auto reader = feed.open([] {})) readers.push_back(std::move(reader));
    EXPECT_EQ(readers.size(), kFeedReadersMax);
    feed.publish("x");
    readers.pop_back();
    EXPECT_NE(feed.open([] {}), nullptr);
  }
  EXPECT_EQ(read_all(*readers.front()), "x");
}

TEST(Feed, readers_come_and_go_while_it_publishes) {
  Feed feed;
  std::atomic<bool> ended = false;
  std::thread publisher([&] {
    while (!ended) feed.publish("x");
  });
  for (int i = 0; i < 50; ++i) {
    std::atomic<int> wakes = 0;
    const auto reader = feed.open([&] { ++wakes; });
    while (wakes == 0) std::this_thread::yield();
    const auto next = reader->next();
    EXPECT_TRUE(next.lost || next.text != nullptr);
  }
  ended = true;
  publisher.join();
  EXPECT_EQ(feed.sockets(), 0u);
}

}  // namespace
}  // namespace weir::net
