// SQLite as the store opens it: statements, transactions, versions, damage, kills.
#include "store/database.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <random>
#include <string>
#include <thread>

#include "store/store_test.h"

namespace weir::store {
namespace {

using base::Code;
using base::Result;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::names;
using testing::read;
using testing::TestFolder;
using testing::write;

constexpr std::string_view kFirst =
    "CREATE TABLE alert (id TEXT PRIMARY KEY, body BLOB, n, x REAL)";
constexpr std::string_view kSecond =
    "CREATE TABLE note (text TEXT); INSERT INTO note VALUES ('of version 2')";

class DatabaseTest : public ::testing::Test {
 protected:
  Result<std::unique_ptr<Database>> try_open(std::vector<std::string_view> migrations = {kFirst}) {
    return Database::open({.path = path_,
                           .migrations = std::move(migrations),
                           .log = lines_,
                           .clock = clock_,
                           .check_bytes_max = check_bytes_max_});
  }
  std::unique_ptr<Database> open(std::vector<std::string_view> migrations = {kFirst}) {
    auto opened = try_open(std::move(migrations));
    EXPECT_TRUE(opened) << opened.error().message;
    return opened ? std::move(*opened) : nullptr;
  }
  static std::int64_t number(Database& database, std::string_view sql) {
    auto statement = database.prepare(sql);
    EXPECT_TRUE(statement) << statement.error().message;
    EXPECT_EQ(statement->step(), true);
    return statement->int64(0);
  }
  // So many alerts, with bodies that take pages.
  void fill(int count) {
    const auto database = open();
    auto insert = database->prepare("INSERT INTO alert (id, body) VALUES (?, zeroblob(2000))");
    ASSERT_TRUE(insert);
    ASSERT_TRUE(database->transaction([&]() -> Result<> {
      for (int i = 0; i < count; ++i) TRY_DO(insert->bind(1, std::to_string(i)).run());
      return {};
    }));
  }
  std::vector<std::string> damaged() const {
    auto all = names(folder_ / "data", "");
    std::erase_if(all, [](const std::string& name) { return !name.contains(".damaged-"); });
    return all;
  }

