// Opening a database: damage is set aside, versions are brought up.
#include <fmt/format.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "base/check.h"
#include "base/text.h"
#include "store/database.h"
#include "store/file.h"

namespace weir::store {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kWalEnding = "-wal", kIndexEnding = "-shm";
constexpr std::size_t kWalHeaderBytes = 32;

// Little memory when idle: 512 KB of pages, and a WAL that shrinks again.
constexpr const char* kPragmas =
    "PRAGMA journal_mode=WAL;"
    "PRAGMA synchronous=FULL;"
    "PRAGMA foreign_keys=ON;"
    "PRAGMA trusted_schema=OFF;"
    "PRAGMA cell_size_check=ON;"
    "PRAGMA cache_size=-512;"
    "PRAGMA journal_size_limit=4194304;";

std::uint32_t big_endian(std::string_view bytes, std::size_t at) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

// Whether the header is one that SQLite takes (fileformat2.html, "The Write-Ahead Log", 4.1 and
// 4.2: magic, and a checksum of its first 24 bytes in the byte order that the magic tells).
bool is_wal_header(std::string_view bytes) {
  constexpr std::uint32_t kMagic = 0x377f0682;  // | 1 where words are big-endian
  const std::uint32_t magic = big_endian(bytes, 0);
  if ((magic & ~1u) != kMagic) return false;
  const auto word = [&](std::size_t at) {
    const std::uint32_t value = big_endian(bytes, at);
    return (magic & 1) != 0 ? value : __builtin_bswap32(value);
  };
  std::uint32_t one = 0, two = 0;
  for (std::size_t at = 0; at < 24; at += 8) {
    one += word(at) + two;
    two += word(at + 4) + one;
  }
  return one == big_endian(bytes, 24) && two == big_endian(bytes, 28);
}

// SQLite takes what is missing of the last page for zeros (fileformat2.html, 1.3.2: the page size
// is in bytes 16 and 17). What is no header is left to SQLite to judge.
Result<bool> has_whole_pages(const std::string& path, std::uint64_t size) {
  TRY(const auto file, detail::File::open(path, detail::File::Mode::read));
  std::string head(18, '\0');
  TRY(const std::size_t count, file->read_at(0, head));
  if (count < head.size()) return true;
  const std::uint64_t bytes = big_endian(head, 14) & 0xffff;
  const std::uint64_t page = bytes == 1 ? 65'536 : bytes;
  return page == 0 || size % page == 0;
}

// SQLite gives what belongs to a file the file's own mode, and a new file one that all may read.
Result<> keep_private(const std::string& path) {
  for (const std::string_view ending : {std::string_view(), kWalEnding, kIndexEnding}) {
    const std::string file = path + std::string(ending);
    if (detail::file_exists(file)) TRY_DO(detail::make_private(file));
  }
  return {};
}

// The folder is left as it is: it may be shared on purpose, or be one like /tmp.
void warn_of_others(const Database::Options& options) {
  const auto warn = [&](const std::string& message) {
    options.log.write(base::Level::warning, "store", message, {{"file", options.path}});
  };
  if (const auto done = keep_private(options.path); !done) warn(done.error().message);
  const std::string folder = detail::folder_of(options.path);
  if (detail::others_may_enter(folder)) {
    warn("others may read the folder " + folder + ", expected one for its owner alone (mode 0700)");
  }
}

}  // namespace

Result<std::unique_ptr<Database>> Database::open(Options options) {
  std::unique_ptr<Database> database(new Database(std::move(options)));
  TRY_DO(database->load());
  return database;
}

Result<> Database::load() {
  TRY_DO(detail::make_folder(detail::folder_of(options_.path)));
  warn_of_others(options_);
  TRY(const Check check, look_at_files());
  auto done = connect(check);
  if (!done && done.error().code == Code::corrupt) {
    connection_ = nullptr;
    TRY_DO(set_aside(done.error().message));
    done = connect(Check::quick);
  }
  drop_old_damaged();
  TRY_DO(std::move(done));
  TRY_DO(detail::unlink_file(suspect_path()));
  return migrate();
}

