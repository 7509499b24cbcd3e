// file_input reads CSV, JSON lines and video, and names what is none of them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "operators/harness_test.h"
#ifdef WEIR_MEDIA
#include "media/clips_test.h"
#endif

namespace weir::operators {
namespace {

using testing::Harness;
using ::testing::HasSubstr;
using testing::WorkingFolder;

TEST(FileInput, ReadsCsvWithItsTimesAndTypes) {
  WorkingFolder folder;
  Harness harness;
  folder.write("m.csv",
               "timestamp,value\n2013-12-02 21:15:00,73.9\n2013-12-02 21:20:00,74\nnever,1\n");
  const auto ran =
      harness.run("file_input: {path: m.csv, columns: \"value: float64\", time_column: timestamp}");
  ASSERT_EQ(ran.mistakes, "");
  EXPECT_EQ(ran.records,
            (std::vector<std::string>{
                R"({"time":"2013-12-02T21:15:00.000000000Z","device":"input","value":73.9})",
                R"({"time":"2013-12-02T21:20:00.000000000Z","device":"input","value":74.0})"}));
  ASSERT_EQ(ran.reasons.size(), 1U);
  EXPECT_THAT(ran.reasons.front(), HasSubstr("m.csv:4: 'timestamp' is \"never\""));
  EXPECT_EQ(ran.counters.errors, 1U);
}

TEST(FileInput, ReadsJsonLinesHoweverTheFileIsNamed) {
  WorkingFolder folder;
  Harness harness;
  folder.write("rows", "\xEF\xBB\xBF {\"n\": 1, \"device\": \"a\"}\n{\"n\": 2}\n");
  const auto ran = harness.run(
      "file_input: {path: rows, start: \"2026-01-01 00:00:00\", interval: 1m, device: b}");
  ASSERT_EQ(ran.mistakes, "");
  EXPECT_EQ(ran.records, (std::vector<std::string>{
                             R"({"time":"2026-01-01T00:00:00.000000000Z","device":"a","n":1})",
                             R"({"time":"2026-01-01T00:01:00.000000000Z","device":"b","n":2})"}));
}

TEST(FileInput, ReadsMoreRowsThanOnePollGives) {
  WorkingFolder folder;
  Harness harness;
  std::string text = "n\n";
  for (int i = 0; i < 5000; ++i) text += std::to_string(i) + "\n";
  folder.write("n.csv", text);
  const auto ran = harness.run("file_input: {path: n.csv}");
  EXPECT_EQ(ran.records.size(), 5000U);
  EXPECT_GT(ran.batches.size(), 1U);
}

TEST(FileInput, TellsOfColumnsAndFieldsThatAreNotThere) {
  WorkingFolder folder;
  Harness harness;
  folder.write("m.csv", "n,m\n1,2\n");
  const auto ran = harness.run("file_input: {path: m.csv, columns: \"n: int64, absent: string\"}");
  EXPECT_THAT(ran.records.front(), HasSubstr("\"n\":1,\"absent\":null"));
  EXPECT_THAT(harness.log.text(), HasSubstr("columns=absent"));
  EXPECT_THAT(harness.run("file_input: {path: m.csv, columns: \"absent: string\"}").mistakes,
              HasSubstr("none of the columns absent; there are: n, m"));

  std::string text;
  for (int i = 0; i < 1000; ++i) text += "{\"n\": 1}\n";
  folder.write("late.jsonl", text + "{\"n\": 1, \"new\": 2}\n");
  EXPECT_EQ(harness.run("file_input: {path: late.jsonl}").records.size(), 1001U);
  EXPECT_THAT(harness.log.text(), HasSubstr("fields=1"));
}

TEST(FileInput, SaysThatTimeIsLeftOutWhereAnotherColumnHoldsTheTimes) {
  WorkingFolder folder;
  Harness harness;
  folder.write("ts.csv", "time,ts,value\n1,2026-01-01T00:00:00Z,3\n");
  const auto ran = harness.run("file_input: {path: ts.csv, time_column: ts}");
  EXPECT_EQ(ran.records.size(), 1U);
  EXPECT_THAT(harness.log.text(), HasSubstr("`time` is no column, and time_column names another"));
  EXPECT_THAT(harness.log.text(), HasSubstr("fields=1 first=time"));
  EXPECT_THAT(harness.log.text(), ::testing::Not(HasSubstr("first rows")));
}

TEST(FileInput, NamesWhatItCannotRead) {
  WorkingFolder folder;
  Harness harness;
  folder.write("empty.csv", "");
  folder.write("pointer.mp4", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n");
  folder.write("m.csv", "n\n1\n");
  folder.make_folder("folder.mp4");
  const auto mistake = [&](const std::string& params) {
    return harness.run("file_input: {" + params + "}").mistakes;
  };
  EXPECT_THAT(mistake("path: nowhere.csv"), HasSubstr("cannot read nowhere.csv: No such file"));
  EXPECT_THAT(mistake("path: empty.csv"), HasSubstr("empty.csv is empty"));
  EXPECT_THAT(mistake("path: pointer.mp4"), HasSubstr("pointer.mp4 is a Git LFS pointer"));
  EXPECT_THAT(mistake("path: folder.mp4"), HasSubstr("folder.mp4 is a folder"));
  EXPECT_THAT(mistake("path: \"rtsp://camera/1\""), HasSubstr("is an address"));
  EXPECT_THAT(mistake("path: m.csv, start: today"), HasSubstr("'today' is not a time"));
  EXPECT_THAT(mistake("path: m.csv, columns: \"n: number\""), HasSubstr("'number' is not a type"));
  EXPECT_THAT(mistake("path: m.csv, time_column: t"), HasSubstr("no field 't'"));
  EXPECT_THAT(mistake("path: m.csv, format: jsonl"), HasSubstr("m.csv: no JSON lines"));
}

#ifdef WEIR_MEDIA
TEST(FileInput, ReadsAVideoAsPacketsThatDecode) {
  media::Folder folder;
  Harness harness;
  const std::string clip = folder.clip("clip.mp4", "-bf 2");
  ASSERT_NE(clip, "");
  const auto ran =
      harness.run("file_input: {path: " + clip + ", device: a, start: \"2026-01-01 00:00:00\"}");
  ASSERT_EQ(ran.mistakes, "");
  EXPECT_EQ(ran.records.size(), static_cast<std::size_t>(media::Folder::kClipFrames));
  EXPECT_EQ(ran.reasons, std::vector<std::string>());
  EXPECT_THAT(ran.records.front(), HasSubstr("2026-01-01T00:00:00.000000000Z"));
  EXPECT_EQ(ran.batches.front().device(0), harness.a);
}

TEST(FileInput, ReadsAVideoAnewInEachRunOfAPlan) {
  media::Folder folder;
  Harness harness;
  const std::string clip = folder.clip("clip.mp4");
  ASSERT_NE(clip, "");
  std::string mistakes;
  const auto plan = harness.plan("file_input: {path: " + clip + "}", nullptr, mistakes);
  ASSERT_NE(plan, nullptr) << mistakes;
  for (int run = 0; run < 2; ++run) {
    std::size_t packets = 0;
    const auto count = [&](const flow::PlannedStep&, const data::Batch& batch) {
      packets += batch.size();
    };
    const auto lane = std::make_shared<flow::Lane>(
        plan, plan->devices, harness.services,
        flow::LaneEvents{.result = count, .rejected = {}, .source_failed = {}, .ended = [] {}});
    ASSERT_TRUE(lane->open());
    lane->start();
    harness.executor.run_until_idle();
    EXPECT_EQ(packets, static_cast<std::size_t>(media::Folder::kClipFrames)) << "run " << run;
    lane->close();
  }
}

// A fifth of a second of silence.
std::string sound() {
  std::string wav("RIFF\x64\x06\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0\x40\x1f\0\0", 28);
  wav += std::string(
      "\x40\x1f\0\0\x01\0\x08\0"
      "data\x40\x06\0\0",
      16);
  return wav + std::string(1'600, '\x80');
}

TEST(FileInput, NamesWhatIsNoVideo) {
  WorkingFolder folder;
  Harness harness;
  folder.write("sound.wav", sound());
  EXPECT_THAT(harness.run("file_input: {path: sound.wav}").mistakes,
              HasSubstr("sound.wav has no video, only sound"));
  folder.write("text.mp4", "this is a text\n");
  EXPECT_THAT(harness.run("file_input: {path: text.mp4}").mistakes, HasSubstr("text.mp4"));
  EXPECT_THAT(harness.run("file_input: {path: text.mp4, columns: \"n: int64\"}").mistakes,
              HasSubstr("is a video"));
}
#endif

}  // namespace
}  // namespace weir::operators
