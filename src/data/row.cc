// One record on its way into a batch.
#include "data/row.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>
#include <system_error>

#include "base/check.h"
#include "base/text.h"
#include "data/json.h"

namespace weir::data {
namespace {

using base::Code;
using Holds = Cell::Holds;

constexpr std::size_t kShownBytesMax = 40;  // of a value in a message
constexpr std::string_view kGuessed =
    ", as in the first rows; `columns` of file_input, or the product, can name another type";

std::string shown(const Cell& cell) {
  std::string text;
  append_json(text, cell.value());
  if (text.size() > kShownBytesMax) {
    std::size_t cut = kShownBytesMax;
    while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xC0) == 0x80) --cut;
    text = text.substr(0, cut) + "…";
  }
  return text;
}

}  // namespace

std::optional<std::int64_t> int64_of(std::string_view text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<double> float64_of(std::string_view text) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<bool> boolean_of(std::string_view text) {
  if (text == "true" || text == "True" || text == "TRUE") return true;
  if (text == "false" || text == "False" || text == "FALSE") return false;
  return std::nullopt;
}

Cell Cell::of(double v) {
  Cell cell(Holds::float64);
  cell.real_ = v;
  return cell;
}

Cell Cell::of(std::string_view v) {
  Cell cell(Holds::text);
  cell.text_ = v;
  return cell;
}

Cell Cell::of(Value v) {
  Cell cell(Holds::tree);
  cell.tree_ = std::move(v);
  return cell;
}

Value Cell::value() const& {
  return Cell(*this).value();
}

Value Cell::value() && {
  switch (holds_) {
    case Holds::nothing:
    case Holds::null: return {};
    case Holds::boolean: return boolean();
    case Holds::int64: return int64();
    case Holds::uint64: return uint64();
    case Holds::float64: return real_;
    case Holds::text: return text_;
    case Holds::tree: return std::move(tree_);
  }
  return {};
}

Row::Row(SchemaRef schema, std::string time_field, const RecordOptions& options, Texts texts,
         Dictionary& devices)
    : builder_(std::move(schema)),
      time_field_(std::move(time_field)),
      texts_(texts),
      types_(options.types),
      default_device_(options.device),
      next_time_ns_(options.start_ns),
      interval_ns_(options.interval_ns),
      devices_(devices) {
  for (const Field& field : this->schema()->fields()) names_.push_back(field.name);
  for (std::size_t i = 0; i < names_.size(); ++i) slots_.emplace(names_[i], i);
  if (!time_field_.empty()) {
    const auto [found, fresh] = slots_.emplace(time_field_, names_.size());
    time_slot_ = found->second;
    if (fresh) names_.push_back(time_field_);
  }
  device_slot_ = names_.size();
  slots_.emplace(kDevice, device_slot_);
  names_.emplace_back(kDevice);
  cells_.resize(names_.size());
}

std::size_t Row::slot(std::string_view name) {
  if (at_ < order_.size() && names_[order_[at_]] == name) return order_[at_++];
  const auto found = slots_.find(name);
  if (found == slots_.end()) {
    if (unknown_fields_.count++ == 0) unknown_fields_.first = name;
    return kNone;
  }
  if (at_ < order_.size()) {
    order_[at_++] = found->second;
  } else if (order_.size() < names_.size()) {
    order_.push_back(found->second);
    ++at_;
  }
  return found->second;
}

std::string_view Row::name(std::size_t slot) const {
  return names_[slot];
}

bool Row::put(std::size_t slot, Cell cell) {
  if (cells_[slot].holds() != Holds::nothing) return false;
  cells_[slot] = std::move(cell);
  return true;
}

void Row::clear() {
  std::ranges::fill(cells_, Cell());
  at_ = 0;
}

base::Result<> Row::commit() {
  const auto check = [this]() -> base::Result<std::pair<std::int64_t, Device>> {
    TRY(const std::int64_t time_ns, this->time_ns());
    for (std::size_t i = 0; i < schema()->size(); ++i) TRY_DO(convert(i));
    TRY(const Device device, this->device());
    return std::pair(time_ns, device);
  };
  const auto checked = check();
  if (checked) {
    for (std::size_t i = 0; i < schema()->size(); ++i) append(i);
    builder_.end_record(checked->first, checked->second);
    if (__builtin_add_overflow(next_time_ns_, interval_ns_, &next_time_ns_)) {
      next_time_ns_ = std::numeric_limits<std::int64_t>::max();
    }
  }
  clear();
  if (!checked) return std::unexpected(checked.error());
  return {};
}

base::Result<std::int64_t> Row::time_ns() const {
  if (time_slot_ == kNone) return next_time_ns_;
  const Cell& cell = cells_[time_slot_];
  if (cell.holds() == Holds::text) {
    if (auto time = parse_time_ns(cell.text())) return time;
  } else if (cell.holds() == Holds::nothing || cell.holds() == Holds::null) {
    return base::fail(Code::missing,
                      fmt::format("no '{}'; expected the record's time in RFC 3339", time_field_));
  }
  return base::fail(
      Code::wrong_type,
      fmt::format("'{}' is {}; expected a time in RFC 3339 {}, such as 2013-12-02T21:15:00Z",
                  time_field_, shown(cell), base::kTimeRange));
}

base::Result<Device> Row::device() {
  const Cell& cell = cells_[device_slot_];
  if (cell.holds() == Holds::nothing || cell.holds() == Holds::null) return default_device_;
  std::string name;
  if (cell.holds() == Holds::int64) name = std::to_string(cell.int64());
  if (cell.holds() == Holds::text) name = cell.text();
  if (name.empty()) {
    return base::fail(Code::wrong_type,
                      fmt::format("'device' is {}; expected a device's name", shown(cell)));
  }
  if (const auto known = devices_.find(name)) return *known;
  if (devices_seen_ == kRecordDevicesMax) {
    return base::fail(Code::limit,
                      fmt::format("device '{}' is one more than the {} that one source may name",
                                  name, kRecordDevicesMax));
  }
  ++devices_seen_;
  return devices_.id(name);
}

std::unexpected<base::Error> Row::misfit(std::size_t column) const {
  const Type& type = schema()->field(column).type;
  return base::fail(
      Code::wrong_type,
      fmt::format("'{}' is {}; expected {}{}{}{}", names_[column], shown(cells_[column]),
                  type.name(), type.kind() == Kind::timestamp ? " " : "",
                  type.kind() == Kind::timestamp ? base::kTimeRange : "",
                  types_ == Types::from_first_rows ? kGuessed : ""));
}

// Makes the cell what `append` takes for the column's type.
base::Result<> Row::convert(std::size_t column) {
  Cell& cell = cells_[column];
  const Type& type = schema()->field(column).type;
  const Holds holds = cell.holds();
  if (holds == Holds::nothing || holds == Holds::null) return {};
  if (holds == Holds::text) return convert_text(column, type);
  switch (type.kind()) {
    case Kind::boolean:
      if (holds == Holds::boolean) return {};
      break;
    case Kind::int64:
      if (holds == Holds::int64) return {};
      break;
    case Kind::float64:
      if (holds == Holds::int64) cell = Cell::of(static_cast<double>(cell.int64()));
      if (holds == Holds::uint64) cell = Cell::of(static_cast<double>(cell.uint64()));
      if (cell.holds() == Holds::float64) return {};
      break;
    case Kind::list:
    case Kind::structure:
    case Kind::value:
      if (fits(cell.value(), type)) return {};
      break;
    default: break;
  }
  return misfit(column);
}

base::Result<> Row::convert_text(std::size_t column, const Type& type) {
  Cell& cell = cells_[column];
  const std::string_view text = cell.text();
  const bool untyped = texts_ == Texts::untyped;
  switch (type.kind()) {
    case Kind::string: return {};
    case Kind::bytes:
      if (base::decode_base64(text)) return {};
      break;
    case Kind::timestamp:
      if (const auto ns = parse_time_ns(text)) return cell = Cell::of(*ns), base::Result<>();
      break;
    case Kind::duration:
      if (const auto ns = base::parse_duration_ns(text))
        return cell = Cell::of(*ns), base::Result<>();
      break;
    case Kind::boolean:
      if (const auto v = boolean_of(text); untyped && v)
        return cell = Cell::of(*v), base::Result<>();
      break;
    case Kind::int64:
      if (const auto v = int64_of(text); untyped && v) return cell = Cell::of(*v), base::Result<>();
      break;
    case Kind::float64: {
      const bool special = text == "NaN" || text == "Infinity" || text == "-Infinity";
      if (const auto v = float64_of(text); v && (untyped || special))
        return cell = Cell::of(*v), base::Result<>();
      break;
    }
    case Kind::list:
    case Kind::structure:
      if (auto tree = parse_json(text); untyped && tree && fits(*tree, type)) {
        return cell = Cell::of(*std::move(tree)), base::Result<>();
      }
      break;
    case Kind::value:
      if (!untyped) return {};
      if (auto tree = parse_json(text)) return cell = Cell::of(*std::move(tree)), base::Result<>();
      break;
    default: break;
  }
  return misfit(column);
}

void Row::append(std::size_t column) {
  ColumnBuilder& to = builder_.column(column);
  Cell& cell = cells_[column];
  const Holds holds = cell.holds();
  if (holds == Holds::nothing || holds == Holds::null) return to.append_null();
  switch (to.type().kind()) {
    case Kind::boolean: return to.append_bool(cell.boolean());
    case Kind::int64:
    case Kind::timestamp:
    case Kind::duration: return to.append_int64(cell.int64());
    case Kind::float64: return to.append_float64(cell.float64());
    case Kind::string: return to.append_text(cell.text());
    default: CHECK(to.append(std::move(cell).value()));
  }
}

}  // namespace weir::data
