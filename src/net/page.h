// Pages of a list that is told by name: ?after=NAME&limit=COUNT, answered with `items` and, where
// there are more, `next`, the `after` of the next page.
//
// Pure but for what they call, thread-safe as that.
#pragma once

#include <cstddef>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "data/json_writer.h"
#include "net/http.h"

namespace weir::net {

struct PageQuery {
  std::string_view after;  // of the request; "" = from the first
  std::size_t limit = 0;   // at least 1
};

// Error: invalid, what is wrong in the query.
base::Result<PageQuery> read_page(const Request& request, std::size_t limit_max);

// `list(after, count)` returns a Result of at most `count` items, each with its `name`, in the
// order of the names; `write(json, item)` writes one.
template <class List, class Write>
base::Result<Response> answer_page(const Request& request, std::size_t limit_max, List list,
                                   Write write) {
  TRY(const PageQuery page, read_page(request, limit_max));
  TRY(const auto items, list(page.after, page.limit));
  data::JsonWriter json;
  json.begin_object().begin_list("items");
  for (const auto& item : items) write(json, item);
  json.end();
  if (items.size() == page.limit) {
    TRY(const auto more, list(std::string_view(items.back().name), std::size_t{1}));
    if (!more.empty()) json.text("next", items.back().name);
  }
  json.end();
  return Response{.body = std::move(json).take()};
}

}  // namespace weir::net
