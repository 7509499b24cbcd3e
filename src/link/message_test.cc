// Messages come back as they were written; every damage is an error; the page's example is true.
#include "link/message.h"

#include <gtest/gtest.h>
#include <zstd.h>

#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <utility>

#include "link/byte_reader.h"
#include "store/digest.h"

namespace weir::link {
namespace {

using base::Code;
using namespace std::string_literals;

constexpr std::string_view kPicture =
    "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

Record record(int n) {
  return {.id = "dumping/alert/camera-1/3/" + std::to_string(n),
          .time_ns = 1'760'000'000'000'000'000 + n,
          .body = R"({"title":"sewage dumping","score":0.)" + std::to_string(n) + "}",
          .picture = n % 2 == 0 ? std::string(kPicture) : ""};
}

Batch batch(int records) {
  Batch batch{.node = "gate", .log = "0123abcd-1", .of = Class::result, .first = 300, .end = 300};
  for (int n = 0; n < records; ++n) batch.records.push_back(record(n));
  batch.end += batch.records.size();
  return batch;
}

std::string packed(std::string_view content, std::uint64_t size) {
  std::string message = "WUB";
  message += {'\1', '\0', '\0'};
  append_fixed(message, size, 4);
  std::string frame(ZSTD_compressBound(content.size()), '\0');
  frame.resize(ZSTD_compress(frame.data(), frame.size(), content.data(), content.size(), 1));
  return message + frame;
}

TEST(Message, a_batch_comes_back) {
  for (const int records : {1, 2, 700}) {
    Batch sent = batch(records);
    EXPECT_EQ(*read_batch(write_batch(sent)), sent);
    sent.age = Age::historical;
    sent.of = Class::bulk;
    sent.end += 7;  // a gap
    EXPECT_EQ(*read_batch(write_batch(sent)), sent);
  }
}

TEST(Message, pictures_come_with_the_records_that_name_them) {
  Batch sent = batch(4);
  sent.records[0].picture = store::sha256("south");
  sent.records[1].picture = store::sha256("north");
  sent.records[3].picture = sent.records[1].picture;
  sent.pictures = {"north", "south"};
  const auto got = read_batch(write_batch(sent));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, sent);
}

TEST(Message, pictures_that_do_not_belong_to_their_batch_are_refused) {
  const auto code = [](std::vector<std::string> pictures) {
    Batch sent = batch(2);
    sent.records[0].picture = store::sha256("south");
    sent.pictures = std::move(pictures);
    return read_batch(write_batch(sent)).error().code;
  };
  EXPECT_EQ(code({"another"}), Code::corrupt);
  EXPECT_EQ(code({"south", "south"}), Code::corrupt);

  const auto with = [](std::uint64_t count, std::string_view picture) {
    std::string content;
    append_text(content, "gate");
    append_text(content, "log");
    for (const std::uint64_t number : {0, 1, 1}) append_varint(content, number);
    append_text(content, write_record(record(1)));
    append_varint(content, count);
    append_text(content, picture);
    return read_batch(packed(content, content.size())).error();
  };
  EXPECT_EQ(with(kBatchPicturesMax + 1, "").code, Code::limit);
  EXPECT_EQ(with(1, std::string(kInlinePictureBytesMax + 1, 'p')).code, Code::limit);
  EXPECT_EQ(with(1, "").code, Code::corrupt);
}

TEST(Message, a_record_comes_back_whatever_its_time) {
  for (const std::int64_t time_ns :
       {std::int64_t{0}, std::int64_t{-1}, INT64_MIN, INT64_MAX, std::int64_t{1} << 40}) {
    Record sent = record(2);
    sent.time_ns = time_ns;
    EXPECT_EQ(*read_record(write_record(sent)), sent);
  }
}

TEST(Message, every_truncation_and_every_flipped_byte_is_noticed_or_harmless) {
  const Batch sent = batch(3);
  const std::string message = write_batch(sent);
  for (std::size_t size = 0; size < message.size(); ++size)
    EXPECT_FALSE(read_batch(std::string_view(message).substr(0, size))) << size;
  for (std::size_t at = 0; at < message.size(); ++at) {
    std::string damaged = message;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x55);
    if (const auto got = read_batch(damaged)) {
      for (const Record& one : got->records) EXPECT_TRUE(check_record(one));
    }
  }
}