  TestFolder folder_{TestFolder::Where::memory};
  std::string path_ = folder_ / "data/state.sqlite";
  base::MemoryLog lines_;
  base::ManualClock clock_;
  std::uint64_t check_bytes_max_ = Database::kCheckBytesMax;
};

TEST_F(DatabaseTest, values_come_back_as_they_were_bound) {
  const auto database = open();
  EXPECT_FALSE(database->began_anew());
  auto insert = database->prepare("INSERT INTO alert VALUES (?, ?, ?, ?)");
  ASSERT_TRUE(insert);
  const std::vector<std::uint8_t> bytes = {0, 1, 255};
  insert->bind(1, "one").bind(2, bytes).bind(3, INT64_MIN).bind(4, 0.25);
  ASSERT_TRUE(insert->run());
  EXPECT_EQ(database->changes(), 1);
  EXPECT_EQ(database->last_row_id(), 1);
  insert->bind(1, std::string_view()).bind(2, std::span<const std::uint8_t>()).bind(3, nullptr);
  ASSERT_TRUE(insert->run());

  auto select = database->prepare("SELECT id, body, n, x FROM alert ORDER BY rowid");
  ASSERT_TRUE(select);
  ASSERT_EQ(select->step(), true);
  EXPECT_EQ(select->text(0), "one");
  EXPECT_TRUE(std::ranges::equal(select->bytes(1), bytes));
  EXPECT_EQ(select->int64(2), INT64_MIN);
  EXPECT_EQ(select->real(3), 0.25);
  ASSERT_EQ(select->step(), true);
  EXPECT_FALSE(select->is_null(0));
  EXPECT_EQ(select->text(0), "");
  EXPECT_FALSE(select->is_null(1));
  EXPECT_TRUE(select->bytes(1).empty());
  EXPECT_TRUE(select->is_null(2));
  EXPECT_EQ(select->int64(2), 0);
  EXPECT_EQ(select->real(3), 0.25) << "what was bound stays bound";
  EXPECT_EQ(select->step(), false);
}

TEST_F(DatabaseTest, errors_are_told_apart) {
  const auto database = open();
  const auto wrong = database->prepare("SELEKT");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::bug);
  EXPECT_THAT(wrong.error().message, HasSubstr("SELEKT"));
  ASSERT_TRUE(database->execute("INSERT INTO alert (id) VALUES ('a')"));
  auto insert = database->prepare("INSERT INTO alert (id) VALUES ('a')");
  EXPECT_EQ(insert->run().error().code, Code::conflict);
  EXPECT_EQ(insert->run().error().code, Code::conflict) << "it may be run again";
}

TEST_F(DatabaseTest, a_transaction_is_kept_whole_or_undone) {
  const auto database = open();
  const auto insert = [&](std::string_view id) {
    return database->execute("INSERT INTO alert (id) VALUES ('" + std::string(id) + "')");
  };
  EXPECT_TRUE(database->transaction([&]() -> Result<> {
    TRY_DO(insert("a"));
    return insert("b");
  }));
  const auto failed = database->transaction([&]() -> Result<> {
    TRY_DO(insert("c"));
    return base::fail(Code::invalid, "not so");
  });
  ASSERT_FALSE(failed);
  EXPECT_EQ(failed.error().message, "not so");
  EXPECT_FALSE(database->transaction([&]() -> Result<> {
    TRY_DO(insert("d"));
    return insert("a");
  }));
  EXPECT_EQ(number(*database, "SELECT count(*) FROM alert"), 2);
}

TEST_F(DatabaseTest, threads_take_turns_and_a_transaction_keeps_others_out) {
  const auto database = open();
  ASSERT_TRUE(database->execute("CREATE TABLE n (v); INSERT INTO n VALUES (0)"));
  constexpr int kTimes = 100;
  const auto add = [&] {
    auto get = database->prepare("SELECT v FROM n");
    auto set = database->prepare("UPDATE n SET v = ?");
    for (int i = 0; i < kTimes; ++i) {
      EXPECT_TRUE(database->transaction([&]() -> Result<> {
        TRY_DO(get->reset().step());
        const std::int64_t value = get->int64(0);
        get->reset();
        return set->bind(1, value + 1).run();
      }));
    }
  };
  std::thread one(add), two(add);
  one.join();
  two.join();
  EXPECT_EQ(number(*database, "SELECT v FROM n"), 2 * kTimes);
}

TEST_F(DatabaseTest, versions_are_brought_up_one_after_the_other) {
  ASSERT_TRUE(open()->execute("INSERT INTO alert (id) VALUES ('old')"));
  const auto database = open({kFirst, kSecond});
  EXPECT_EQ(number(*database, "PRAGMA user_version"), 2);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM alert"), 1);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM note"), 1);
}

TEST_F(DatabaseTest, a_migration_that_fails_leaves_the_version_before_it) {
  open();
  const auto failed = try_open({kFirst, kSecond, "CREATE TABLE note (again)"});
  ASSERT_FALSE(failed);
  EXPECT_THAT(failed.error().message, HasSubstr("note already exists"));
  const auto database = open({kFirst, kSecond});
  EXPECT_EQ(number(*database, "SELECT count(*) FROM note"), 1);
}

TEST_F(DatabaseTest, a_file_of_a_newer_version_is_refused_and_left_alone) {
  open({kFirst, kSecond});
  const auto older = try_open({kFirst});
  ASSERT_FALSE(older);
  EXPECT_EQ(older.error().code, Code::conflict);
  EXPECT_THAT(older.error().message, HasSubstr("newer version"));
  EXPECT_THAT(damaged(), IsEmpty());
  EXPECT_EQ(number(*open({kFirst, kSecond}), "SELECT count(*) FROM note"), 1);
}

