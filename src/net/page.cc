// The query of a page.
#include "net/page.h"

#include "net/query_reader.h"

namespace weir::net {

base::Result<PageQuery> read_page(const Request& request, std::size_t limit_max) {
  QueryReader query(request);
  const PageQuery page = {.after = query.text("after").value_or(""),
                          .limit = query.count("limit", limit_max).value_or(limit_max)};
  TRY_DO(query.finish());
  if (page.limit == 0) {
    return base::fail(base::Code::invalid, "'limit' is 0, expected at least 1");
  }
  return page;
}

}  // namespace weir::net
