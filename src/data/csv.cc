// CSV, read and written.
#include "data/csv.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>
#include <utility>
#include <vector>

#include "base/text.h"
#include "data/json.h"
#include "data/lines.h"
#include "data/row.h"
#include "data/schema_guess.h"

namespace weir::data {
namespace {

using base::Code;

struct CsvField {
  std::string_view text;
  bool quoted = false;
};

// Where a row stands, and why it is none.
struct CsvRow {
  std::uint64_t line = 0;
  std::size_t bytes = 0;  // 0: the end
  std::optional<base::Error> bad = std::nullopt;
};

// Splits lines into rows of fields.
class CsvScanner {
 public:
  explicit CsvScanner(ReadBytes read) : lines_(std::move(read)) {}

  LineBuffer& lines() { return lines_; }
  const std::vector<CsvField>& fields() const {
    return fields_;
  }  // of the last row, until it is left

  // The row at the current place, blank lines passed over. Call `leave` before the next one.
  base::Result<CsvRow> next() {
    while (true) {
      CsvRow row{lines_.line()};
      TRY(row.bytes, lines_.find_end(0));
      if (row.bytes == 0) return row;
      if (row.bytes == LineBuffer::kNoEnd) {
        row.bad = too_long();
        return row;
      }
      if (!without_end(lines_.ahead().substr(0, row.bytes)).empty()) {
        TRY_DO(scan(row));
        return row;
      }
      lines_.consume(row.bytes);
    }
  }

  // A bad row ends with its first line, since nobody knows where else.
  base::Result<> leave(const CsvRow& row) {
    if (row.bad) return lines_.skip_line();
    lines_.consume(row.bytes);
    return {};
  }

 private:
  enum class State : std::uint8_t { field_begin, plain, quoted, after_quote };
  struct Extent {
    std::size_t begin = 0, end = 0;
    bool quoted = false, doubled = false;
  };

  static base::Error too_long() {
    return {Code::limit,
            fmt::format("a row of more than {} bytes; is a quote left open?", kLineBytesMax)};
  }

  // Finds the fields of a row that begins with `row.bytes` of a first line; takes in more lines
  // while a quote is open.
  base::Result<> scan(CsvRow& row) {
    extents_.clear();
    state_ = State::field_begin;
    field_ = {};
    for (std::size_t at = 0;;) {
      const std::string_view text = lines_.ahead().substr(0, row.bytes);
      for (; at < text.size(); ++at) {
        if (!step(text[at], at)) {
          row.bad = base::Error{Code::invalid,
                                "text after a closing quote; expected a comma or the line's end"};
          return {};
        }
      }
      if (state_ != State::quoted) break;
      TRY(const std::size_t end, lines_.find_end(row.bytes));
      if (end == row.bytes || end == LineBuffer::kNoEnd) {
        row.bad = end == row.bytes ? base::Error{Code::invalid, "a quote that is never closed"}
                                   : too_long();
        return {};
      }
      row.bytes = end;
    }
    const std::string_view text = lines_.ahead().substr(0, row.bytes);
    if (!text.ends_with('\n')) end_field(text.size());
    collect(text);
    if (base::invalid_utf8(text)) row.bad = base::Error{Code::invalid, "text that is not UTF-8"};
    return {};
  }

  // One character; false where it cannot stand there.
  bool step(char c, std::size_t at) {
    if (state_ == State::quoted) {
      if (c == '"') state_ = State::after_quote;
      return true;
    }
    if (c == ',' || c == '\n') {
      end_field(at);
      field_.begin = at + 1;
      return true;
    }
    switch (state_) {
      case State::field_begin:
        state_ = c == '"' ? State::quoted : State::plain;
        field_.quoted = c == '"';
        return true;
      case State::after_quote:
        if (c == '"') {
          field_.doubled = true;
          state_ = State::quoted;
        }
        return c == '"' || c == '\r';
      default: return true;
    }
  }

