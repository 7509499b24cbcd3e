// Table: rows of text in columns as wide as their widest cell; numbers stand flush right,
// and control characters are made visible.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace weir::cli {

class Table {
 public:
  explicit Table(std::vector<std::string> titles) { add(std::move(titles)); }
  void add(std::vector<std::string> row);
  // Lines without trailing spaces.
  std::string text() const;

 private:
  bool numbers(std::size_t column) const;

  std::vector<std::vector<std::string>> rows_;
  std::vector<std::size_t> widths_;
};

}  // namespace weir::cli
