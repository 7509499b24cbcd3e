// Streams: readers come, fall behind and go; the publisher never waits.
#include "bus/streams.h"

#include <gtest/gtest.h>

#include <atomic>
#include <semaphore>
#include <thread>

namespace weir::bus {
namespace {

using base::Code;

constexpr std::int64_t kFrameNs = 100'000'000;

// Publishes a stream with a keyframe every ten packets; a packet's number is in its time.
class Publisher {
 public:
  explicit Publisher(Streams& streams) : streams_(streams) {
    EXPECT_TRUE(streams.add(1, "video", [this](Demand demand) { demands.push_back(demand); }));
  }
  void publish(int count = 1, std::size_t bytes = 10) {
    for (int i = 0; i < count; ++i, ++number_) {
      auto memory = std::make_shared<const std::vector<std::uint8_t>>(bytes);
      auto packet = std::make_shared<data::Packet>();
      packet->time_ns = packet->decode_order_ns = number_ * kFrameNs;
      packet->keyframe = number_ % 10 == 0;
      packet->bytes = *memory;
      packet->owner = memory;
      EXPECT_TRUE(streams_.publish(1, "video", packet));
    }
  }
  std::vector<Demand> demands;

 private:
  Streams& streams_;
  std::int64_t number_ = 0;
};

std::unique_ptr<StreamReader> open(Streams& streams, Waker waker = [] {}) {
  auto reader = streams.open(1, "video", std::move(waker));
  EXPECT_TRUE(reader);
  return std::move(*reader);
}

// Numbers of all packets there are now; a marked one is negative (or -1000 for number 0).
std::vector<int> read_all(StreamReader& reader, std::size_t* dropped = nullptr) {
  std::vector<int> numbers;
  while (true) {
    const auto next = reader.next();
    if (next.packet == nullptr) return numbers;
    if (dropped != nullptr) *dropped += next.dropped;
    const int number = static_cast<int>(next.packet->time_ns / kFrameNs);
    numbers.push_back(next.packet->discontinuity ? (number == 0 ? -1000 : -number) : number);
  }
}

std::vector<int> range(int from, int to) {
  std::vector<int> numbers;
  for (int i = from; i < to; ++i) numbers.push_back(i);
  return numbers;
}

TEST(Streams, every_reader_gets_every_packet_from_a_keyframe_on) {
  Streams streams;
  Publisher publisher(streams);
  const auto one = open(streams);
  publisher.publish(5);
  const auto two = open(streams);
  publisher.publish(10);
  EXPECT_EQ(read_all(*one), range(0, 15));
  EXPECT_EQ(read_all(*two), range(0, 15));
  const auto three = open(streams);
  EXPECT_EQ(read_all(*three), range(10, 15));
  publisher.publish(2);
  EXPECT_EQ(read_all(*one), range(15, 17));
  EXPECT_EQ(read_all(*three), range(15, 17));
}

TEST(Streams, who_opens_within_a_group_of_pictures_that_is_gone_waits_for_a_keyframe) {
  Streams streams;
  Publisher publisher(streams);
  publisher.publish(3);  // nobody reads
  const auto reader = open(streams);
  publisher.publish(5);
  std::size_t dropped = 0;
  EXPECT_EQ(read_all(*reader, &dropped), std::vector<int>());
  publisher.publish(4);
  EXPECT_EQ(read_all(*reader, &dropped), range(10, 12));
  EXPECT_EQ(dropped, 0u);
}

TEST(Streams, a_reader_that_falls_behind_goes_on_at_the_newest_keyframe_which_is_marked) {
  Streams streams;
  Publisher publisher(streams);
  const auto slow = open(streams);
  const auto quick = open(streams);
  publisher.publish(5);
  EXPECT_EQ(slow->next().packet->time_ns, 0);
  publisher.publish(30);
  std::size_t dropped = 0;
  auto expected = range(20, 35);  // at 22 it was more than kLagNsMax behind
  expected[0] = -20;
  EXPECT_EQ(read_all(*slow, &dropped), expected);
  EXPECT_EQ(dropped, 19u);
  publisher.publish(1);
  EXPECT_EQ(read_all(*slow, &dropped), range(35, 36));
  EXPECT_EQ(dropped, 19u);
  EXPECT_EQ(streams.status()[0].dropped, 19 + 20);
}

TEST(Streams, a_reader_behind_within_the_limit_loses_nothing) {
  Streams streams;
  Publisher publisher(streams);
  const auto reader = open(streams);
  const int packets = static_cast<int>(kLagNsMax / kFrameNs);
  publisher.publish(packets);
  EXPECT_EQ(read_all(*reader), range(0, packets));
}

TEST(Streams, a_ring_has_limits_in_bytes_and_time) {
  Streams streams;
  ASSERT_TRUE(streams.add(2, "big", nullptr));
  const auto reader = streams.open(2, "big", [] {});
  ASSERT_TRUE(reader);
  const auto memory = std::make_shared<const std::vector<std::uint8_t>>(kRingBytesMax / 4);
  data::Packet packet;
  packet.bytes = *memory;
  packet.owner = memory;
  packet.keyframe = true;
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(streams.publish(2, "big", std::make_shared<const data::Packet>(packet)));
    packet.keyframe = false;
  }
  StreamStatus status = streams.status()[0];
  EXPECT_LE(status.ring_bytes, kRingBytesMax);
  // Its keyframe is gone, so the reader waits for the next one.
  EXPECT_EQ((*reader)->next().packet, nullptr);
  packet.keyframe = true;
  ASSERT_TRUE(streams.publish(2, "big", std::make_shared<const data::Packet>(packet)));
  const auto next = (*reader)->next();
  ASSERT_NE(next.packet, nullptr);
  EXPECT_TRUE(next.packet->keyframe);
  EXPECT_TRUE(next.packet->discontinuity);
  EXPECT_EQ(next.dropped, 20u);
  packet.bytes = packet.bytes.first(1);
  packet.decode_order_ns = kRingSpanNsMax * 3;
  packet.keyframe = false;
  ASSERT_TRUE(streams.publish(2, "big", std::make_shared<const data::Packet>(packet)));
  EXPECT_EQ(streams.status()[0].ring_packets, 1u);
}

TEST(Streams, what_all_have_read_is_kept_only_from_the_last_keyframe_on) {
  Streams streams;
  Publisher publisher(streams);
  const auto reader = open(streams);
  publisher.publish(18);
  EXPECT_EQ(streams.status()[0].ring_packets, 18u);
  read_all(*reader);
  EXPECT_EQ(streams.status()[0].ring_packets, 8u);
}

TEST(Streams, demand_comes_with_the_first_reader_and_ends_with_the_last) {
  Streams streams;
  Publisher publisher(streams);
  EXPECT_EQ(publisher.demands, std::vector<Demand>());
  auto one = open(streams);
  auto two = open(streams);
  EXPECT_EQ(publisher.demands, std::vector{Demand::wanted});
  publisher.publish(3);
  one.reset();
  EXPECT_EQ(publisher.demands.size(), 1u);
  two.reset();
  EXPECT_EQ(publisher.demands, (std::vector{Demand::wanted, Demand::none}));
  // The picture of then is not shown to who comes now.
  const auto three = open(streams);
  EXPECT_EQ(read_all(*three), std::vector<int>());
  EXPECT_EQ(publisher.demands.size(), 3u);
}

TEST(Streams, a_waker_is_called_once_for_what_came_since_nothing_was_found) {
  Streams streams;
  Publisher publisher(streams);
  int woken = 0;
  auto reader = open(streams, [&] { ++woken; });
  EXPECT_EQ(reader->next().packet, nullptr);
  publisher.publish(3);
  EXPECT_EQ(woken, 1);
  reader->next();
  publisher.publish(1);
  EXPECT_EQ(woken, 1);
  read_all(*reader);
  publisher.publish(1);
  EXPECT_EQ(woken, 2);
  reader.reset();
  publisher.publish(1);
  EXPECT_EQ(woken, 2);
}

TEST(Streams, names_count) {
  Streams streams;
  Publisher publisher(streams);
  EXPECT_EQ(streams.add(1, "video", nullptr).error().code, Code::conflict);
  EXPECT_EQ(streams.open(1, "audio", [] {}).error().code, Code::unknown_name);
  EXPECT_EQ(streams.open(2, "video", [] {}).error().code, Code::unknown_name);
  auto reader = open(streams);
  streams.remove(1, "video");
  EXPECT_EQ(streams.publish(1, "video", std::make_shared<data::Packet>()).error().code,
            Code::unknown_name);
  reader.reset();
  EXPECT_EQ(publisher.demands, std::vector{Demand::wanted});  // removed before the reader went
  EXPECT_TRUE(streams.add(1, "video", nullptr));
}

TEST(Streams, readers_are_limited) {
  Streams streams;
  Publisher publisher(streams);
  std::vector<std::unique_ptr<StreamReader>> readers;
  for (std::size_t i = 0; i < kReadersMax; ++i) readers.push_back(open(streams));
  EXPECT_EQ(streams.open(1, "video", [] {}).error().code, Code::limit);
}

TEST(Streams, threads_read_come_and_go_while_one_publishes) {
  constexpr int kPackets = 3'000;
  Streams streams;
  Publisher publisher(streams);
  const auto steady = open(streams);
  std::atomic<bool> done = false;
  std::counting_semaphore<> packets_there(0);
  std::int64_t seen = 0;
  std::thread reading([&] {
    const auto reader = streams.open(1, "video", [&] { packets_there.release(); });
    ASSERT_TRUE(reader);
    std::int64_t last = -1;
    while (true) {
      const bool was_done = done;
      const auto next = (*reader)->next();
      if (next.packet == nullptr) {
        if (was_done) return;
        packets_there.acquire();
        continue;
      }
      const std::int64_t number = next.packet->time_ns / kFrameNs;
      if (last >= 0) {
        EXPECT_EQ(number, last + 1 + static_cast<std::int64_t>(next.dropped));
      }
      last = number;
      ++seen;
    }
  });
  std::thread coming_and_going([&] {
    while (!done) {
      const auto reader = streams.open(1, "video", [] {});
      ASSERT_TRUE(reader);
      (*reader)->next();
      streams.status();
    }
  });
  publisher.publish(kPackets);
  done = true;
  packets_there.release();
  reading.join();
  coming_and_going.join();
  read_all(*steady);
  EXPECT_EQ(streams.status()[0].packets, kPackets);
  EXPECT_GT(seen, 0);
}

}  // namespace
}  // namespace weir::bus