TEST(Message, bytes_behind_the_end_are_refused) {
  EXPECT_FALSE(read_batch(write_batch(batch(1)) + "x"));
  EXPECT_EQ(read_record(write_record(record(1)) + "x").error().code, Code::corrupt);
}

TEST(Message, a_later_version_is_told_from_damage) {
  std::string message = write_batch(batch(1));
  message[3] = 2;
  EXPECT_EQ(read_batch(message).error().code, Code::not_yet);
  std::string later = write_record(record(1));
  later[0] = 9;
  EXPECT_EQ(read_record(later).error().code, Code::not_yet);
}

TEST(Message, a_small_message_cannot_unpack_to_a_large_one) {
  const std::string content(std::size_t{8} << 20, 'a');
  EXPECT_EQ(read_batch(packed(content, content.size())).error().code, Code::limit);
  EXPECT_EQ(read_batch(packed(content, kContentBytesMax)).error().code, Code::corrupt);
  EXPECT_EQ(read_batch(packed("abc", 4)).error().code, Code::corrupt);
  EXPECT_EQ(read_batch(std::string(kMessageBytesMax + 1, 'W')).error().code, Code::limit);
}

TEST(Message, a_promise_of_many_records_takes_no_memory) {
  std::string content;
  append_text(content, "gate");
  append_text(content, "log");
  append_varint(content, 0);
  append_varint(content, std::uint64_t{1} << 60);
  append_varint(content, std::uint64_t{1} << 60);
  EXPECT_EQ(read_batch(packed(content, content.size())).error().code, Code::limit);
}

TEST(Message, offsets_that_cannot_be_are_refused) {
  struct Case {
    std::uint64_t first, end, count;
  };
  for (const auto& [first, end, count] :
       {Case{5, 5, 1}, {6, 5, 1}, {5, 7, 3}, {5, 6, 0}, {0, UINT64_MAX, 1}, {UINT64_MAX, 0, 1}}) {
    std::string content;
    append_text(content, "gate");
    append_text(content, "log");
    for (const std::uint64_t number : {first, end, count}) append_varint(content, number);
    for (std::uint64_t n = 0; n < count; ++n) append_text(content, write_record(record(1)));
    EXPECT_EQ(read_batch(packed(content, content.size())).error().code, Code::corrupt);
  }
}

TEST(Message, a_record_is_what_it_has_to_be) {
  const auto code = [](Record changed) { return check_record(changed).error().code; };
  EXPECT_TRUE(check_record(record(0)));
  for (const std::string& id : {std::string(), std::string(kIdBytesMax + 1, 'a'), "\xff"s}) {
    Record changed = record(0);
    changed.id = id;
    EXPECT_EQ(code(changed), Code::invalid);
    Batch sent = batch(1);
    sent.records[0] = changed;
    EXPECT_EQ(read_batch(write_batch(sent)).error().code, Code::invalid);
  }
  for (const std::string& body : {""s, "{"s, "[]"s, "1"s, "{\"a\":\"\xff\"}"s, "{}{}"s}) {
    Record changed = record(0);
    changed.body = body;
    EXPECT_EQ(code(changed), Code::invalid) << body;
  }
  for (const std::string& picture :
       {"sha256:"s, "../../etc/passwd"s, std::string(kPicture) + "0"}) {
    Record changed = record(0);
    changed.picture = picture;
    EXPECT_EQ(code(changed), Code::invalid) << picture;
  }
  Record large = record(0);
  large.body = "{\"a\":\"" + std::string(kBodyBytesMax, 'a') + "\"}";
  EXPECT_EQ(code(large), Code::limit);
}

