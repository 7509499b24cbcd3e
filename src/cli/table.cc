// Rows of text in columns.
#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/output.h"

namespace weir::cli {
namespace {

constexpr std::size_t kGap = 2;  // spaces between columns

// Characters, not bytes (RFC 3629: a continuation byte begins with the bits 10).
std::size_t width(const std::string& text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (c & 0xC0) != 0x80; }));
}

bool is_number(const std::string& text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || c == '.'; });
}

}  // namespace

void Table::add(std::vector<std::string> row) {
  for (std::string& cell : row) cell = visible_in_line(cell);
  widths_.resize(std::max(widths_.size(), row.size()));
  for (std::size_t i = 0; i < row.size(); ++i) widths_[i] = std::max(widths_[i], width(row[i]));
  rows_.push_back(std::move(row));
}

std::string Table::text() const {
  std::string out;
  for (const auto& row : rows_) {
    for (std::size_t i = 0; i < row.size(); ++i) {
      const std::string space(widths_[i] - width(row[i]), ' ');
      out += numbers(i) ? space + row[i] : row[i] + space;
      out.append(kGap, ' ');
    }
    while (out.ends_with(' ')) out.pop_back();
    out += '\n';
  }
  return out;
}

// Whether the column holds numbers alone, below its title.
bool Table::numbers(std::size_t column) const {
  return rows_.size() > 1 && std::all_of(rows_.begin() + 1, rows_.end(), [column](const auto& row) {
           return column >= row.size() || is_number(row[column]);
         });
}

}  // namespace weir::cli
