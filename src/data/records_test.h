// What the tests of the record readers share: bytes in pieces, and records as JSON lines.
#pragma once

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "data/dictionary.h"
#include "data/json.h"
#include "data/records.h"

namespace weir::data {

// Gives `text` out in pieces of at most `piece` bytes.
inline ReadBytes read_text(std::string text, std::size_t piece) {
  return [text = std::move(text), piece,
          at = std::size_t{0}](std::span<char> into) mutable -> base::Result<std::size_t> {
    const std::size_t count = std::min({piece, into.size(), text.size() - at});
    std::memcpy(into.data(), text.data() + at, count);
    at += count;
    return count;
  };
}

// All that a reader gives, read `rows_max` at a time: records as JSON lines, bad rows as `line N:
// reason`.
inline std::string drain(RecordReader& reader, const Dictionary& devices, std::size_t rows_max) {
  std::string out;
  while (true) {
    const auto rows = reader.read(rows_max);
    if (!rows) return out + "error: " + rows.error().message + "\n";
    for (std::size_t i = 0; i < rows->batch.size(); ++i) {
      append_record_json(out, rows->batch, i, devices);
      out += '\n';
    }
    for (const BadRow& bad : rows->bad)
      out += "line " + std::to_string(bad.line) + ": " + bad.reason.message + "\n";
    if (rows->ended) return out;
  }
}

// How many records each batch has that holds any.
inline std::vector<std::size_t> batch_sizes(RecordReader& reader) {
  std::vector<std::size_t> sizes;
  while (true) {
    const auto rows = reader.read(1'000);
    if (rows && !rows->batch.empty()) sizes.push_back(rows->batch.size());
    if (!rows || rows->ended) return sizes;
  }
}

}  // namespace weir::data
