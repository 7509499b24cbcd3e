// CEL's operators on single values.
#include "expr/operators.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <string>
#include <unordered_set>

#include "base/text.h"
#include "expr/numbers.h"
#include "expr/types.h"

namespace weir::expr {
namespace {

using base::Code;
using base::Error;
using base::Result;
using data::Duration;
using data::Timestamp;
using data::Value;

std::unexpected<Error> mismatch(Operator op, const Value& a, const Value& b) {
  const std::string types[] = {std::string(name(kind_of(a))), std::string(name(kind_of(b)))};
  return std::unexpected(no_such_operator(op, types));
}

std::string_view symbol(Operator op) {
  return name(op);
}

template <class T>
std::unexpected<Error> overflow(Operator op, T a, T b) {
  constexpr std::string_view kType = std::same_as<T, std::int64_t> ? "int" : "uint";
  return base::fail(Code::overflow, std::to_string(a) + " " + std::string(symbol(op)) + " " +
                                        std::to_string(b) + " is beyond what " +
                                        (kType == "int" ? "an int" : "a uint") + " holds");
}

template <class T>
Result<Value> integer_arithmetic(Operator op, T a, T b) {
  T out = 0;
  bool bad = false;
  switch (op) {
    case Operator::add: bad = __builtin_add_overflow(a, b, &out); break;
    case Operator::subtract: bad = __builtin_sub_overflow(a, b, &out); break;
    case Operator::multiply: bad = __builtin_mul_overflow(a, b, &out); break;
    default:
      if (b == 0) return base::fail(Code::division, "division by zero");
      bad = std::same_as<T, std::int64_t> && a == std::numeric_limits<T>::min() &&
            b == static_cast<T>(-1);
      if (!bad) out = op == Operator::divide ? a / b : a % b;
  }
  if (bad) return overflow(op, a, b);
  return out;
}

std::optional<Value> double_arithmetic(Operator op, double a, double b) {
  switch (op) {
    case Operator::add: return a + b;
    case Operator::subtract: return a - b;
    case Operator::multiply: return a * b;
    case Operator::divide: return a / b;
    default: return std::nullopt;
  }
}

// A timestamp or duration out of two numbers of nanoseconds.
template <class T>
Result<Value> nanoseconds(Operator op, std::int64_t a, std::int64_t b) {
  std::int64_t out = 0;
  const bool bad =
      op == Operator::add ? __builtin_add_overflow(a, b, &out) : __builtin_sub_overflow(a, b, &out);
  if (bad) {
    return base::fail(Code::range, std::same_as<T, Timestamp>
                                       ? "the time is not " + std::string(base::kTimeRange)
                                       : "the duration is longer than 292 years");
  }
  return T{out};
}

// nullopt where the operator does not take such times.
std::optional<Result<Value>> time_arithmetic(Operator op, const Value& a, const Value& b) {
  if (op != Operator::add && op != Operator::subtract) return std::nullopt;
  const auto* left_time = a.get<Timestamp>();
  const auto* left = a.get<Duration>();
  const auto* right_time = b.get<Timestamp>();
  const auto* right = b.get<Duration>();
  if (left_time != nullptr && right != nullptr)
    return nanoseconds<Timestamp>(op, left_time->ns, right->ns);
  if (left != nullptr && right != nullptr) return nanoseconds<Duration>(op, left->ns, right->ns);
  if (op == Operator::add && left != nullptr && right_time != nullptr) {
    return nanoseconds<Timestamp>(op, left->ns, right_time->ns);
  }
  if (op == Operator::subtract && left_time != nullptr && right_time != nullptr) {
    return nanoseconds<Duration>(op, left_time->ns, right_time->ns);
  }
  return std::nullopt;
}

std::unexpected<Error> too_long(std::string_view what, std::size_t limit) {
  return base::fail(Code::limit,
                    "'+' gives " + std::string(what) + ", more than " + std::to_string(limit));
}

// nullopt where they cannot be joined.
std::optional<Result<Value>> joined(const Value& a, const Value& b) {
  const auto bytes = [](std::size_t size) {
    return too_long(std::to_string(size) + " bytes", kJoinedBytesMax);
  };
  if (const auto *left = a.get<std::string>(), *right = b.get<std::string>(); left && right) {
    const std::size_t size = left->size() + right->size();
    if (size > kJoinedBytesMax) return bytes(size);
    return *left + *right;
  }
  if (const auto *left = a.get<data::Bytes>(), *right = b.get<data::Bytes>(); left && right) {
    const std::size_t size = left->data.size() + right->data.size();
    if (size > kJoinedBytesMax) return bytes(size);
    return data::Bytes{left->data + right->data};
  }
  if (const auto *left = a.get<data::List>(), *right = b.get<data::List>(); left && right) {
    const std::size_t size = left->size() + right->size();
    if (size > kJoinedElementsMax)
      return too_long(std::to_string(size) + " elements", kJoinedElementsMax);
    data::List out = *left;
    out.insert(out.end(), right->begin(), right->end());
    return out;
  }
  return std::nullopt;
}

template <class A>
std::optional<std::partial_ordering> compare_number(A a, const Value& b) {
  if (const auto* right = b.get<double>()) return compare(a, *right);
  if (const auto* right = b.get<std::int64_t>()) return compare(a, *right);
  if (const auto* right = b.get<std::uint64_t>()) return compare(a, *right);
  return std::nullopt;
}

// nullopt where one of them is no number.
std::optional<std::partial_ordering> compare_numbers(const Value& a, const Value& b) {
  if (const auto* left = a.get<double>()) return compare_number(*left, b);
  if (const auto* left = a.get<std::int64_t>()) return compare_number(*left, b);
  if (const auto* left = a.get<std::uint64_t>()) return compare_number(*left, b);
  return std::nullopt;
}

template <class T>
std::optional<std::partial_ordering> compare_same(const Value& a, const Value& b) {
  const T* left = a.get<T>();
  const T* right = b.get<T>();
  if (left == nullptr || right == nullptr) return std::nullopt;
  if constexpr (std::same_as<T, data::Bytes>) {
    return left->data <=> right->data;
  } else {
    return *left <=> *right;
  }
}

// nullopt where they have no order.
std::optional<std::partial_ordering> compare_values(const Value& a, const Value& b) {
  if (auto order = compare_numbers(a, b)) return order;
  if (auto order = compare_same<std::string>(a, b)) return order;
  if (auto order = compare_same<Timestamp>(a, b)) return order;
  if (auto order = compare_same<Duration>(a, b)) return order;
  if (auto order = compare_same<bool>(a, b)) return order;
  return compare_same<data::Bytes>(a, b);
}

const Value* find_key(const data::Map& map, const Value& key) {
  const auto found =
      std::ranges::find_if(map, [&](const auto& entry) { return equal(entry.first, key); });
  return found == map.end() ? nullptr : &found->second;
}

bool equal_maps(const data::Map& a, const data::Map& b) {
  return a.size() == b.size() && std::ranges::all_of(a, [&](const auto& entry) {
           const Value* other = find_key(b, entry.first);
           return other != nullptr && equal(entry.second, *other);
         });
}

// Bounded: what messages show of a key.
std::string shown(const Value& key) {
  constexpr std::size_t kShownMax = 60;
  if (const auto* text = key.get<std::string>()) {
    return text->size() > kShownMax ? "of " + std::to_string(text->size()) + " bytes"
                                    : "'" + *text + "'";
  }
  if (const auto* number = key.get<std::int64_t>()) return std::to_string(*number);
  if (const auto* number = key.get<std::uint64_t>()) return std::to_string(*number);
  if (const auto* flag = key.get<bool>()) return *flag ? "true" : "false";
  return "of type " + std::string(name(kind_of(key)));
}

std::unexpected<Error> no_such_key(const Value& key) {
  return base::fail(Code::no_such_key, "no such key: " + shown(key));
}

// A double serves as an index where it is whole.
std::optional<std::int64_t> list_index(const Value& key) {
  if (const auto* index = key.get<std::int64_t>()) return *index;
  if (const auto* index = key.get<std::uint64_t>()) {
    return static_cast<std::int64_t>(
        std::min<std::uint64_t>(*index, std::numeric_limits<std::int64_t>::max()));
  }
  const auto* index = key.get<double>();
  if (index == nullptr || std::trunc(*index) != *index || std::abs(*index) >= 0x1p53)
    return std::nullopt;
  return static_cast<std::int64_t>(*index);
}

// Keys are equal where these texts are. Empty: no key.
std::string key_text(const Value& key) {
  if (const auto* text = key.get<std::string>()) return "s" + *text;
  if (const auto* number = key.get<std::int64_t>()) return "n" + std::to_string(*number);
  if (const auto* number = key.get<std::uint64_t>()) return "n" + std::to_string(*number);
  if (const auto* flag = key.get<bool>()) return *flag ? "true" : "false";
  return {};
}

}  // namespace

Error no_such_operator(Operator op, std::span<const std::string> types) {
  std::string text = "'" + std::string(symbol(op)) + "' does not take ";
  for (std::size_t i = 0; i < types.size(); ++i) text += (i == 0 ? "" : " and ") + types[i];
  return {Code::wrong_type, std::move(text)};
}

Result<Value> arithmetic(Operator op, const Value& a, const Value& b) {
  if (const auto *left = a.get<double>(), *right = b.get<double>(); left && right) {
    if (auto out = double_arithmetic(op, *left, *right)) return std::move(*out);
    return mismatch(op, a, b);
  }
  if (const auto *left = a.get<std::int64_t>(), *right = b.get<std::int64_t>(); left && right) {
    return integer_arithmetic(op, *left, *right);
  }
  if (const auto *left = a.get<std::uint64_t>(), *right = b.get<std::uint64_t>(); left && right) {
    return integer_arithmetic(op, *left, *right);
  }
  if (op == Operator::add) {
    if (auto out = joined(a, b)) return std::move(*out);
  }
  if (auto out = time_arithmetic(op, a, b)) return std::move(*out);
  return mismatch(op, a, b);
}

Result<Value> negate(const Value& value) {
  if (const auto* number = value.get<double>()) return -*number;
  if (const auto* number = value.get<std::int64_t>()) {
    if (*number == std::numeric_limits<std::int64_t>::min()) {
      return base::fail(Code::overflow,
                        "-(" + std::to_string(*number) + ") is beyond what an int holds");
    }
    return -*number;
  }
  const std::string types[] = {std::string(name(kind_of(value)))};
  return std::unexpected(no_such_operator(Operator::negate, types));
}

bool equal(const Value& a, const Value& b) {
  if (const auto order = compare_numbers(a, b)) return *order == std::partial_ordering::equivalent;
  if (const auto *left = a.get<data::List>(), *right = b.get<data::List>(); left && right) {
    return std::ranges::equal(*left, *right, equal);
  }
  if (const auto *left = a.get<data::Map>(), *right = b.get<data::Map>(); left && right) {
    return equal_maps(*left, *right);
  }
  return a == b;
}

Result<Value> ordering(Operator op, const Value& a, const Value& b) {
  const auto order = compare_values(a, b);
  if (!order) return mismatch(op, a, b);
  switch (op) {
    case Operator::less: return *order < 0;
    case Operator::less_equal: return *order <= 0;
    case Operator::greater: return *order > 0;
    default: return *order >= 0;
  }
}

Result<Value> membership(const Value& value, const Value& container) {
  if (const auto* list = container.get<data::List>()) {
    return std::ranges::any_of(*list, [&](const Value& element) { return equal(value, element); });
  }
  const auto* map = container.get<data::Map>();
  if (map == nullptr || kind_of(container) == Kind::type)
    return mismatch(Operator::in, value, container);
  return find_key(*map, value) != nullptr;
}

Result<Value> element(const Value& container, const Value& key) {
  if (const auto* list = container.get<data::List>()) {
    const auto index = list_index(key);
    if (!index) {
      return base::fail(Code::wrong_type,
                        "a list is indexed by an int, not by " + std::string(name(kind_of(key))));
    }
    if (*index < 0 || static_cast<std::uint64_t>(*index) >= list->size()) {
      return base::fail(Code::range, "index " + std::to_string(*index) + " is outside a list of " +
                                         std::to_string(list->size()));
    }
    return (*list)[static_cast<std::size_t>(*index)];
  }
  const auto* map = container.get<data::Map>();
  if (map == nullptr || kind_of(container) == Kind::type) {
    return base::fail(Code::wrong_type, std::string(name(kind_of(container))) + " has no elements");
  }
  const Value* found = find_key(*map, key);
  if (found == nullptr) return no_such_key(key);
  return *found;
}

Result<const Value*> find_field(const Value& object, std::string_view field) {
  if (kind_of(object) != Kind::map) {
    return base::fail(Code::wrong_type, std::string(name(kind_of(object))) + " has no field '" +
                                            std::string(field) + "'");
  }
  return object.find(field);
}

Result<Value> field(const Value& object, std::string_view name) {
  TRY(const Value* found, find_field(object, name));
  if (found == nullptr) return no_such_key(name);
  return *found;
}

Result<Value> make_map(std::span<const Value> entries) {
  data::Map map;
  std::unordered_set<std::string> keys;
  for (std::size_t i = 0; i + 1 < entries.size(); i += 2) {
    const std::string text = key_text(entries[i]);
    if (text.empty()) {
      return base::fail(Code::wrong_type, "a map's key is an int, uint, bool or string, not " +
                                              std::string(name(kind_of(entries[i]))));
    }
    if (!keys.insert(text).second) {
      return base::fail(Code::conflict, "the key " + shown(entries[i]) + " stands twice in a map");
    }
    map.emplace_back(entries[i], entries[i + 1]);
  }
  return map;
}

}  // namespace weir::expr