// What can be seen before SQLite opens the file; how well it is to be checked then.
Result<Database::Check> Database::look_at_files() {
  if (!detail::file_exists(options_.path)) {
    // A WAL without its file is nothing, and SQLite would remove it.
    if (detail::file_exists(options_.path + std::string(kWalEnding))) {
      TRY_DO(set_aside("the main file is gone"));
    }
    return Check::quick;
  }
  TRY(const std::uint64_t size, detail::size_of_file(options_.path));
  const std::string wal = options_.path + std::string(kWalEnding);
  std::string head;
  if (detail::file_exists(wal)) {
    TRY(const auto file, detail::File::open(wal, detail::File::Mode::read));
    head.resize(kWalHeaderBytes);
    TRY(const std::size_t count, file->read_at(0, head));
    head.resize(count);
  }
  TRY(const bool whole_pages, has_whole_pages(options_.path, size));
  // With a WAL the last page may be one that a checkpoint had begun to write.
  if (size == 0 || (head.empty() && !whole_pages)) {
    TRY_DO(set_aside(size == 0 ? "it is empty" : "its last page is cut"));
    return Check::quick;
  }
  if (head.size() == kWalHeaderBytes && !is_wal_header(head)) {
    TRY_DO(set_wal_aside());
    return Check::whole;
  }
  const bool whole = size <= options_.check_bytes_max || detail::file_exists(suspect_path());
  return whole ? Check::whole : Check::quick;
}

Result<> Database::connect(Check check) {
  if (!detail::file_exists(options_.path)) {
    TRY_DO(detail::File::open(options_.path, detail::File::Mode::create));
  }
  sqlite3* connection = nullptr;
  const int code = sqlite3_open_v2(
      options_.path.c_str(), &connection,
      SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_FULLMUTEX | SQLITE_OPEN_EXRESCODE,
      nullptr);
  connection_.reset(connection);
  if (code != SQLITE_OK) return std::unexpected(error(code, "opening"));
  sqlite3_busy_timeout(connection, kBusyMs);
  // Reading comes first: only what can be read is written to.
  TRY_DO(number("PRAGMA schema_version"));
  if (check == Check::whole) TRY_DO(check_pages());
  return execute(kPragmas);
}

Result<> Database::check_pages() {
  TRY(auto check, prepare("PRAGMA quick_check(1)"));
  TRY(const bool row, check.step());
  if (!row || check.text(0) == "ok") return {};
  return fail(Code::corrupt, fmt::format("{}: {}", options_.path, check.text(0)));
}

// Out of the way, with all that belongs to it.
Result<> Database::set_aside(std::string_view reason) {
  const std::string to = aside_path();
  options_.log.write(base::Level::error, detail::kComponent, "a damaged database is set aside",
                     {{"file", options_.path}, {"as", to}, {"reason", std::string(reason)}});
  for (const std::string_view ending : {std::string_view(), kWalEnding}) {
    const std::string from = options_.path + std::string(ending);
    if (!detail::file_exists(from)) continue;
    TRY_DO(detail::rename_file(from, to + std::string(ending)));
  }
  began_anew_ = true;
  return detail::unlink_file(options_.path + std::string(kIndexEnding));
}

Result<> Database::set_wal_aside() {
  const std::string from = options_.path + std::string(kWalEnding);
  const std::string to = aside_path() + std::string(kWalEnding);
  options_.log.write(base::Level::error, detail::kComponent,
                     "a damaged WAL is set aside: the newest changes are lost",
                     {{"file", from}, {"as", to}});
  TRY_DO(detail::rename_file(from, to));
  return detail::unlink_file(options_.path + std::string(kIndexEnding));
}

std::string Database::aside_path() const {
  const std::string time = base::format_rfc3339(options_.clock.wall_ns());
  return aside_start() + time;
}

// What the names of files that were set aside begin with.
std::string Database::aside_start() const {
  return fmt::format("{}{}-", options_.path, detail::kDamagedEnding);
}

void Database::drop_old_damaged() const {
  const std::string folder = detail::folder_of(options_.path);
  const auto names = detail::list_folder(folder);
  if (!names) return;
  const std::string start = aside_start().substr(aside_start().rfind('/') + 1);
  std::vector<std::string> damaged;
  for (const std::string& name : *names)
    if (name.starts_with(start)) damaged.push_back(folder + "/" + name);
  detail::keep_newest(std::move(damaged), kDamagedMax);
}

Result<> Database::migrate() {
  const auto known = static_cast<std::int64_t>(options_.migrations.size());
  TRY(std::int64_t version, number("PRAGMA user_version"));
  if (version > known) {
    return fail(Code::conflict, fmt::format("{}: was written by a newer version of this program "
                                            "(its version is {}, expected at most {})",
                                            options_.path, version, known));
  }
  for (; version < known; ++version) {
    TRY_DO(transaction([&]() -> Result<> {
      TRY_DO(execute(options_.migrations[static_cast<std::size_t>(version)]));
      return execute(fmt::format("PRAGMA user_version={}", version + 1));
    }));
  }
  return {};
}

Result<std::int64_t> Database::number(const char* pragma) {
  TRY(auto statement, prepare(pragma));
  TRY(const bool row, statement.step());
  CHECK(row);
  return statement.int64(0);
}

}  // namespace weir::store
