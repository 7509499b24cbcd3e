// JsonObjectParser: one JSON object into the cells of a row, without a tree in between. For the
// readers of this folder.
//
// Belongs to one thread; reuses its memory from object to object.
#pragma once

#include <cstddef>
#include <memory>
#include <string_view>

#include "base/result.h"
#include "data/row.h"

namespace weir::data {

// So many bytes beyond the text must be readable; what stands there does not matter.
inline constexpr std::size_t kJsonPadding = 64;

class JsonObjectParser {
 public:
  JsonObjectParser();
  ~JsonObjectParser();

  // Puts the members of the object `text` into the row; those it has no slot for are passed over.
  // Texts in the row stay valid until the next call.
  base::Result<> parse(std::string_view text, Row& row);

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

}  // namespace weir::data
