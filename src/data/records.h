// Reading records from text: what the readers of JSON lines and CSV have in common.
//
// A reader takes bytes as they come and holds at most a line's, so a file may be of any size. It
// belongs to one thread. A row that cannot be read is told with its line and the reason, and
// reading goes on with the next.
//
// Two fields are the record's own: `time` (its event time) and `device` (its device's name);
// neither becomes a column. Where no schema is given, types are taken from the first rows
// (kInferRowsMax of them, at most kInferBytesMax): int64, float64, bool, timestamp, string; from
// JSON also list and struct, and value for what has no common type.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/dictionary.h"
#include "data/type.h"

namespace weir::data {

inline constexpr std::size_t kLineBytesMax =
    16 * 1024 * 1024;  // also a CSV row's with all its lines
inline constexpr std::size_t kBatchBytesMax =
    4 * 1024 * 1024;  // a batch ends with the row whose text reaches it
inline constexpr std::size_t kInferRowsMax = 1'000;
inline constexpr std::size_t kInferBytesMax = 4 * 1024 * 1024;
inline constexpr std::size_t kRecordFieldsMax = 4'096;  // columns of a record
inline constexpr std::size_t kRecordDevicesMax =
    100'000;  // names of devices that one reader brings up

// Fills `into` with what is there and returns how many bytes that are; 0 at the end.
using ReadBytes = std::move_only_function<base::Result<std::size_t>(std::span<char> into)>;

// Where the types of the columns come from; tells who reads that a row does not fit what to do.
enum class Types : std::uint8_t { given, from_first_rows };

struct RecordOptions {
  SchemaRef schema = nullptr;  // the columns to read; null: all, types taken from the first rows
  Types types = Types::given;
  // The field that holds the event time and, unless it is `time`, stays a column; "": `time`, else
  // `timestamp` where it holds times.
  std::string time_column = {};
  Device device = 0;  // of rows without the field `device`
  // Event times where no field holds them: the first row's, and the next ones' distance.
  std::int64_t start_ns = 0, interval_ns = 1'000'000'000;
};

struct BadRow {
  std::uint64_t line = 0;  // its first, from 1
  base::Error reason;
};

struct Rows {
  Batch batch;
  std::vector<BadRow> bad;
  bool ended = false;  // there will be no more
};

// Fields that the schema does not have and that were therefore passed over: of CSV the header's, of
// JSON those of all rows.
struct UnknownFields {
  std::uint64_t count = 0;
  std::string first;  // its name
};

class RecordReader {
 public:
  virtual ~RecordReader() = default;
  virtual const SchemaRef& schema() const = 0;
  // The next rows, good and bad, at most `rows_max`, and no more once they have kBatchBytesMax of
  // text. An error is the source's; reading ends with it.
  virtual base::Result<Rows> read(std::size_t rows_max) = 0;
  virtual const UnknownFields& unknown_fields() const = 0;  // so far
  // Columns of the given schema that neither the header nor the first rows have, so that they may
  // stay null: "a, b".
  virtual const std::string& missing_columns() const = 0;
};

// A time as people write it: RFC 3339, or without a zone, which then is UTC: 2013-12-02 21:15:00.
// In nanoseconds since 1970.
base::Result<std::int64_t> parse_time_ns(std::string_view text);

// "temperature: float64, site: string" as a schema: names and types of data/type.h. "" gives no
// columns.
base::Result<SchemaRef> parse_columns(std::string_view text);

}  // namespace weir::data