TEST(Message, a_batch_takes_the_largest_record_and_then_no_more_than_fits) {
  Record large = record(0);
  large.id = std::string(kIdBytesMax, 'i');
  large.body = "{\"a\":\"" + std::string(kBodyBytesMax - 8, 'a') + "\"}";
  ASSERT_TRUE(check_record(large));
  BatchWriter writer(std::string(kNameBytesMax, 'n'), std::string(kNameBytesMax, 'l'), Class::bulk);
  const std::string picture(kInlinePictureBytesMax, 'p');
  large.picture = store::sha256(picture);
  ASSERT_TRUE(writer.add(write_record(large), picture));
  EXPECT_FALSE(writer.add(write_record(large)));
  EXPECT_FALSE(writer.add(write_record(record(1)), picture));
  ASSERT_TRUE(writer.add(write_record(record(1))));
  const auto got = read_batch(writer.finish({.first = 2, .end = 5}, Age::live));
  ASSERT_TRUE(got);
  EXPECT_EQ(got->records, (std::vector{large, record(1)}));
  EXPECT_EQ(got->pictures, (std::vector{picture}));
  EXPECT_EQ(got->first, 2u);
  EXPECT_EQ(got->end, 5u);
}

TEST(Message, a_committed_mark_comes_back) {
  const Committed sent{
      .log = "0123\"abcd", .of = Class::bulk, .first = 7, .end = std::uint64_t{1} << 53};
  EXPECT_EQ(*read_committed(write_committed(sent)), sent);
}

TEST(Message, a_committed_mark_is_what_it_has_to_be) {
  for (const char* text :
       {"", "{}", "[]", R"({"log":"l","class":"alert","first":2,"end":2})",
        R"({"log":"l","class":"alert","first":-1,"end":2})",
        R"({"log":"l","class":"alert","first":0.5,"end":2})",
        R"({"log":"l","class":"alert","first":0,"end":18446744073709551616})",
        R"({"log":"l","class":"urgent","first":1,"end":2})",
        R"({"log":"","class":"alert","first":1,"end":2})",
        R"({"log":3,"class":"alert","first":1,"end":2})", R"({"log":"l","class":"alert","end":2})"})
    EXPECT_FALSE(read_committed(text)) << text;
}

// The page's example: each line of its first block is an offset, bytes in hexadecimal and what they
// are.
TEST(Message, the_example_of_the_page_is_true) {
  std::ifstream file("docs/formats/uplink.md");
  const std::string page((std::istreambuf_iterator<char>(file)), {});
  const auto block = [&](std::string_view mark) {
    const std::size_t begin = page.find("```" + std::string(mark) + "\n");
    EXPECT_NE(begin, std::string::npos) << mark;
    const std::size_t first = page.find('\n', begin) + 1;
    return page.substr(first, page.find("```", first) - first);
  };
  std::string content;
  std::istringstream lines(block("content"));
  for (std::string line; std::getline(lines, line);) {
    const std::string hex = line.substr(6, 49);
    for (std::size_t i = 0; i + 1 < hex.size(); i += 3) {
      if (hex[i] == ' ') break;
      content += static_cast<char>(std::stoi(hex.substr(i, 2), nullptr, 16));
    }
  }
  Batch expected{.node = "gate", .log = "5f3a.1", .of = Class::alert, .first = 300, .end = 301};
  expected.records.push_back({.id = "a/1",
                              .time_ns = 1'760'000'000'000'000'000,
                              .body = R"({"title":"t"})",
                              .picture = ""});
  const auto got = read_batch(packed(content, content.size()));
  ASSERT_TRUE(got) << got.error().message;
  EXPECT_EQ(*got, expected);
  const std::string written = write_batch(expected);
  std::string unpacked(content.size(), '\0');
  ASSERT_EQ(
      ZSTD_decompress(unpacked.data(), unpacked.size(), written.data() + 10, written.size() - 10),
      content.size());
  EXPECT_EQ(unpacked, content);
  std::string head;
  std::istringstream bytes(block("head"));
  for (std::string hex; bytes >> hex;) head += static_cast<char>(std::stoi(hex, nullptr, 16));
  EXPECT_EQ(written.substr(0, 10), head);
  const std::string mark = block("json");
  EXPECT_EQ(mark, write_committed({.log = "5f3a.1", .of = Class::alert, .first = 300, .end = 301}) +
                      "\n");
}

}  // namespace
}  // namespace weir::link
