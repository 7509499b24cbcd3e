// Blobs: whole or not at all, uploads that go on, the quota.
#include "store/blobs.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <string>
#include <thread>
#include <vector>

#include "base/clock.h"
#include "store/digest.h"
#include "store/store_test.h"
#include "store/sync_test.h"

namespace weir::store {
namespace {

using base::Code;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::names;
using testing::read;
using testing::TestFolder;
using testing::write;

class BlobsTest : public ::testing::Test {
 protected:
  std::unique_ptr<Blobs> open(std::uint64_t quota_bytes = 1 << 20) {
    auto opened = Blobs::open({.folder = path_, .quota_bytes = quota_bytes, .log = lines_});
    EXPECT_TRUE(opened) << opened.error().message;
    return std::move(*opened);
  }

  TestFolder folder_;
  std::string path_ = folder_ / "blobs";
  base::MemoryLog lines_;
};

TEST_F(BlobsTest, a_blob_is_found_by_its_digest_also_when_opened_again) {
  auto blobs = open();
  const auto digest = blobs->put("picture");
  ASSERT_TRUE(digest);
  EXPECT_EQ(*digest, sha256("picture"));
  EXPECT_EQ(blobs->put("picture"), *digest);
  EXPECT_EQ(blobs->bytes(), 7u);
  EXPECT_THAT(*blobs->digests(), ::testing::ElementsAre(*digest));
  EXPECT_TRUE(blobs->has(*digest));
  EXPECT_EQ(blobs->get(*digest), "picture");
  EXPECT_EQ(read(blobs->path(*digest)), "picture");
  EXPECT_EQ(blobs->put(""), sha256(""));
  EXPECT_EQ(blobs->get(sha256("")), "");

  blobs = open();
  EXPECT_EQ(blobs->bytes(), 7u);
  EXPECT_TRUE(blobs->has(*digest));
  EXPECT_TRUE(blobs->remove(*digest));
  EXPECT_FALSE(blobs->has(*digest));
  EXPECT_EQ(blobs->bytes(), 0u);
  EXPECT_TRUE(blobs->remove(*digest));
  EXPECT_EQ(blobs->get(*digest).error().code, Code::missing);
}

TEST_F(BlobsTest, what_is_no_digest_names_no_file) {
  const auto blobs = open();
  std::string traversal = "sha256:";
  while (traversal.size() + 3 <= sha256("").size()) traversal += "../";
  traversal.resize(sha256("").size(), 'x');
  for (const std::string& text :
       {std::string(), std::string("sha256:"), traversal, sha256("") + "0",
        std::string("sha256:") + std::string(64, 'A'), std::string(71, '0')}) {
    SCOPED_TRACE(text);
    EXPECT_FALSE(blobs->has(text));
    EXPECT_EQ(blobs->path(text), "");
    EXPECT_EQ(blobs->get(text).error().code, Code::invalid);
    EXPECT_EQ(blobs->remove(text).error().code, Code::invalid);
    EXPECT_EQ(blobs->partial_size(text).error().code, Code::invalid);
    EXPECT_EQ(blobs->append_partial(text, 0, "x", 1).error().code, Code::invalid);
  }
}

TEST_F(BlobsTest, an_upload_goes_on_where_it_ended) {
  auto blobs = open();
  const std::string bytes = "the picture of an alert";
  const std::string digest = sha256(bytes);
  EXPECT_EQ(blobs->partial_size(digest), 0u);
  EXPECT_EQ(blobs->append_partial(digest, 0, bytes.substr(0, 10), bytes.size()), 10u);
  EXPECT_FALSE(blobs->has(digest));
  EXPECT_EQ(blobs->bytes(), 10u);

  blobs = open();
  EXPECT_EQ(blobs->bytes(), 10u);
  EXPECT_EQ(blobs->partial_size(digest), 10u);
  for (const std::uint64_t wrong : {0, 9, 11}) {
    const auto refused = blobs->append_partial(digest, wrong, "x", bytes.size());
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, Code::conflict);
    EXPECT_THAT(refused.error().message, HasSubstr("10 bytes are here"));
  }
  EXPECT_EQ(blobs->append_partial(digest, 10, bytes, bytes.size()).error().code, Code::invalid);
  EXPECT_EQ(blobs->append_partial(digest, 10, bytes.substr(10), bytes.size()), bytes.size());
  EXPECT_EQ(blobs->get(digest), bytes);
  EXPECT_EQ(blobs->bytes(), bytes.size());
  EXPECT_EQ(blobs->partial_size(digest), bytes.size());
  EXPECT_EQ(blobs->append_partial(digest, 3, "more", 100), bytes.size()) << "it is there already";
  EXPECT_EQ(blobs->get(digest), bytes);
  EXPECT_THAT(names(path_ + "/partial", ""), IsEmpty());
}

TEST_F(BlobsTest, an_upload_with_another_digest_is_removed) {
  const auto blobs = open();
  const std::string digest = sha256("right");
  EXPECT_EQ(blobs->append_partial(digest, 0, "wr", 5), 2u);
  const auto done = blobs->append_partial(digest, 2, "ong", 5);
  ASSERT_FALSE(done);
  EXPECT_EQ(done.error().code, Code::corrupt);
  EXPECT_EQ(blobs->partial_size(digest), 0u);
  EXPECT_EQ(blobs->bytes(), 0u);
  EXPECT_EQ(blobs->append_partial(digest, 0, "right", 5), 5u);

  EXPECT_EQ(blobs->append_partial(sha256("a"), 0, "ab", 3), 2u);
  EXPECT_EQ(blobs->append_partial(sha256("a"), 2, "", 1).error().code, Code::corrupt);
  EXPECT_EQ(blobs->partial_size(sha256("a")), 0u);
  EXPECT_EQ(blobs->append_partial(sha256(""), 0, "", 0), 0u);
  EXPECT_TRUE(blobs->has(sha256("")));
}

TEST_F(BlobsTest, the_quota_counts_all) {
  const auto blobs = open(10);
  EXPECT_TRUE(blobs->put("12345"));
  EXPECT_EQ(blobs->append_partial(sha256("abc"), 0, "ab", 3), 2u);
  EXPECT_EQ(blobs->put("1234").error().code, Code::limit);
  EXPECT_EQ(blobs->append_partial(sha256("x"), 0, "1234", 100).error().code, Code::limit);
  EXPECT_EQ(blobs->bytes(), 7u);
  EXPECT_TRUE(blobs->remove(sha256("12345")));
  EXPECT_TRUE(blobs->put("1234"));
  EXPECT_TRUE(blobs->remove(sha256("abc"))) << "an upload is removed, too";
  EXPECT_EQ(blobs->bytes(), 4u);
}

TEST_F(BlobsTest, a_damaged_blob_is_set_aside_and_may_be_put_again) {
  const auto blobs = open();
  const std::string digest = *blobs->put("picture");
  write(blobs->path(digest), "pictvre");
  const auto got = blobs->get(digest);
  ASSERT_FALSE(got);
  EXPECT_EQ(got.error().code, Code::corrupt);
  EXPECT_THAT(lines_.text(), HasSubstr("a damaged blob is set aside"));
  EXPECT_EQ(read(blobs->path(digest) + ".damaged"), "pictvre");
  EXPECT_FALSE(blobs->has(digest));
  EXPECT_EQ(blobs->bytes(), 0u);
  EXPECT_TRUE(blobs->put("picture"));
  EXPECT_EQ(blobs->get(digest), "picture");
}

TEST_F(BlobsTest, of_damaged_ones_the_newest_are_kept) {
  const auto blobs = open();
  const auto damaged = [&] {
    std::vector<std::string> all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(path_))
      if (entry.path().extension() == ".damaged") all.push_back(entry.path());
    return all;
  };
  for (std::size_t i = 0; i < 2 * Blobs::kDamagedMax; ++i) {
    const std::string digest = *blobs->put(std::to_string(i));
    write(blobs->path(digest), "x");
    EXPECT_FALSE(blobs->get(digest));
    EXPECT_EQ(damaged().size(), std::min(i + 1, Blobs::kDamagedMax));
  }
}