  void end_field(std::size_t at) {
    field_.end = at;
    extents_.push_back(field_);
    field_ = {};
    state_ = State::field_begin;
  }

  void collect(std::string_view row) {
    fields_.clear();
    unquoted_.clear();
    unquoted_.reserve(row.size());  // views into it stay valid
    for (const Extent& extent : extents_) {
      std::string_view text = without_end(row.substr(extent.begin, extent.end - extent.begin));
      if (extent.quoted) text = text.substr(1, text.rfind('"') - 1);
      if (extent.doubled) text = without_doubles(text);
      fields_.push_back({text, extent.quoted});
    }
  }

  std::string_view without_doubles(std::string_view text) {
    const std::size_t begin = unquoted_.size();
    for (std::size_t i = 0; i < text.size(); ++i) {
      unquoted_ += text[i];
      if (text[i] == '"') ++i;
    }
    return std::string_view(unquoted_).substr(begin);
  }

  LineBuffer lines_;
  State state_ = State::field_begin;
  Extent field_;
  std::vector<Extent> extents_;
  std::vector<CsvField> fields_;
  std::string unquoted_;
};

class CsvReader final : public RecordReader {
 public:
  CsvReader(CsvScanner scanner, Row row, const std::vector<std::string>& header,
            std::string missing)
      : scanner_(std::move(scanner)), row_(std::move(row)), missing_(std::move(missing)) {
    for (const std::string& name : header) slots_.push_back(row_.slot(name));
  }

  const SchemaRef& schema() const override { return row_.schema(); }
  const UnknownFields& unknown_fields() const override { return row_.unknown_fields(); }
  const std::string& missing_columns() const override { return missing_; }

  base::Result<Rows> read(std::size_t rows_max) override {
    Rows rows;
    std::size_t bytes = 0;
    while (row_.size() + rows.bad.size() < rows_max && bytes < kBatchBytesMax && !rows.ended) {
      TRY(CsvRow row, scanner_.next());
      rows.ended = row.bytes == 0;
      if (rows.ended) break;
      if (!row.bad) {
        if (auto done = add(); !done) rows.bad.push_back({row.line, std::move(done.error())});
      } else {
        rows.bad.push_back({row.line, *row.bad});
      }
      if (row.bytes != LineBuffer::kNoEnd) bytes += row.bytes;
      TRY_DO(scanner_.leave(row));
    }
    rows.batch = row_.finish();
    return rows;
  }

 private:
  base::Result<> add() {
    const auto& fields = scanner_.fields();
    row_.clear();
    if (fields.size() != slots_.size()) {
      return base::fail(Code::invalid,
                        fmt::format("{} fields; the header has {}", fields.size(), slots_.size()));
    }
    for (std::size_t i = 0; i < fields.size(); ++i) {
      if (slots_[i] == Row::kNone) continue;
      const bool string =
          slots_[i] < schema()->size() && schema()->field(slots_[i]).type.kind() == Kind::string;
      const bool null = fields[i].text.empty() && !(string && fields[i].quoted);
      row_.put(slots_[i], null ? Cell::null() : Cell::of(fields[i].text));
    }
    return row_.commit();
  }

