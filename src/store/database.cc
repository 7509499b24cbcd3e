// SQLite behind a lock, with every commit synced.
#include "store/database.h"

#include <fmt/format.h>
#include <sqlite3.h>

#include <optional>
#include <string>
#include <utility>

#include "base/check.h"
#include "store/file.h"

namespace weir::store {

using base::Code;
using base::Result;

namespace {

Code code_of(int code) {
  switch (code & 0xff) {
    case SQLITE_CONSTRAINT: return Code::conflict;
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Code::corrupt;
    case SQLITE_BUSY:
    case SQLITE_LOCKED: return Code::timeout;
    case SQLITE_TOOBIG: return Code::limit;
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_CANTOPEN:
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_NOMEM: return Code::io;
    default: return Code::bug;
  }
}

}  // namespace

void Database::Close::operator()(sqlite3* connection) const {
  sqlite3_close_v2(connection);  // waits for statements that are still there
}

Database::Database(Options options) : options_(std::move(options)) {}
Database::~Database() = default;

Result<Statement> Database::prepare(std::string_view sql) {
  const std::lock_guard lock(mutex_);
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(connection_.get(), sql.data(), static_cast<int>(sql.size()),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code, sql));
  CHECK(statement != nullptr);  // empty SQL
  return Statement(*this, statement);
}

Result<> Database::execute(std::string_view sql) {
  const std::lock_guard lock(mutex_);
  const int code =
      sqlite3_exec(connection_.get(), std::string(sql).c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return std::unexpected(error(code, sql));
  return {};
}

Result<> Database::transaction(const std::function<Result<>()>& work) {
  const std::lock_guard lock(mutex_);
  CHECK(!std::exchange(in_transaction_, true));
  const auto run = [&]() -> Result<> {
    TRY_DO(execute("BEGIN IMMEDIATE"));
    TRY_DO(work());
    return execute("COMMIT");
  };
  auto done = run();
  // SQLite has undone it itself after some errors.
  if (!done && sqlite3_get_autocommit(connection_.get()) == 0) {
    if (const auto undone = execute("ROLLBACK"); !undone) {
      options_.log.write(base::Level::error, detail::kComponent, "cannot undo a transaction",
                         {{"error", undone.error().message}});
    }
  }
  in_transaction_ = false;
  return done;
}

std::int64_t Database::changes() const {
  const std::lock_guard lock(mutex_);
  return sqlite3_changes64(connection_.get());
}

std::int64_t Database::last_row_id() const {
  const std::lock_guard lock(mutex_);
  return sqlite3_last_insert_rowid(connection_.get());
}

// The last error of the connection; damage is remembered for the next start.
base::Error Database::error(int code, std::string_view doing) {
  constexpr std::size_t kDoingBytesMax = 120;
  const Code ours = code_of(code);
  if (ours == Code::corrupt) remember_damage();
  return {ours, fmt::format("{}: {}, at: {}", options_.path,
                            connection_ ? sqlite3_errmsg(connection_.get()) : sqlite3_errstr(code),
                            doing.substr(0, kDoingBytesMax))};
}

void Database::remember_damage() {
  const auto made = detail::File::open(suspect_path(), detail::File::Mode::create);
  if (made) return;
  options_.log.write(base::Level::warning, detail::kComponent,
                     "cannot remember that a database is damaged",
                     {{"error", made.error().message}});
}

std::string Database::suspect_path() const {
  return options_.path + ".suspect";
}

}  // namespace weir::store