TEST_F(BlobsTest, of_too_many_unfinished_uploads_the_oldest_is_given_up) {
  const auto blobs = open();
  const auto digest = [](std::size_t i) { return sha256(std::to_string(i)); };
  for (std::size_t i = 0; i <= Blobs::kPartialsMax; ++i) {
    ASSERT_EQ(blobs->append_partial(digest(i), 0, "x", 2), 1u);
  }
  EXPECT_EQ(names(path_ + "/partial", "").size(), Blobs::kPartialsMax);
  EXPECT_EQ(blobs->bytes(), Blobs::kPartialsMax);
  EXPECT_THAT(lines_.text(), HasSubstr("given up"));
}

TEST_F(BlobsTest, unfinished_uploads_are_given_up_by_their_age) {
  const auto blobs = open();
  ASSERT_EQ(blobs->append_partial(sha256("old"), 0, "ol", 3), 2u);
  ASSERT_EQ(blobs->append_partial(sha256("new"), 0, "n", 3), 1u);
  const std::filesystem::path partial = path_ + "/partial/" + sha256("old").substr(7);
  const auto touched = std::filesystem::last_write_time(partial);
  std::filesystem::last_write_time(partial, touched - std::chrono::hours(2));
  const std::int64_t now_ns = base::SystemClock().wall_ns();
  EXPECT_EQ(blobs->remove_partials(now_ns - 3'600'000'000'000), 1u);
  EXPECT_EQ(blobs->partial_size(sha256("old")), 0u);
  EXPECT_EQ(blobs->partial_size(sha256("new")), 1u);
  EXPECT_EQ(blobs->bytes(), 1u);
  EXPECT_THAT(lines_.text(), HasSubstr("given up"));
}

