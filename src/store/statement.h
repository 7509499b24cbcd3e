// Statement: one prepared statement of SQL: bind what stands for its ?, step through its rows.
//
//   TRY(auto find, database.prepare("SELECT body FROM alert WHERE id = ?"));
//   find.bind(1, id);
//   TRY(const bool found, find.step());
//   if (found) use(find.text(0));
//
// Made by a Database, which outlives it; belongs to one thread. Parameters count from 1, columns
// from 0, as in SQLite. reset() makes it ready to run again; a statement that is used again within
// the life of the database saves its preparing.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "base/result.h"

struct sqlite3_stmt;

namespace weir::store {

class Database;

class Statement {
 public:
  static constexpr std::size_t kValueBytesMax = std::size_t{512} << 20;  // SQLite takes 1e9

  // Copies what it is given. A number that no parameter has is a mistake of ours, and stops; so is
  // a value beyond kValueBytesMax.
  template <std::integral Integer>
  Statement& bind(int parameter, Integer value) {
    return bind_int64(parameter, static_cast<std::int64_t>(value));
  }
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, std::string_view text);
  Statement& bind(int parameter, const char* text) {
    return bind(parameter, std::string_view(text));
  }
  Statement& bind(int parameter, std::span<const std::uint8_t> bytes);
  Statement& bind(int parameter, std::nullptr_t);

  // Goes to the next row; false after the last. A statement without rows is done at once.
  base::Result<bool> step();
  // step() for a statement whose rows, if any, nobody wants, and reset().
  base::Result<> run();
  // Ready to run again; what is bound stays bound.
  Statement& reset();

  // Of the row that step() came to; null reads as 0 and empty. Views hold until the next step(),
  // run() or reset().
  std::int64_t int64(int column) const;
  double real(int column) const;
  std::string_view text(int column) const;
  std::span<const std::uint8_t> bytes(int column) const;
  bool is_null(int column) const;

 private:
  friend class Database;
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const;
  };
  Statement(Database& database, sqlite3_stmt* statement)
      : database_(&database), statement_(statement) {}

  Statement& bind_int64(int parameter, std::int64_t value);
  void reset_if_stepped();

  Database* database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  bool stepped_ = false;
};

}  // namespace weir::store
