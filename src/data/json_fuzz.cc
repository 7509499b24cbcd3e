// Any bytes: parse_json reads back what it writes; the reader of JSON lines comes to an end.
#include "data/json.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "base/check.h"
#include "data/json_lines.h"

namespace {

using namespace weir;

data::ReadBytes read_text(std::string_view text) {
  return [text](std::span<char> into) mutable -> base::Result<std::size_t> {
    const std::size_t count = std::min({text.size(), into.size(), std::size_t{97}});
    std::ranges::copy(text.substr(0, count), into.begin());
    text.remove_prefix(count);
    return count;
  };
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  if (const auto value = data::parse_json(text)) {
    std::string once;
    data::append_json(once, *value);
    const auto again = data::parse_json(once);
    CHECK(again && *again == *value);
  }
  data::Dictionary devices;
  const data::RecordOptions options{.device = devices.id("input")};
  auto reader = data::open_json_lines(read_text(text), options, devices);
  if (!reader) return 0;
  std::string out;
  for (bool ended = false; !ended;) {
    const auto rows = (*reader)->read(3);
    CHECK(rows.has_value());
    for (std::size_t i = 0; i < rows->batch.size(); ++i)
      data::append_record_json(out, rows->batch, i, devices);
    ended = rows->ended;
  }
  return 0;
}
