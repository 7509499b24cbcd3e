// Statements of SQLite.
#include "store/statement.h"

#include <sqlite3.h>

#include <mutex>

#include "base/check.h"
#include "store/database.h"

namespace weir::store {

using base::Result;

void Statement::Finalize::operator()(sqlite3_stmt* statement) const {
  sqlite3_finalize(statement);
}

// A statement that was stepped must be reset before it is bound: done here, so that nobody forgets.
Statement& Statement::bind_int64(int parameter, std::int64_t value) {
  reset_if_stepped();
  CHECK(sqlite3_bind_int64(statement_.get(), parameter, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, double value) {
  reset_if_stepped();
  CHECK(sqlite3_bind_double(statement_.get(), parameter, value) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, std::string_view text) {
  CHECK(text.size() <= kValueBytesMax);
  reset_if_stepped();
  // A null pointer would be NULL, not an empty text.
  const char* data = text.data() == nullptr ? "" : text.data();
  CHECK(sqlite3_bind_text64(statement_.get(), parameter, data, text.size(), SQLITE_TRANSIENT,
                            SQLITE_UTF8) == SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, std::span<const std::uint8_t> bytes) {
  CHECK(bytes.size() <= kValueBytesMax);
  reset_if_stepped();
  const void* data = bytes.empty() ? static_cast<const void*>("") : bytes.data();
  CHECK(sqlite3_bind_blob64(statement_.get(), parameter, data, bytes.size(), SQLITE_TRANSIENT) ==
        SQLITE_OK);
  return *this;
}

Statement& Statement::bind(int parameter, std::nullptr_t) {
  reset_if_stepped();
  CHECK(sqlite3_bind_null(statement_.get(), parameter) == SQLITE_OK);
  return *this;
}

Result<bool> Statement::step() {
  const std::lock_guard lock(database_->mutex_);
  const int code = sqlite3_step(statement_.get());
  stepped_ = true;
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  const base::Error error = database_->error(code, sqlite3_sql(statement_.get()));
  reset();
  return std::unexpected(error);
}

Result<> Statement::run() {
  const std::lock_guard lock(database_->mutex_);
  while (true) {
    TRY(const bool row, step());
    if (!row) break;
  }
  reset();
  return {};
}

Statement& Statement::reset() {
  const std::lock_guard lock(database_->mutex_);
  sqlite3_reset(statement_.get());  // gives the error of the last step again
  stepped_ = false;
  return *this;
}

void Statement::reset_if_stepped() {
  if (stepped_) reset();
}

std::int64_t Statement::int64(int column) const {
  return sqlite3_column_int64(statement_.get(), column);
}

double Statement::real(int column) const {
  return sqlite3_column_double(statement_.get(), column);
}

std::string_view Statement::text(int column) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_.get(), column));
  if (text == nullptr) return {};
  return {text, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

std::span<const std::uint8_t> Statement::bytes(int column) const {
  const auto* bytes =
      static_cast<const std::uint8_t*>(sqlite3_column_blob(statement_.get(), column));
  if (bytes == nullptr) return {};
  return {bytes, static_cast<std::size_t>(sqlite3_column_bytes(statement_.get(), column))};
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_.get(), column) == SQLITE_NULL;
}

}  // namespace weir::store
