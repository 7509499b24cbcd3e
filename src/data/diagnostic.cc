// Diagnostics.
#include "data/diagnostic.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/check.h"

namespace weir::data {

std::string place(std::string_view file, Position position) {
  std::string out(file);
  for (const int number : {position.line, position.column}) {
    if (number == 0) break;
    out += (out.empty() ? "" : ":") + std::to_string(number);
  }
  return out;
}

std::string to_string(const Diagnostic& diagnostic) {
  const std::string where = place(diagnostic.file, diagnostic.position);
  return where + (where.empty() ? "" : ": ") + diagnostic.message;
}

void Diagnostics::add(Diagnostic diagnostic) {
  if (items_.size() == kItemsMax) {
    ++left_out_;
  } else {
    items_.push_back(std::move(diagnostic));
  }
}

void Diagnostics::add(std::string_view file, Position position, base::Code code,
                      std::string message) {
  add(Diagnostic{std::string(file), position, code, std::move(message)});
}

std::string Diagnostics::text() const {
  std::vector<const Diagnostic*> sorted;
  for (const Diagnostic& item : items_) sorted.push_back(&item);
  std::ranges::sort(sorted, {},
                    [](const Diagnostic* item) {  // as added where the place is the same
                      return std::tuple(std::string_view(item->file), item->position, item);
                    });
  std::string out;
  for (const Diagnostic* item : sorted) out += to_string(*item) + '\n';
  if (left_out_ > 0) out += "and " + std::to_string(left_out_) + " more\n";
  return out;
}

base::Error Diagnostics::first() const {
  CHECK(!items_.empty());
  return {items_.front().code, to_string(items_.front())};
}

}  // namespace weir::data
