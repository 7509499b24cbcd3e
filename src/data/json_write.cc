// Values and records to JSON.
#include <fmt/format.h>

#include <cmath>
#include <cstdint>
#include <iterator>
#include <span>

#include "base/text.h"
#include "data/json.h"

namespace weir::data {
namespace {

void append_base64(std::string& out, std::span<const std::uint8_t> bytes) {
  out += '"';
  out += base::encode_base64(bytes);
  out += '"';
}

void append_base64(std::string& out, std::string_view bytes) {
  append_base64(out, {reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()});
}

void append_double(std::string& out, double value) {
  if (std::isnan(value)) {
    out += "\"NaN\"";
  } else if (std::isinf(value)) {
    out += value < 0 ? "\"-Infinity\"" : "\"Infinity\"";
  } else {
    const std::size_t begin = out.size();
    fmt::format_to(std::back_inserter(out), "{}", value);
    if (out.find_first_of(".e", begin) == std::string::npos) out += ".0";
  }
}

void append_quoted(std::string& out, std::string_view plain) {
  out += '"';
  out += plain;
  out += '"';
}

void append_list(std::string& out, const List& list) {
  out += '[';
  for (std::size_t i = 0; i < list.size(); ++i) {
    if (i > 0) out += ',';
    append_json(out, list[i]);
  }
  out += ']';
}

// JSON has only text as keys: any other key is the text of its own JSON.
void append_map(std::string& out, const Map& map) {
  out += '{';
  for (std::size_t i = 0; i < map.size(); ++i) {
    if (i > 0) out += ',';
    if (const auto* name = map[i].first.get<std::string>()) {
      append_json_string(out, *name);
    } else {
      std::string key;
      append_json(key, map[i].first);
      append_json_string(out, key);
    }
    out += ':';
    append_json(out, map[i].second);
  }
  out += '}';
}

const Packet* picture(const Column& column, std::size_t row) {
  const PacketRef& packet = column.packet(row);
  const bool encoded =
      packet != nullptr && packet->format != nullptr && packet->format->codec == Codec::mjpeg;
  return encoded ? packet.get() : nullptr;
}

void append_elements(std::string& out, const Column& column, std::size_t row) {
  out += '[';
  const auto begin = column.offsets()[row];
  for (auto i = begin; i < column.offsets()[row + 1]; ++i) {
    if (i > begin) out += ',';
    append_json(out, column.elements(), static_cast<std::size_t>(i));
  }
  out += ']';
}

void append_structure(std::string& out, const Column& column, std::size_t row) {
  out += '{';
  const auto fields = column.type().fields();
  for (std::size_t i = 0; i < fields.size(); ++i) {
    if (i > 0) out += ',';
    append_json_string(out, fields[i].name);
    out += ':';
    append_json(out, column.child(i), row);
  }
  out += '}';
}

}  // namespace

// Whoever wrote the text, the JSON is valid.
void append_json_string(std::string& out, std::string_view text) {
  if (base::invalid_utf8(text)) return append_json_string(out, base::valid_utf8(text));
  out += '"';
  std::size_t plain = 0;  // where the run begins that needs no escape
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (static_cast<unsigned char>(c) >= 0x20 && c != '"' && c != '\\') continue;
    out += text.substr(plain, i - plain);
    plain = i + 1;
    switch (c) {
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      case '\n': out += "\\n"; break;
      case '\r': out += "\\r"; break;
      case '\t': out += "\\t"; break;
      default: fmt::format_to(std::back_inserter(out), "\\u{:04x}", static_cast<unsigned>(c));
    }
  }
  out += text.substr(plain);
  out += '"';
}

void append_json(std::string& out, const Value& value) {
  if (const auto* v = value.get<bool>()) {
    out += *v ? "true" : "false";
  } else if (const auto* v = value.get<std::int64_t>()) {
    fmt::format_to(std::back_inserter(out), "{}", *v);
  } else if (const auto* v = value.get<std::uint64_t>()) {
    fmt::format_to(std::back_inserter(out), "{}", *v);
  } else if (const auto* v = value.get<double>()) {
    append_double(out, *v);
  } else if (const auto* v = value.get<std::string>()) {
    append_json_string(out, *v);
  } else if (const auto* v = value.get<Bytes>()) {
    append_base64(out, v->data);
  } else if (const auto* v = value.get<Timestamp>()) {
    append_quoted(out, base::format_rfc3339(v->ns));
  } else if (const auto* v = value.get<Duration>()) {
    append_quoted(out, base::format_duration(v->ns));
  } else if (const auto* v = value.get<List>()) {
    append_list(out, *v);
  } else if (const auto* v = value.get<Map>()) {
    append_map(out, *v);
  } else {
    out += "null";
  }
}

void append_json(std::string& out, const Column& column, std::size_t row) {
  if (column.is_null(row)) {
    out += "null";
    return;
  }
  switch (column.type().kind()) {
    case Kind::boolean: out += column.boolean(row) ? "true" : "false"; break;
    case Kind::int64: fmt::format_to(std::back_inserter(out), "{}", column.int64s()[row]); break;
    case Kind::float64: append_double(out, column.float64s()[row]); break;
    case Kind::string: append_json_string(out, column.text(row)); break;
    case Kind::bytes: append_base64(out, column.text(row)); break;
    case Kind::timestamp: append_quoted(out, base::format_rfc3339(column.int64s()[row])); break;
    case Kind::duration: append_quoted(out, base::format_duration(column.int64s()[row])); break;
    case Kind::list: append_elements(out, column, row); break;
    case Kind::structure: append_structure(out, column, row); break;
    case Kind::image: out += "null"; break;
    case Kind::packet:
      if (const Packet* encoded = picture(column, row)) {
        append_base64(out, encoded->bytes);
      } else {
        out += "null";
      }
      break;
    case Kind::value: append_json(out, column.buffers().values[row]); break;
  }
}

void append_record_json(std::string& out, const Batch& batch, std::size_t index,
                        const Dictionary& devices) {
  out += "{\"time\":";
  append_quoted(out, base::format_rfc3339(batch.time_ns(index)));
  out += ",\"device\":";
  append_json_string(out, devices.name(batch.device(index)));
  const std::size_t row = batch.row(index);
  for (std::size_t i = 0; i < batch.columns().size(); ++i) {
    const Column& column = batch.column(i);
    if (column.type().kind() == Kind::image) continue;
    if (column.type().kind() == Kind::packet &&
        (column.is_null(row) || picture(column, row) == nullptr))
      continue;
    out += ',';
    append_json_string(out, batch.schema()->field(i).name);
    out += ':';
    append_json(out, column, row);
  }
  out += '}';
}

}  // namespace weir::data
