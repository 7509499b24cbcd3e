// Value: one value of any type, a tree where it is a list or a map.
//
// For single values and values of unknown shape: parameters, JSON, results of `weir eval`. Rows of
// known type live in columns. A value; lists and maps are shared and immutable, so copies are cheap
// and thread-safe.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace weir::data {

class Value;

struct Bytes {
  std::string data;
  friend bool operator==(const Bytes&, const Bytes&) = default;
};
struct Timestamp {
  std::int64_t ns = 0;  // since 1970-01-01T00:00:00Z
  friend auto operator<=>(const Timestamp&, const Timestamp&) = default;
};
struct Duration {
  std::int64_t ns = 0;
  friend auto operator<=>(const Duration&, const Duration&) = default;
};

using List = std::vector<Value>;
using Map = std::vector<std::pair<Value, Value>>;  // in the order written; keys are distinct

class Value {
 public:
  Value() = default;  // null
  Value(bool v) : v_(v) {}
  Value(int v) : v_(std::int64_t{v}) {}
  Value(std::int64_t v) : v_(v) {}
  Value(std::uint64_t v) : v_(v) {}
  Value(double v) : v_(v) {}
  Value(std::string v) : v_(std::move(v)) {}
  Value(std::string_view v) : v_(std::string(v)) {}
  Value(const char* v) : v_(std::string(v)) {}
  Value(Bytes v) : v_(std::move(v)) {}
  Value(Timestamp v) : v_(v) {}
  Value(Duration v) : v_(v) {}
  Value(List v);
  Value(Map v);

  bool is_null() const { return std::holds_alternative<std::monostate>(v_); }
  // The value where it is of that type, else null. `T` is one of the constructors' types.
  template <class T>
  const T* get() const {
    if constexpr (std::is_same_v<T, List> || std::is_same_v<T, Map>) {
      const auto* shared = std::get_if<std::shared_ptr<const T>>(&v_);
      return shared == nullptr ? nullptr : shared->get();
    } else {
      return std::get_if<T>(&v_);
    }
  }
  const Value* find(std::string_view key) const;    // in a map with string keys
  std::string text_at(std::string_view key) const;  // the string that find finds, else empty
  std::string_view type_name()
      const;  // null bool int uint double string bytes timestamp duration list map

  friend bool operator==(const Value& a, const Value& b);  // by type and content; maps in any order

 private:
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Bytes,
               Timestamp, Duration, std::shared_ptr<const List>, std::shared_ptr<const Map>>
      v_;
};

}  // namespace weir::data
