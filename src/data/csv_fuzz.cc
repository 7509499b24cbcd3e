// Any bytes: the reader of CSV comes to an end, and what is written from it is read with as many
// records and no bad row.
#include "data/csv.h"

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string>

#include "base/check.h"

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

struct Counted {
  std::size_t records = 0, bad = 0;
  std::string csv;
  data::SchemaRef schema;
  bool opened = false;
};

Counted read_all(std::string_view text, data::SchemaRef schema) {
  data::Dictionary devices;
  const data::RecordOptions options{.schema = std::move(schema), .device = devices.id("input")};
  Counted out;
  auto reader = data::open_csv(read_text(text), options, devices);
  if (!reader) return out;
  out.opened = true;
  out.schema = (*reader)->schema();
  data::append_csv_header(out.csv, *(*reader)->schema());
  for (bool ended = false; !ended;) {
    const auto rows = (*reader)->read(3);
    CHECK(rows.has_value());
    for (std::size_t i = 0; i < rows->batch.size(); ++i)
      data::append_csv_record(out.csv, rows->batch, i, devices);
    out.records += rows->batch.size();
    out.bad += rows->bad.size();
    ended = rows->ended;
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const Counted once = read_all({reinterpret_cast<const char*>(bytes), size}, nullptr);
  if (!once.opened) return 0;
  const Counted again = read_all(once.csv, once.schema);
  CHECK(again.opened && again.records == once.records && again.bad == 0);
  return 0;
}
