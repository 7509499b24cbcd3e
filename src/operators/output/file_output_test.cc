// file_output writes records as text and pictures as files, and tells what it could not write.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "operators/harness_test.h"
#include "operators/input_file.h"
#include "operators/record_files.h"

namespace weir::operators {
namespace {

using testing::Harness;
using ::testing::HasSubstr;
using testing::WorkingFolder;

data::Batch rows(const Harness& harness) {
  data::BatchBuilder builder(
      data::make_schema({{"n", data::Kind::int64}, {"s", data::Kind::string}}));
  for (std::int64_t i = 0; i < 3; ++i) {
    builder.column(0).append_int64(i);
    builder.column(1).append_text(i == 1 ? "a, b" : "");
    builder.end_record(i, i == 1 ? harness.b : harness.a);
  }
  return builder.finish();
}

TEST(FileOutput, WritesJsonLinesAndHandsRecordsOn) {
  WorkingFolder folder;
  Harness harness;
  const auto ran = run_however_split(harness, "file_output: {path: out/all.jsonl}", rows(harness));
  EXPECT_EQ(ran.records.size(), 3U);
  const std::string expected =
      ran.records[0] + "\n" + ran.records[1] + "\n" + ran.records[2] + "\n";
  EXPECT_EQ(folder.read("out/all.jsonl"), expected);
}

TEST(FileOutput, WritesCsvAFileADevice) {
  WorkingFolder folder;
  Harness harness;
  run_however_split(harness, "file_output: {path: \"{device}.csv\"}", rows(harness));
  EXPECT_EQ(folder.read("b.csv"), "time,device,n,s\n1970-01-01T00:00:00.000000001Z,b,1,\"a, b\"\n");
  EXPECT_EQ(folder.read("a.csv"),
            "time,device,n,s\n1970-01-01T00:00:00.000000000Z,a,0,\"\"\n1970-01-01T00:00:00."
            "000000002Z,a,2,\"\"\n");
}

data::PacketRef packet(data::Codec codec, std::string_view bytes) {
  auto format = std::make_shared<data::StreamFormat>();
  format->codec = codec;
  format->codec_name = "h264";
  auto made = std::make_shared<data::Packet>();
  made->format = std::move(format);
  made->bytes = {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  return made;
}

TEST(FileOutput, WritesPicturesAFileEach) {
  WorkingFolder folder;
  Harness harness;
  data::BatchBuilder builder(data::make_schema({{"packet", data::Kind::packet}}));
  builder.column(0).append_packet(packet(data::Codec::mjpeg, "one"));
  builder.end_record(1'500'000'000, harness.a);
  builder.column(0).append_null();
  builder.end_record(2, harness.a);
  builder.column(0).append_packet(packet(data::Codec::mjpeg, "two"));
  builder.end_record(3, harness.a);
  builder.column(0).append_packet(packet(data::Codec::h264, "three"));
  builder.end_record(4, harness.b);
  const data::Batch batch = builder.finish();
  const auto ran =
      run_however_split(harness, "file_output: {path: \"{device}/{time}.jpg\"}", batch);
  EXPECT_EQ(ran.records.size(), 2U);
  EXPECT_EQ(ran.counters.dropped, 1U);
  EXPECT_EQ(ran.counters.errors, 1U);
  EXPECT_EQ(folder.read("a/19700101T000001.500000000Z.jpg"), "one");
  EXPECT_EQ(folder.read("a/19700101T000000.000000003Z.jpg"), "two");
  harness.run("file_output: {path: \"{n}.jpg\"}", {batch});
  EXPECT_EQ(folder.read("1.jpg"), "one");
  EXPECT_EQ(folder.read("2.jpg"), "two");
  harness.run("file_output: {path: newest.jpg}", {batch});
  EXPECT_EQ(folder.read("newest.jpg"), "two");
}

TEST(FileOutput, RefusesPathsThatSayTooLittleOrTooMuch) {
  WorkingFolder folder;
  Harness harness;
  folder.write("file", "x");
  const data::Batch batch = rows(harness);
  const auto mistake = [&](const std::string& params) {
    return harness.run("file_output: {" + params + "}", {batch}).mistakes;
  };
  EXPECT_THAT(mistake("path: out"), HasSubstr("does not say what to write"));
  EXPECT_THAT(mistake("path: \"{what}.csv\""), HasSubstr("{what} stands for nothing"));
  EXPECT_THAT(mistake("path: \"a}.csv\""), HasSubstr("brace"));
  EXPECT_THAT(mistake("path: \"{n}.csv\""), HasSubstr("are for pictures"));
  EXPECT_THAT(mistake("path: out.jpg"), HasSubstr("put encode before it"));
  EXPECT_THAT(mistake("path: file/out.csv"), HasSubstr("cannot make the folder file"));
}

TEST(FileOutput, ADeviceCannotLeaveTheFolder) {
  WorkingFolder folder;
  Harness harness;
  data::BatchBuilder builder(data::make_schema({{"n", data::Kind::int64}}));
  builder.column(0).append_int64(1);
  builder.end_record(1, harness.devices.id("../../up"));
  harness.run("file_output: {path: \"out/{device}.jsonl\"}", {builder.finish()});
  EXPECT_NE(folder.read("out/%2E.%2F..%2Fup.jsonl"), "");
}

TEST(FileOutput, ADevicesNameMayHoldABrace) {
  WorkingFolder folder;
  Harness harness;
  data::BatchBuilder builder(data::make_schema({{"n", data::Kind::int64}}));
  builder.column(0).append_int64(1);
  builder.end_record(1, harness.devices.id("gate{1}"));
  harness.run("file_output: {path: \"out/{device}/all.jsonl\"}", {builder.finish()});
  EXPECT_NE(folder.read("out/gate{1}/all.jsonl"), "");
}

TEST(FileOutput, RefusesAFileThatAnotherStepReadsOrWrites) {
  WorkingFolder folder;
  Harness harness;
  folder.write("in.jsonl", "{\"n\": 1}\n");
  folder.make_folder("out");
  const data::Batch batch = rows(harness);
  const auto mistakes = [&](const std::string& first, const std::string& second) {
    return harness
        .run("file_output: {path: " + first + "}\n  - file_output: {path: " + second + "}", {batch})
        .mistakes;
  };
  EXPECT_THAT(mistakes("out/a.jsonl", "out/../out/a.jsonl"),
              HasSubstr("out/../out/a.jsonl is written by step 'file_output', too"));
  EXPECT_THAT(mistakes("\"out/{device}.jsonl\"", "out/b.jsonl"),
              HasSubstr("out/b.jsonl is written by step"));
  EXPECT_EQ(mistakes("out/a.jsonl", "out/a.csv"), "");
  EXPECT_THAT(
      harness.run("file_input: {path: in.jsonl}\n  - file_output: {path: ./in.jsonl}").mistakes,
      HasSubstr("./in.jsonl is read by step 'file_input', too"));
  EXPECT_EQ(folder.read("in.jsonl"), "{\"n\": 1}\n");
}

TEST(FileOutput, BeginsAFileAnewWhereNothingStays) {
  WorkingFolder folder;
  Harness harness;
  folder.write("all.csv", "of another run\n");
  harness.run("file_output: {path: all.csv}", {rows(harness).slice(0, 1)});
  EXPECT_EQ(folder.read("all.csv"), "time,device,n,s\n1970-01-01T00:00:00.000000000Z,a,0,\"\"\n");
}

TEST(FileOutput, DoesNotBeginAFileAnewThatAnotherWrites) {
  WorkingFolder folder;
  RecordFiles one(flow::FilesThere::go), other(flow::FilesThere::go);
  EXPECT_TRUE(one.append("all.jsonl", "", "1\n"));
  const auto refused = other.append("all.jsonl", "", "2\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("all.jsonl is being read or written by another"));
  EXPECT_EQ(folder.read("all.jsonl"), "1\n");
}

TEST(FileOutput, DoesNotBeginAFileAnewThatIsRead) {
  WorkingFolder folder;
  folder.write("a.jsonl", "{}\n");
  const auto reading = read_file("a.jsonl");
  ASSERT_TRUE(reading);
  RecordFiles files(flow::FilesThere::go);
  const auto refused = files.append("a.jsonl", "", "1\n");
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().message, HasSubstr("a.jsonl is being read or written by another"));
  EXPECT_EQ(folder.read("a.jsonl"), "{}\n");
}

TEST(FileOutput, EachDeviceHasAFileWithinTheFolder) {
  const auto pattern = PathPattern::parse("out/{device}.csv");
  ASSERT_TRUE(pattern);
  EXPECT_EQ(pattern->path("a_b", 0, 0), "out/a_b.csv");
  EXPECT_EQ(pattern->path("a/b", 0, 0), "out/a%2Fb.csv");
  EXPECT_EQ(pattern->path("a%2Fb", 0, 0), "out/a%252Fb.csv");
  EXPECT_EQ(pattern->path("../x", 0, 0), "out/%2E.%2Fx.csv");
}

TEST(FileOutput, GoesOnBehindWhatStaysThere) {
  WorkingFolder folder;
  Harness harness;
  harness.services.files_there = flow::FilesThere::stay;
  const auto one = [&](std::size_t row) { return std::vector{rows(harness).slice(row, 1)}; };
  for (const std::size_t row : {0U, 2U}) harness.run("file_output: {path: all.csv}", one(row));
  const std::string before = folder.read("all.csv");
  EXPECT_EQ(before,
            "time,device,n,s\n1970-01-01T00:00:00.000000000Z,a,0,\"\"\n1970-01-01T00:00:00."
            "000000002Z,a,2,\"\"\n");
  folder.write("torn.jsonl", "{\"n\":");
  harness.run("file_output: {path: torn.jsonl}", one(0));
  EXPECT_THAT(folder.read("torn.jsonl"), ::testing::StartsWith("{\"n\":\n{\"time\":"));

  folder.write("other.csv", "time,device,m\n");
  const auto ran = harness.run("file_output: {path: other.csv}", one(0));
  EXPECT_EQ(ran.counters.errors, 1U);
  EXPECT_THAT(ran.reasons.front(), HasSubstr("other.csv has other columns"));
  EXPECT_EQ(folder.read("other.csv"), "time,device,m\n");
}

TEST(FileOutput, NumbersPicturesBehindThoseThatStay) {
  WorkingFolder folder;
  Harness harness;
  harness.services.files_there = flow::FilesThere::stay;
  folder.write("2.jpg", "kept");
  data::BatchBuilder builder(data::make_schema({{"packet", data::Kind::packet}}));
  for (const char* picture : {"one", "two"}) {
    builder.column(0).append_packet(packet(data::Codec::mjpeg, picture));
    builder.end_record(1, harness.a);
  }
  harness.run("file_output: {path: \"{n}.jpg\"}", {builder.finish()});
  EXPECT_EQ(folder.read("1.jpg"), "one");
  EXPECT_EQ(folder.read("2.jpg"), "kept");
  EXPECT_EQ(folder.read("3.jpg"), "two");
}

// The lanes of one step must not write over each other's pictures.
TEST(FileOutput, NumbersPicturesOfAllDevicesThatShareAPath) {
  for (const auto there : {flow::FilesThere::go, flow::FilesThere::stay}) {
    WorkingFolder folder;
    Harness harness;
    harness.services.files_there = there;
    data::BatchBuilder builder(data::make_schema({{"packet", data::Kind::packet}}));
    for (const data::Device device : {harness.a, harness.b}) {
      builder.column(0).append_packet(packet(data::Codec::mjpeg, harness.devices.name(device)));
      builder.end_record(1, device);
    }
    const data::Batch batch = builder.finish();
    harness.run("file_output: {path: \"{n}.jpg\"}", {batch});
    EXPECT_EQ(folder.read("1.jpg"), "a");
    EXPECT_EQ(folder.read("2.jpg"), "b");
    harness.run("file_output: {path: \"{device}/{n}.jpg\"}", {batch});
    EXPECT_EQ(folder.read("a/1.jpg"), "a");
    EXPECT_EQ(folder.read("b/1.jpg"), "b");
  }
}

// More devices than files may be open: the first comes again when its file was closed.
TEST(FileOutput, WritesAFileForEachOfManyDevices) {
  WorkingFolder folder;
  Harness harness;
  data::BatchBuilder builder(data::make_schema({{"n", data::Kind::int64}}));
  for (std::size_t i = 0; i <= RecordFiles::kFilesMax; ++i) {
    builder.column(0).append_int64(1);
    builder.end_record(1, harness.devices.id("d" + std::to_string(i)));
  }
  const data::Batch first = builder.finish();
  const auto ran = harness.run("file_output: {path: \"{device}.csv\"}", {first, first});
  EXPECT_EQ(ran.counters.errors, 0U);
  for (const char* name : {"d0.csv", "d100.csv", "d256.csv"}) {
    const std::string text = folder.read(name);
    EXPECT_EQ(std::ranges::count(text, '\n'), 3) << name << ": " << text;
  }
}

TEST(FileOutput, RejectsWhatCannotBeWrittenAndGoesOn) {
  WorkingFolder folder;
  Harness harness;
  folder.make_folder("b.jsonl");  // no file can be made there
  const auto ran =
      run_however_split(harness, "file_output: {path: \"{device}.jsonl\"}", rows(harness));
  EXPECT_EQ(ran.records.size(), 2U);
  EXPECT_EQ(ran.counters.errors, 1U);
  EXPECT_THAT(ran.reasons.front(), HasSubstr("cannot make b.jsonl"));
}

}  // namespace
}  // namespace weir::operators