  CsvScanner scanner_;
  Row row_;
  std::string missing_;
  std::vector<std::size_t> slots_;
};

base::Result<std::vector<std::string>> read_header(CsvScanner& scanner) {
  TRY(const std::size_t first, scanner.lines().find_end(0));
  if (first != 0 && scanner.lines().ahead().starts_with(base::kByteOrderMark))
    scanner.lines().consume(base::kByteOrderMark.size());
  TRY(const CsvRow row, scanner.next());
  if (row.bytes == 0)
    return base::fail(Code::invalid,
                      "no CSV: nothing is there; expected a row with the columns' names");
  if (row.bad) return base::fail(row.bad->code, fmt::format("no CSV header: {}", row.bad->message));
  std::vector<std::string> header;
  std::set<std::string> seen;
  for (const CsvField& field : scanner.fields()) {
    header.push_back(field.text.empty() ? fmt::format("column_{}", header.size() + 1)
                                        : std::string(field.text));
    if (!seen.insert(header.back()).second) {
      return base::fail(Code::conflict,
                        fmt::format("the CSV header has '{}' twice", header.back()));
    }
    if (header.size() > kRecordFieldsMax) {
      return base::fail(Code::limit,
                        fmt::format("a CSV header of more than {} columns", kRecordFieldsMax));
    }
  }
  TRY_DO(scanner.leave(row));
  return header;
}

base::Result<SchemaGuess> guess_schema(CsvScanner& scanner,
                                       const std::vector<std::string>& header) {
  SchemaGuess guess;
  for (const std::string& name : header) guess.field(name);
  std::size_t bytes = 0;
  for (std::size_t rows = 0; rows < kInferRowsMax && bytes < kInferBytesMax; ++rows) {
    TRY(const CsvRow row, scanner.next());
    if (row.bytes == 0 || row.bytes == LineBuffer::kNoEnd) break;
    const auto& fields = scanner.fields();
    for (std::size_t i = 0; !row.bad && fields.size() == header.size() && i < fields.size(); ++i) {
      if (!fields[i].text.empty()) guess.field(header[i]).add_text(fields[i].text);
    }
    bytes += row.bytes;
    TRY_DO(scanner.leave(row));
  }
  return guess;
}

void append_field(std::string& out, std::string_view text) {
  if (!text.empty() && text.find_first_of(",\"\r\n") == std::string_view::npos) {
    out += text;
    return;
  }
  out += '"';
  for (const char c : text) {
    if (c == '"') out += '"';
    out += c;
  }
  out += '"';
}

bool written(const Type& type) {
  return type.kind() != Kind::image && type.kind() != Kind::packet;
}

}  // namespace

base::Result<std::unique_ptr<RecordReader>> open_csv(ReadBytes read, const RecordOptions& options,
                                                     Dictionary& devices) {
  CsvScanner scanner(std::move(read));
  TRY(const std::vector<std::string> header, read_header(scanner));
  scanner.lines().mark();
  TRY(const SchemaGuess guess, guess_schema(scanner, header));
  scanner.lines().return_to_mark();
  TRY(std::string time, guess.time_field(options));
  TRY(SchemaRef schema, guess.schema(options, time, Kind::string));
  std::string missing = guess.missing(*schema);
  Row row(std::move(schema), std::move(time), options, Texts::untyped, devices);
  return std::make_unique<CsvReader>(std::move(scanner), std::move(row), header,
                                     std::move(missing));
}

void append_csv_header(std::string& out, const Schema& schema) {
  out += "time,device";
  for (const Field& field : schema.fields()) {
    if (!written(field.type)) continue;
    out += ',';
    append_field(out, field.name);
  }
  out += '\n';
}

void append_csv_record(std::string& out, const Batch& batch, std::size_t index,
                       const Dictionary& devices) {
  out += base::format_rfc3339(batch.time_ns(index));
  out += ',';
  append_field(out, devices.name(batch.device(index)));
  const std::size_t row = batch.row(index);
  for (const ColumnRef& column : batch.columns()) {
    const Kind kind = column->type().kind();
    if (!written(column->type())) continue;
    out += ',';
    if (column->is_null(row)) continue;
    if (kind == Kind::string) {
      append_field(out, column->text(row));
      continue;
    }
    std::string text;
    append_json(text, *column, row);
    const bool nests = kind == Kind::list || kind == Kind::structure || kind == Kind::value;
    if (!nests && text.starts_with('"'))
      text = text.substr(1, text.size() - 2);  // times, base64, NaN: no escapes in them
    append_field(out, text);
  }
  out += '\n';
}

}  // namespace weir::data
