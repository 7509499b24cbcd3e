// Database: SQLite as Weir uses it: WAL, each commit synced, migrations, a damaged file set aside.
//
// Opening checks the file: one that SQLite finds damaged (or that is shorter than it should be) is
// renamed to PATH.damaged-TIME with its WAL, which is said in the log lines, and a new one is
// begun; a WAL whose header is damaged is renamed alike, and the main file goes on without it if it
// is sound. Of the renamed files the newest kDamagedMax stay. Files up to check_bytes_max are
// checked whole at each open, larger ones when a query met damage before or the WAL was set aside.
//
// Thread-safe: statements and transactions of several threads take turns, and a transaction keeps
// all others out until it ends. A Statement belongs to one thread; the database outlives it.
//
// Errors: conflict for a constraint, and for a file of a newer version; corrupt where damage is met
// later; timeout where another process holds the file longer than kBusyMs; io for a full disk and
// the like, where the transaction is undone; bug for SQL that is wrong.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "store/file.h"
#include "store/statement.h"

struct sqlite3;

namespace weir::store {

class Database {
 public:
  static constexpr int kBusyMs = 5'000;
  static constexpr std::size_t kDamagedMax = detail::kDamagedMax;
  static constexpr std::uint64_t kCheckBytesMax = std::uint64_t{32} << 20;

  struct Options {
    std::string path;  // its folder is made where it is not there
    // SQL of each version: migrations[n] brings a file of version n (PRAGMA user_version) to n + 1.
    std::vector<std::string_view> migrations;
    base::Log& log;
    const base::Clock& clock;
    std::uint64_t check_bytes_max = kCheckBytesMax;
  };

  static base::Result<std::unique_ptr<Database>> open(Options options);
  ~Database();
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;

  // Whether a damaged file was set aside when this one was opened.
  bool began_anew() const { return began_anew_; }

  // One statement of SQL, with ? or ?N for what is bound.
  base::Result<Statement> prepare(std::string_view sql);
  // Any number of statements, whose rows nobody wants.
  base::Result<> execute(std::string_view sql);
  // Runs `work` between BEGIN IMMEDIATE and COMMIT; when either fails, all is undone and the error
  // returned. Not to be nested.
  base::Result<> transaction(const std::function<base::Result<>()>& work);

  // Of the last INSERT, UPDATE or DELETE; meant to be called within its transaction.
  std::int64_t changes() const;
  std::int64_t last_row_id() const;

 private:
  friend class Statement;
  struct Close {
    void operator()(sqlite3* connection) const;
  };
  enum class Check : std::uint8_t { quick, whole };

  explicit Database(Options options);

  base::Result<> load();
  base::Result<Check> look_at_files();
  base::Result<> connect(Check check);
  base::Result<> check_pages();
  base::Result<> set_aside(std::string_view reason);
  base::Result<> set_wal_aside();
  base::Result<> migrate();
  base::Result<std::int64_t> number(const char* pragma);
  base::Error error(int code, std::string_view doing);
  void remember_damage();
  std::string aside_path() const;
  std::string aside_start() const;
  void drop_old_damaged() const;
  std::string suspect_path() const;  // a file that says: check the whole next time

  const Options options_;
  std::unique_ptr<sqlite3, Close> connection_;
  bool began_anew_ = false;
  mutable std::recursive_mutex mutex_;
  bool in_transaction_ = false;
};

}  // namespace weir::store
