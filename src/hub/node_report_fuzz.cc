// Any text is taken as a node's report; what it tells is JSON again, and tells the same.
#include "hub/node_report.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::hub::read_report;
  const auto report = read_report({reinterpret_cast<const char*>(data), size});
  if (!report) return 0;
  CHECK(report->version.size() <= weir::hub::kVersionBytesMax);
  const auto again = read_report(report->state);
  CHECK(again.has_value());
  CHECK(again->state == report->state);
  CHECK(again->time_ns == report->time_ns);
  CHECK(again->deployments == report->deployments && again->cameras == report->cameras);
  CHECK(again->catalogue.empty());
  return 0;
}