TEST_F(BlobsTest, are_listed_folder_by_folder) {
  const auto blobs = open();
  std::vector<std::string> all, pieces;
  for (int i = 0; i < 5; ++i) all.push_back(*blobs->put(std::to_string(i)));
  for (unsigned folder = 0; folder < Blobs::kFolders; ++folder) {
    for (const std::string& digest : *blobs->digests(static_cast<std::uint8_t>(folder)))
      pieces.push_back(digest);
  }
  EXPECT_THAT(pieces, ::testing::UnorderedElementsAreArray(all));
}

TEST_F(BlobsTest, what_a_put_that_was_ended_has_left_is_removed) {
  open();
  write(path_ + "/partial/put-1", "half");
  write(path_ + "/note", "mine");
  const auto blobs = open();
  EXPECT_EQ(blobs->bytes(), 0u);
  EXPECT_THAT(names(path_ + "/partial", ""), IsEmpty());
  EXPECT_EQ(read(path_ + "/note"), "mine");
}

TEST_F(BlobsTest, threads_put_the_same_and_upload_it) {
  const auto blobs = open();
  const auto bytes = [](int i) { return "blob " + std::to_string(i); };
  constexpr int kCount = 20;
  const auto put = [&] {
    for (int i = 0; i < kCount; ++i) EXPECT_TRUE(blobs->put(bytes(i)));
  };
  const auto upload = [&] {
    for (int i = 0; i < kCount; ++i) {
      const std::string blob = bytes(i);
      const auto done = blobs->append_partial(sha256(blob), 0, blob, blob.size());
      EXPECT_TRUE(done || done.error().code == Code::conflict);
    }
  };
  std::thread one(put), two(put), three(upload), four(upload);
  for (std::thread* thread : {&one, &two, &three, &four}) thread->join();
  std::uint64_t total = 0;
  for (int i = 0; i < kCount; ++i) {
    EXPECT_EQ(blobs->get(sha256(bytes(i))), bytes(i));
    total += bytes(i).size();
  }
  EXPECT_EQ(blobs->bytes(), total);
  EXPECT_EQ(open()->bytes(), total);
}

TEST_F(BlobsTest, the_folder_of_a_blob_is_synced_before_it_is_said_to_be_there) {
  int root_syncs = 0, root_failures = 0;
  const testing::SyncWatch watch([&](const std::string& path) {
    if (!path.ends_with("/blobs")) return 0;
    ++root_syncs;
    return root_failures > 0 && root_failures-- > 0 ? EIO : 0;
  });
  open();
  root_syncs = 0;
  const auto blobs = open();
  EXPECT_EQ(root_syncs, 1) << "whoever made a folder may have been killed before it was synced";
  root_failures = 2;
  EXPECT_EQ(blobs->put("blob").error().code, Code::io);
  EXPECT_EQ(blobs->put("blob").error().code, Code::io) << "the folder is not synced yet";
  EXPECT_TRUE(blobs->put("blob"));
  EXPECT_EQ(root_syncs, 4);
  EXPECT_TRUE(blobs->remove(sha256("blob")));
  EXPECT_TRUE(blobs->put("blob"));
  EXPECT_EQ(root_syncs, 4) << "one sync for each folder";
}

TEST_F(BlobsTest, a_full_disk_leaves_nothing_half_done) {
  testing::SmallDisk disk(1 << 20);
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  path_ = disk.path() + "/blobs";
  const auto blobs = open();
  disk.fill(64 * 1024);
  const std::string large(200'000, 'l');
  const auto put = blobs->put(large);
  ASSERT_FALSE(put);
  EXPECT_EQ(put.error().code, Code::io);
  EXPECT_FALSE(blobs->append_partial(sha256(large), 0, large, large.size()));
  EXPECT_EQ(blobs->bytes(), 0u);
  EXPECT_EQ(blobs->partial_size(sha256(large)), 0u);
  disk.empty();
  EXPECT_EQ(blobs->append_partial(sha256(large), 0, large, large.size()), large.size());
  EXPECT_EQ(blobs->get(sha256(large)), large);
}

}  // namespace
}  // namespace weir::store
