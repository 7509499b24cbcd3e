// Vectors from and to columns.
#include "expr/vector.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>

#include "base/check.h"

namespace weir::expr {
namespace {

template <class T>
std::vector<T> gathered(std::span<const T> all, std::span<const std::uint32_t> rows) {
  std::vector<T> out(rows.size());
  for (std::size_t i = 0; i < rows.size(); ++i) out[i] = all[rows[i]];
  return out;
}

std::vector<std::uint8_t> states_of(const data::Column& column, const data::Batch& batch) {
  if (column.null_count() == 0) return {};
  std::vector<std::uint8_t> states(batch.size());
  const std::uint8_t* validity = column.buffers().validity.data();
  const auto state = [validity](std::size_t row) {
    return static_cast<std::uint8_t>((validity[row / 8] >> (row % 8) & 1) != 0 ? kValue : kNull);
  };
  if (batch.selects_all()) {
    for (std::size_t i = 0; i < states.size(); ++i) states[i] = state(i);
  } else {
    std::ranges::transform(batch.selection(), states.begin(), state);
  }
  return states;
}

std::string_view held_text(const data::Value& value) {
  if (const auto* text = value.get<std::string>()) return *text;
  if (const auto* bytes = value.get<data::Bytes>()) return bytes->data;
  return {};
}

std::int64_t held_int(const data::Value& value) {
  if (const auto* number = value.get<std::int64_t>()) return *number;
  if (const auto* time = value.get<data::Timestamp>()) return time->ns;
  const auto* duration = value.get<data::Duration>();
  return duration == nullptr ? 0 : duration->ns;
}

}  // namespace

bool holds_ints(Kind kind) {
  return kind == Kind::int64 || kind == Kind::timestamp || kind == Kind::duration;
}

bool holds_texts(Kind kind) {
  return kind == Kind::string || kind == Kind::bytes;
}

bool scalar(const Type& type) {
  return type.is(Kind::boolean) || type.is(Kind::float64) || holds_ints(type.kind()) ||
         holds_texts(type.kind());
}

std::span<std::int64_t> Vector::make_ints(std::size_t size) {
  own_ints_.resize(size);
  ints = own_ints_;
  return own_ints_;
}
std::span<double> Vector::make_doubles(std::size_t size) {
  own_doubles_.resize(size);
  doubles = own_doubles_;
  return own_doubles_;
}
std::span<std::uint8_t> Vector::make_flags(std::size_t size) {
  own_flags_.resize(size);
  flags = own_flags_;
  return own_flags_;
}

std::span<std::string_view> Vector::make_texts(std::size_t size) {
  own_texts_.resize(size);
  texts = own_texts_;
  return own_texts_;
}

void Vector::keep(Vector other) {
  kept_.push_back(std::move(other));
}

Vector Vector::of_values(Kind kind, std::vector<data::Value> values,
                         std::vector<RecordError> errors) {
  Vector out(kind);
  const std::size_t size = values.size();
  const auto null = [](const data::Value& value) { return value.is_null(); };
  if (std::ranges::any_of(values, null)) {
    out.states.resize(size);
    for (std::size_t i = 0; i < size; ++i) out.states[i] = null(values[i]) ? kNull : kValue;
    for (const RecordError& error : errors) out.states[error.index] = kError;
  }
  out.errors = std::move(errors);
  for (const data::Value& value : values) CHECK(null(value) || kind_of(value) == kind);
  if (holds_ints(kind)) {
    std::ranges::transform(values, out.make_ints(size).begin(), held_int);
  } else if (kind == Kind::float64) {
    std::ranges::transform(values, out.make_doubles(size).begin(),
                           [](const data::Value& v) { return v.is_null() ? 0 : *v.get<double>(); });
  } else if (kind == Kind::boolean) {
    std::ranges::transform(values, out.make_flags(size).begin(), [](const data::Value& v) {
      return static_cast<std::uint8_t>(!v.is_null() && *v.get<bool>());
    });
  } else {
    out.own_values_ = std::move(values);
    std::ranges::transform(out.own_values_, out.make_texts(size).begin(), held_text);
  }
  return out;
}

Vector Vector::constant_of(const data::Value& value) {
  Vector out = of_values(kind_of(value), {value}, {});
  out.constant = true;
  return out;
}

Vector Vector::of_column(const data::Column& column, const data::Batch& batch) {
  Vector out(Type::of(column.type()).kind());
  out.states = states_of(column, batch);
  const std::size_t size = batch.size();
  if (holds_ints(out.kind)) {
    out.ints = column.int64s();
    if (!batch.selects_all()) out.own_ints_ = gathered(column.int64s(), batch.selection());
    if (!batch.selects_all()) out.ints = out.own_ints_;
  } else if (out.kind == Kind::float64) {
    out.doubles = column.float64s();
    if (!batch.selects_all()) out.own_doubles_ = gathered(column.float64s(), batch.selection());
    if (!batch.selects_all()) out.doubles = out.own_doubles_;
  } else if (out.kind == Kind::boolean) {
    const auto flags = out.make_flags(size);
    for (std::size_t i = 0; i < size; ++i) flags[i] = column.boolean(batch.row(i)) ? 1 : 0;
  } else {
    const auto texts = out.make_texts(size);
    for (std::size_t i = 0; i < size; ++i) texts[i] = column.text(batch.row(i));
  }
  return out;
}

Vector Vector::of_times(const data::Batch& batch) {
  Vector out(Kind::timestamp);
  out.ints = batch.times_ns();
  if (!batch.selects_all()) out.own_ints_ = gathered(batch.times_ns(), batch.selection());
  if (!batch.selects_all()) out.ints = out.own_ints_;
  return out;
}

data::Value Vector::value(std::size_t row) const {
  if (state(row) != kValue) return {};
  const std::size_t at = constant ? 0 : row;
  switch (kind) {
    case Kind::boolean: return flags[at] != 0;
    case Kind::int64: return ints[at];
    case Kind::float64: return doubles[at];
    case Kind::timestamp: return data::Timestamp{ints[at]};
    case Kind::duration: return data::Duration{ints[at]};
    case Kind::string: return texts[at];
    case Kind::bytes: return data::Bytes{std::string(texts[at])};
    default: return {};
  }
}

data::ColumnRef Vector::to_column(std::size_t size) {
  data::Buffers out;
  out.size = size;
  const auto filled = [&]<class T>(std::span<const T> values, std::vector<T>& own) {
    if (constant) return std::vector<T>(size, values.front());
    return own.empty() ? std::vector<T>(values.begin(), values.end()) : std::move(own);
  };
  if (!states.empty()) {
    out.validity.assign((size + 7) / 8, 0);
    for (std::size_t i = 0; i < size; ++i) {
      const bool valid = states[i] == kValue;
      out.validity[i / 8] =
          static_cast<std::uint8_t>(out.validity[i / 8] | (valid ? 1U : 0U) << i % 8);
      if (!valid) ++out.null_count;
    }
    if (out.null_count == 0) out.validity.clear();
  }
  if (holds_ints(kind)) {
    out.int64s = filled(ints, own_ints_);
  } else if (kind == Kind::float64) {
    out.float64s = filled(doubles, own_doubles_);
  } else if (kind == Kind::boolean) {
    out.bits.assign((size + 7) / 8, 0);
    for (std::size_t i = 0; i < size; ++i) {
      out.bits[i / 8] =
          static_cast<std::uint8_t>(out.bits[i / 8] | flags[constant ? 0 : i] << i % 8);
    }
  } else {
    data::ColumnBuilder builder(Type(kind).column());
    for (std::size_t i = 0; i < size; ++i) {
      if (state(i) != kValue) {
        builder.append_null();
      } else {
        builder.append_text(texts[constant ? 0 : i]);
      }
    }
    return builder.finish();
  }
  return std::make_shared<const data::Column>(Type(kind).column(), std::move(out));
}

std::vector<std::uint8_t> joined_states(const Vector& a, const Vector& b) {
  if (b.states.empty()) return a.states;
  if (a.states.empty()) return b.states;
  std::vector<std::uint8_t> out(a.states.size());
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = std::max(a.states[i], b.states[i]);
  return out;
}

std::vector<RecordError> joined_errors(std::vector<RecordError> a, std::vector<RecordError> b) {
  if (b.empty()) return a;
  if (a.empty()) return b;
  std::vector<RecordError> out;
  auto right = b.begin();
  for (RecordError& left : a) {
    for (; right != b.end() && right->index < left.index; ++right) out.push_back(std::move(*right));
    if (right != b.end() && right->index == left.index) ++right;
    out.push_back(std::move(left));
  }
  std::move(right, b.end(), std::back_inserter(out));
  return out;
}

}  // namespace weir::expr
