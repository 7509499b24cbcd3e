// Diagnostics: what is wrong in the files a person wrote, each mistake with its place.
//
// Values, not thread-safe. A reader adds every mistake it finds and goes on, so that one run shows
// all of them.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::data {

// A place in a text, counted from 1; the column counts characters, not bytes. 0 = not known.
struct Position {
  int line = 0, column = 0;
  friend auto operator<=>(const Position&, const Position&) = default;
};

struct Diagnostic {
  std::string file;  // "" where the text came from no file
  Position position;
  base::Code code = base::Code::invalid;
  std::string message;  // what is wrong, and what was expected
};

// "file:line:column", without the parts that are not known.
std::string place(std::string_view file, Position position);
// "file:line:column: message", without the parts that are not known.
std::string to_string(const Diagnostic& diagnostic);

class Diagnostics {
 public:
  static constexpr std::size_t kItemsMax = 100;  // further ones are only counted

  void add(Diagnostic diagnostic);
  void add(std::string_view file, Position position, base::Code code, std::string message);

  bool empty() const { return items_.empty(); }
  std::size_t size() const { return items_.size() + left_out_; }
  const std::vector<Diagnostic>& items() const { return items_; }
  // One line each, ordered by file and place; a last line tells how many were left out.
  std::string text() const;
  // The first as an Error, for those who can hand on only one. Not where empty.
  base::Error first() const;

 private:
  std::vector<Diagnostic> items_;
  std::size_t left_out_ = 0;
};

}  // namespace weir::data
