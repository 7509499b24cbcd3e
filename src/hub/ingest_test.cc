// Ingest: a batch is kept whole and once, with its pictures, and told after that.
#include "hub/ingest.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

#include "hub/stores_test.h"
#include "store/digest.h"

namespace weir::hub {
namespace {

using base::Code;
using link::Class;
using ::testing::HasSubstr;

link::Record with_picture(std::string_view id, const std::string& digest) {
  link::Record record = alert_record(id);
  record.picture = digest;
  return record;
}

TEST(Ingest, tells_the_feed_what_is_committed) {
  Stores stores;
  const auto reader = stores.feed.open([] {});
  ASSERT_TRUE(stores.commit(Class::alert, {alert_record("1"), alert_record("2", "fire")}));
  ASSERT_TRUE(stores.commit(Class::alert, {alert_record("1")}));
  ASSERT_TRUE(stores.commit(Class::result, {alert_record("3")}));
  EXPECT_EQ(
      *reader->next().text,
      R"({"committed":"2023-11-14T22:13:20.000000000Z","number":1,"node":"gate","id":"1",)"
      R"("time":"2020-09-13T12:26:40.000000000Z","received":"2023-11-14T22:13:20.000000000Z",)"
      R"("device":"south","title":"dumping","deployment":"app","step":"alert","record":)"
      R"({"device":"south","title":"dumping","deployment":"app","step":"alert"}})");
  EXPECT_THAT(*reader->next().text, HasSubstr("fire"));
  EXPECT_EQ(reader->next().text, nullptr) << "neither duplicates nor results";
}

TEST(Ingest, wants_pictures_before_the_records_that_name_them) {
  Stores stores;
  const std::string digest = store::sha256("jpeg");
  const std::vector<link::Record> records = {alert_record("1"), with_picture("2", digest)};
  const auto refused = stores.commit(Class::alert, records);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::missing);
  EXPECT_THAT(refused.error().message, HasSubstr(digest));
  EXPECT_EQ(stores.alerts->count(), 0) << "the whole batch waits";
  EXPECT_EQ(stores.ingest->trouble(), "") << "its node is to upload it";
  ASSERT_TRUE(stores.pictures->put("jpeg"));
  ASSERT_TRUE(stores.commit(Class::alert, records));
  EXPECT_EQ(stores.alerts->get(2)->picture, digest);
}

TEST(Ingest, keeps_pictures_that_come_with_their_records) {
  Stores stores;
  const std::string digest = store::sha256("jpeg");
  for (int again = 0; again < 2; ++again)
    ASSERT_TRUE(stores.commit(Class::alert, {with_picture("1", digest)}, "gate", {"jpeg"}));
  EXPECT_EQ(stores.alerts->count(), 1);
  EXPECT_EQ(stores.pictures->get(digest), "jpeg");
}

TEST(Ingest, a_picture_that_finds_no_room_keeps_its_batch_waiting) {
  Stores stores({.pictures_quota_bytes = 10});
  const std::string bytes(11, 'p');
  const link::Record record = with_picture("1", store::sha256(bytes));
  EXPECT_EQ(stores.commit(Class::alert, {record}, "gate", {bytes}).error().code, Code::limit);
  EXPECT_EQ(stores.alerts->count(), 0);
}

TEST(Ingest, a_batch_that_cannot_be_kept_leaves_nothing) {
  Stores stores;
  const auto reader = stores.feed.open([] {});
  ASSERT_TRUE(stores.database->execute(
      "CREATE TRIGGER full BEFORE INSERT ON alert WHEN new.id = '2' BEGIN SELECT RAISE(ABORT, "
      "'no'); END"));
  EXPECT_FALSE(stores.commit(Class::alert, {alert_record("1"), alert_record("2")}));
  EXPECT_EQ(stores.alerts->count(), 0);
  EXPECT_EQ(stores.ingest->counts().kept[0], 0U);
  EXPECT_EQ(reader->next().text, nullptr);
  EXPECT_THAT(stores.ingest->trouble(), HasSubstr("no"));
  ASSERT_TRUE(stores.database->execute("DROP TRIGGER full"));
  EXPECT_TRUE(stores.commit(Class::alert, {alert_record("1"), alert_record("2")}));
  EXPECT_EQ(stores.alerts->count(), 2);
  EXPECT_EQ(stores.ingest->trouble(), "");
}

TEST(Ingest, nodes_do_not_touch_each_others_records) {
  Stores stores;
  ASSERT_TRUE(stores.nodes->add("other", {}));
  ASSERT_TRUE(stores.commit(Class::alert, {alert_record("gate/1", "mine")}, "gate"));
  ASSERT_TRUE(stores.commit(Class::alert, {alert_record("gate/1", "not mine")}, "other"));
  EXPECT_EQ(stores.alerts->get(1)->title, "mine");
  EXPECT_EQ(stores.alerts->get(2)->node, "other");
  EXPECT_EQ(stores.commit(Class::alert, {alert_record("1")}, "stranger").error().code,
            Code::unknown_name);
}

TEST(Ingest, gaps_are_kept_and_counted) {
  Stores stores;
  const auto gap = [](std::string id, std::string body) {
    return link::Record{.id = std::move(id), .time_ns = 1, .body = std::move(body)};
  };
  const auto lost = gap("gate/gap/log/result/3-10", R"({"gap":7})");
  ASSERT_TRUE(stores.commit(Class::result, {lost, alert_record("1")}));
  ASSERT_TRUE(stores.commit(Class::result, {lost}));
  ASSERT_TRUE(stores.commit(Class::alert, {gap("gate/gap/log/alert/0-2", R"({"gap":2})")}));
  EXPECT_EQ(stores.nodes->get("gate")->lost, (std::array<std::int64_t, 3>{2, 7, 0}));
  EXPECT_EQ(stores.ingest->counts().lost[1], 7U);
  EXPECT_EQ(stores.results->count(), 1) << "a gap is no result";
  EXPECT_EQ(stores.alerts->count(), 0);
  ASSERT_TRUE(stores.commit(
      Class::result, {gap("gate/gap/x", R"({"gap":"many"})"), gap("other/gap/x", R"({"gap":1})"),
                      gap("gate/gap/y", R"({"gap":-1})")}));
  EXPECT_EQ(stores.results->count(), 4) << "what only looks like one is a result";
}

TEST(Ingest, pictures_go_with_the_last_record_that_names_them) {
  Stores stores({.alerts_max = 2});
  const std::string shared = *stores.pictures->put("shared"), own = *stores.pictures->put("own");
  ASSERT_TRUE(stores.commit(Class::alert, {with_picture("1", own), with_picture("2", shared)}));
  ASSERT_TRUE(stores.commit(Class::alert, {with_picture("3", shared)}));
  EXPECT_FALSE(stores.pictures->has(own));
  EXPECT_TRUE(stores.pictures->has(shared));
  ASSERT_TRUE(stores.commit(Class::alert, {alert_record("4")}));
  EXPECT_TRUE(stores.pictures->has(shared)) << "alert 3 names it";
  ASSERT_TRUE(stores.commit(Class::alert, {alert_record("5")}));
  EXPECT_FALSE(stores.pictures->has(shared));
  EXPECT_EQ(stores.ingest->counts().pictures_removed, 2U);
}

TEST(Ingest, old_pictures_make_room_and_their_alerts_stay) {
  Stores stores({.pictures_quota_bytes = 1'000});
  const std::string forgotten = *stores.pictures->put(std::string(450, 'a'));
  const std::string first = *stores.pictures->put(std::string(500, 'b'));
  ASSERT_TRUE(stores.commit(Class::alert, {with_picture("1", first)}));
  EXPECT_FALSE(stores.pictures->has(forgotten)) << "nothing names it";
  EXPECT_EQ(stores.alerts->get(1)->picture, first);
  const std::string second = *stores.pictures->put(std::string(450, 'c'));
  ASSERT_TRUE(stores.commit(Class::alert, {with_picture("2", second)}));
  EXPECT_FALSE(stores.pictures->has(first));
  EXPECT_EQ(stores.alerts->get(1)->picture, "");
  EXPECT_EQ(stores.alerts->count(), 2);
}

TEST(Ingest, a_full_folder_takes_the_next_picture) {
  Stores stores({.pictures_quota_bytes = 1'000});
  const std::string a(500, 'a'), b(400, 'b'), c(300, 'c'), d(300, 'd');
  const auto raise = [&](std::string_view id, const std::string& picture) {
    const auto kept =
        stores.commit(Class::alert, {with_picture(id, store::sha256(picture))}, "gate", {picture});
    EXPECT_TRUE(kept) << kept.error().message;
  };
  raise("1", a);
  raise("2", b);
  raise("3", c);
  EXPECT_FALSE(stores.pictures->has(store::sha256(a))) << "the oldest made room";
  EXPECT_EQ(stores.alerts->get(1)->picture, "");
  EXPECT_EQ(stores.pictures->get(store::sha256(c)), c);
  ASSERT_TRUE(stores.commit(
      Class::alert, {with_picture("4", store::sha256(b)), with_picture("5", store::sha256(d))},
      "gate", {d}));
  EXPECT_EQ(stores.alerts->get(2)->picture, "");
  EXPECT_EQ(stores.pictures->get(store::sha256(b)), b) << "the batch that needs room names it";
}

// Of an upload that was refused, nothing comes but the node's state.
TEST(Ingest, room_is_made_without_a_batch) {
  Stores stores({.pictures_quota_bytes = 1'000});
  const std::string digest = *stores.pictures->put(std::string(900, 'a'));
  ASSERT_TRUE(stores.commit(Class::alert, {with_picture("1", digest)}));
  const std::string next(200, 'b');
  const auto upload = [&] {
    return stores.pictures->append_partial(store::sha256(next), 0, next, next.size());
  };
  ASSERT_TRUE(stores.pictures->append_partial(store::sha256("half"), 0, "hal", 4));
  EXPECT_EQ(upload().error().code, Code::limit);
  stores.ingest->make_room();
  EXPECT_TRUE(upload());
}

TEST(Ingest, uploads_that_nobody_ends_make_room) {
  Stores stores({.pictures_quota_bytes = 1'000});
  const std::string left = store::sha256("left"), goes_on = store::sha256("goes on");
  ASSERT_TRUE(stores.pictures->append_partial(left, 0, std::string(500, 'l'), 600));
  ASSERT_TRUE(stores.pictures->append_partial(goes_on, 0, std::string(450, 'g'), 500));
  const auto touch = [&](const std::string& digest, std::int64_t wall_ns) {
    const std::string file = stores.folder / "pictures/partial/" + digest.substr(7);
    const timespec time{.tv_sec = wall_ns / 1'000'000'000, .tv_nsec = 0};
    const timespec both[2] = {time, time};
    ASSERT_EQ(utimensat(AT_FDCWD, file.c_str(), both, 0), 0);
  };
  touch(left, stores.clock.wall_ns() - 2 * kUploadIdleNs);
  touch(goes_on, stores.clock.wall_ns());
  ASSERT_TRUE(stores.commit(Class::alert, {alert_record("1")}));
  EXPECT_EQ(stores.pictures->partial_size(left), 0U);
  EXPECT_EQ(stores.pictures->partial_size(goes_on), 450U);
  EXPECT_EQ(stores.ingest->counts().pictures_removed, 1U);
}

// A million pictures are no reason for batches to wait.
TEST(Ingest, pictures_that_nothing_names_are_looked_for_piece_by_piece) {
  Stores stores({.pictures_quota_bytes = 1'000});
  for (const std::string folder : {"00", "01"}) {
    std::filesystem::create_directories(stores.folder / ("pictures/" + folder));
    for (std::size_t i = 0; i < kSweepPicturesAtOnce; ++i)
      std::ofstream(stores.folder / fmt::format("pictures/{0}/{0}{1:062x}", folder, i)) << "jpeg";
  }
  stores.open();
  EXPECT_EQ(stores.pictures->bytes(), 8 * kSweepPicturesAtOnce);
  stores.ingest->make_room();
  EXPECT_EQ(stores.pictures->bytes(), 4 * kSweepPicturesAtOnce);
  stores.ingest->make_room();
  EXPECT_EQ(stores.pictures->bytes(), 0U);
}

}  // namespace
}  // namespace weir::hub
