// QueryReader: what a request's query says, taken one parameter after the other.
//
//   QueryReader query(request);
//   const auto since = query.time_ns("since");
//   const std::size_t limit = query.count("limit", kListMax).value_or(kListMax);
//   TRY_DO(query.finish());
//
// A mistake counts as absent and is told by finish, with the parameters that nobody took. Lives
// within one handler; the request outlives it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace weir::net {

class QueryReader {
 public:
  explicit QueryReader(const Request& request) : request_(request) {}

  std::optional<std::string_view> text(std::string_view name);
  // A whole number, at most `max`.
  std::optional<std::uint64_t> count(std::string_view name, std::uint64_t max);
  std::optional<std::int64_t> time_ns(std::string_view name);  // RFC 3339
  std::optional<bool> flag(std::string_view name);             // true or false

  // Error: invalid, the first mistake.
  base::Result<> finish();

 private:
  void expect(std::string_view name, std::string_view value, std::string_view expected);

  const Request& request_;
  std::vector<std::string_view> taken_;
  std::string mistake_;
};

}  // namespace weir::net
