// Reading JSON lines.
#include "data/json_lines.h"

#include <fmt/format.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/text.h"
#include "data/json.h"
#include "data/json_object.h"
#include "data/lines.h"
#include "data/row.h"
#include "data/schema_guess.h"

namespace weir::data {
namespace {

using base::Code;

bool blank(std::string_view line) {
  return line.find_first_not_of(" \t") == std::string_view::npos;
}

constexpr std::string_view kExpected = "; expected one object a line";

base::Error too_long() {
  return {Code::limit, fmt::format("a line of more than {} bytes{}", kLineBytesMax, kExpected)};
}

class JsonLinesReader final : public RecordReader {
 public:
  // `passed`: bad lines before the current place.
  JsonLinesReader(LineBuffer lines, Row row, std::string missing, std::vector<BadRow> passed)
      : lines_(std::move(lines)),
        row_(std::move(row)),
        missing_(std::move(missing)),
        passed_(std::move(passed)) {}

  const SchemaRef& schema() const override { return row_.schema(); }
  const UnknownFields& unknown_fields() const override { return row_.unknown_fields(); }
  const std::string& missing_columns() const override { return missing_; }

  base::Result<Rows> read(std::size_t rows_max) override {
    Rows rows;
    rows.bad = std::exchange(passed_, {});
    std::size_t bytes = 0;
    while (row_.size() + rows.bad.size() < rows_max && bytes < kBatchBytesMax && !rows.ended) {
      TRY(const std::size_t end, lines_.find_end(0));
      const std::uint64_t line = lines_.line();
      if (end == LineBuffer::kNoEnd) {
        rows.bad.push_back({line, too_long()});
        TRY_DO(lines_.skip_line());
        continue;
      }
      rows.ended = end == 0;
      const std::string_view text = without_end(lines_.ahead().substr(0, end));
      if (!blank(text)) {
        if (auto done = add(text); !done) rows.bad.push_back({line, std::move(done.error())});
      }
      bytes += end;
      lines_.consume(end);
    }
    rows.batch = row_.finish();
    return rows;
  }

 private:
  base::Result<> add(std::string_view text) {
    if (auto parsed = parser_.parse(text, row_); !parsed) {
      row_.clear();
      return parsed;
    }
    return row_.commit();
  }

  LineBuffer lines_;
  Row row_;
  std::string missing_;
  std::vector<BadRow> passed_;
  JsonObjectParser parser_;
};

// Goes behind the overlong lines at the beginning, which are too large to be held until they are
// read.
base::Result<std::vector<BadRow>> pass_overlong(LineBuffer& lines) {
  std::vector<BadRow> passed;
  while (true) {
    TRY(const std::size_t end, lines.find_end(0));
    if (end == LineBuffer::kNoEnd) {
      passed.push_back({lines.line(), too_long()});
      TRY_DO(lines.skip_line());
    } else if (end > 0 && blank(without_end(lines.ahead().substr(0, end)))) {
      lines.consume(end);
    } else {
      return passed;
    }
  }
}

// Looks at the first rows; those that are bad will be told when they are read.
base::Result<SchemaGuess> guess_schema(LineBuffer& lines, std::optional<base::Error> first_error) {
  SchemaGuess guess;
  std::size_t objects = 0;
  std::size_t bytes = 0;
  while (objects < kInferRowsMax && bytes < kInferBytesMax) {
    TRY(const std::size_t end, lines.find_end(0));
    if (end == 0) break;
    if (end == LineBuffer::kNoEnd) {
      if (!first_error) first_error = too_long();
      break;
    }
    const std::string_view text = without_end(lines.ahead().substr(0, end));
    if (!blank(text)) {
      const auto value = parse_json(text);
      if (const Map* map = value ? value->get<Map>() : nullptr) {
        ++objects;
        for (const auto& [key, member] : *map) guess.field(*key.get<std::string>()).add(member);
      } else if (!first_error) {
        first_error =
            value ? base::Error{Code::wrong_type, "a value that is no object"} : value.error();
      }
    }
    bytes += end;
    lines.consume(end);
  }
  if (objects == 0 && first_error) {
    const std::string& message = first_error->message;
    return base::fail(
        first_error->code,
        fmt::format("no JSON lines: {}{}", message, message.ends_with(kExpected) ? "" : kExpected));
  }
  return guess;
}

}  // namespace

base::Result<std::unique_ptr<RecordReader>> open_json_lines(ReadBytes read,
                                                            const RecordOptions& options,
                                                            Dictionary& devices) {
  LineBuffer lines(std::move(read));
  TRY(const std::size_t first, lines.find_end(0));
  if (first != 0 && lines.ahead().starts_with(base::kByteOrderMark))
    lines.consume(base::kByteOrderMark.size());
  TRY(std::vector<BadRow> passed, pass_overlong(lines));
  lines.mark();
  TRY(const SchemaGuess guess,
      guess_schema(lines, passed.empty() ? std::nullopt : std::optional(passed.front().reason)));
  lines.return_to_mark();
  TRY(std::string time, guess.time_field(options));
  TRY(SchemaRef schema, guess.schema(options, time, Kind::value));
  std::string missing = guess.missing(*schema);
  Row row(std::move(schema), std::move(time), options, Texts::typed, devices);
  return std::make_unique<JsonLinesReader>(std::move(lines), std::move(row), std::move(missing),
                                           std::move(passed));
}

}  // namespace weir::data