TEST_F(DatabaseTest, a_truncated_file_is_set_aside_said_and_begun_anew) {
  fill(50);
  const std::string whole = read(path_);
  ASSERT_GT(whole.size(), 100'000u);
  std::mt19937_64 random(1);
  for (int i = 0; i < 30; ++i) {
    const std::size_t size = i == 0 ? 0 : i == 1 ? whole.size() - 1 : random() % whole.size();
    SCOPED_TRACE(size);
    write(path_, whole.substr(0, size));
    clock_.advance(1'000'000'000);
    const auto database = open();
    ASSERT_TRUE(database);
    EXPECT_TRUE(database->began_anew());
    EXPECT_EQ(number(*database, "SELECT count(*) FROM alert"), 0);
    ASSERT_EQ(damaged().size(), std::min<std::size_t>(i + 1, Database::kDamagedMax));
    EXPECT_EQ(read(folder_ / "data/" + damaged().back()), whole.substr(0, size));
  }
  EXPECT_THAT(lines_.text(), HasSubstr("a damaged database is set aside"));
  EXPECT_THAT(lines_.text(), HasSubstr("state.sqlite.damaged-1970-01-01T00:00:01"));
}

TEST_F(DatabaseTest, garbage_is_set_aside) {
  fill(50);
  const std::string whole = read(path_);
  for (const std::size_t at : {std::size_t{0}, std::size_t{100}, whole.size() / 4096 / 2 * 4096}) {
    SCOPED_TRACE(at);
    std::string bytes = whole;
    bytes.replace(at, 3000, 3000, 'g');
    write(path_, bytes);
    clock_.advance(1'000'000'000);
    const auto database = open();
    ASSERT_TRUE(database);
    EXPECT_TRUE(database->began_anew());
  }
  EXPECT_EQ(damaged().size(), 3u);
}

mode_t mode_of(const std::string& path) {
  struct stat status = {};
  EXPECT_EQ(::stat(path.c_str(), &status), 0) << path;
  return status.st_mode & 0777;
}

TEST_F(DatabaseTest, its_files_are_for_their_owner_alone) {
  const auto database = open();
  for (const std::string ending : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(path_ + ending), 0600u);
  EXPECT_EQ(lines_.text(), "");
}

TEST_F(DatabaseTest, what_others_may_read_is_taken_from_them_but_for_the_folder) {
  open();
  ASSERT_EQ(::chmod(path_.c_str(), 0644), 0);
  write(path_ + "-wal", "");
  ASSERT_EQ(::chmod((path_ + "-wal").c_str(), 0644), 0);
  const std::string folder = folder_ / "data";
  ASSERT_EQ(::chmod(folder.c_str(), 0755), 0);
  const auto database = open();
  for (const std::string ending : {"", "-wal", "-shm"}) EXPECT_EQ(mode_of(path_ + ending), 0600u);
  EXPECT_EQ(mode_of(folder), 0755u);
  EXPECT_THAT(lines_.text(), HasSubstr("others may read the folder " + folder));
}

TEST_F(DatabaseTest, a_large_file_in_which_damage_was_met_is_checked_whole_the_next_time) {
  fill(50);
  std::string bytes = read(path_);
  bytes.replace(bytes.size() / 4096 / 2 * 4096, 3000, 3000, 'g');
  write(path_, bytes);
  check_bytes_max_ = 0;  // every file is large
  {
    const auto database = open();
    EXPECT_FALSE(database->began_anew());
    auto select = database->prepare("SELECT id, body FROM alert");
    ASSERT_TRUE(select);
    Result<bool> row = true;
    while (row && *row) row = select->step();
    ASSERT_FALSE(row);
    EXPECT_EQ(row.error().code, Code::corrupt);
  }
  EXPECT_EQ(names(folder_ / "data", ".suspect").size(), 1u);
  EXPECT_TRUE(open()->began_anew());
  EXPECT_THAT(names(folder_ / "data", ".suspect"), IsEmpty());
}

// The files of a database whose newest changes are in its WAL alone: all but kOld alerts.
class DatabaseWalTest : public DatabaseTest {
 protected:
  static constexpr int kOld = 10, kNew = 20;

  DatabaseWalTest() {
    fill(kOld);
    const auto database = open();
    EXPECT_TRUE(database->execute("PRAGMA wal_autocheckpoint=0"));
    for (int i = 0; i < kNew; ++i) {
      EXPECT_TRUE(
          database->execute("INSERT INTO alert (id) VALUES ('new" + std::to_string(i) + "')"));
    }
    main_ = read(path_);
    wal_ = read(path_ + "-wal");
  }
  // How many alerts there are with these files.
  std::int64_t count_with(std::string_view wal) {
    for (const std::string& name : names(folder_ / "data", ""))
      ::unlink((folder_ / "data/" + name).c_str());
    write(path_, main_);
    write(path_ + "-wal", wal);
    const auto database = open();
    return database == nullptr ? -1 : number(*database, "SELECT count(*) FROM alert");
  }

  std::string main_, wal_;
};

TEST_F(DatabaseWalTest, a_wal_cut_anywhere_gives_the_changes_before_the_cut) {
  ASSERT_EQ(count_with(wal_), kOld + kNew);
  std::int64_t before = kOld;
  constexpr std::size_t kCuts = 60;
  for (std::size_t i = 0; i < kCuts; ++i) {
    // The last cut takes one byte.
    const std::size_t size = (wal_.size() - 1) * i / (kCuts - 1);
    SCOPED_TRACE(size);
    const std::int64_t count = count_with(wal_.substr(0, size));
    ASSERT_GE(count, before);
    ASSERT_LE(count, kOld + kNew);
    before = count;
    EXPECT_THAT(damaged(), IsEmpty());
  }
  EXPECT_EQ(before, kOld + kNew - 1);
}

TEST_F(DatabaseWalTest, a_wal_of_garbage_is_set_aside_and_said) {
  EXPECT_EQ(count_with(std::string(wal_.size(), 'g')), kOld);
  ASSERT_EQ(damaged().size(), 1u);
  EXPECT_THAT(damaged()[0], ::testing::EndsWith("-wal"));
  EXPECT_THAT(lines_.text(), HasSubstr("a damaged WAL is set aside"));
}

TEST_F(DatabaseWalTest, a_wal_without_its_file_is_set_aside) {
  count_with(wal_);
  write(path_ + "-wal", wal_);
  ASSERT_EQ(::unlink(path_.c_str()), 0);
  const auto database = open();
  EXPECT_TRUE(database->began_anew());
  EXPECT_EQ(damaged().size(), 1u);
}

TEST_F(DatabaseTest, a_full_disk_undoes_the_transaction_and_work_goes_on_with_room) {
  testing::SmallDisk disk(2 << 20);
  if (!disk.why_not().empty()) GTEST_SKIP() << disk.why_not();
  path_ = disk.path() + "/state.sqlite";
  const auto database = open();
  disk.fill(100 * 1024);
  const auto insert = [&] {
    return database->transaction([&]() -> Result<> {
      TRY_DO(database->execute("INSERT INTO alert (id) VALUES (hex(randomblob(8)))"));
      return database->execute(
          "INSERT INTO alert (id, body) VALUES (hex(randomblob(8)), "
          "zeroblob(10000))");
    });
  };
  std::int64_t count = 0;
  Result<> done;
  for (; (done = insert()); count += 2) ASSERT_LT(count, 100);
  EXPECT_EQ(done.error().code, Code::io);
  EXPECT_EQ(number(*database, "SELECT count(*) FROM alert"), count);
  disk.empty();
  EXPECT_TRUE(insert());
  EXPECT_EQ(number(*database, "SELECT count(*) FROM alert"), count + 2);
  EXPECT_THAT(names(disk.path(), ".suspect"), IsEmpty());
}

TEST_F(DatabaseTest, what_was_committed_survives_a_kill) {
  struct Told {
    std::atomic<std::int64_t> rows = 0;
  };
  testing::SharedMemory<Told> told;
  std::mt19937_64 random(20261122);
  open();
  for (int round = 0; round < 30; ++round) {
    SCOPED_TRACE(round);
    const auto cpu_ns = static_cast<std::int64_t>(1 + random() % 5'000'000);
    ASSERT_TRUE(testing::run_until_killed(cpu_ns, [&] {
      const auto database = open();
      for (std::int64_t next = told->rows; database != nullptr; ++next) {
        const std::string id = std::to_string(next);
        if (!database->execute("INSERT INTO alert (id) VALUES ('" + id + "')")) break;
        told->rows = next + 1;
      }
    }));
    const auto database = open();
    const std::int64_t rows = number(*database, "SELECT count(*) FROM alert");
    ASSERT_GE(rows, told->rows);
    ASSERT_LE(rows, told->rows + 1);
    told->rows = rows;
  }
  EXPECT_GT(told->rows, 0);
  EXPECT_THAT(damaged(), IsEmpty());
}

}  // namespace
}  // namespace weir::store
