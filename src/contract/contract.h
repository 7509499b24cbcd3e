// What an operator promises: its name, parameters, rules and ports.
//
// A contract is a constant, thread-safe. Validation, reference page and JSON schema are computed
// from it, on the node and, through the catalogue a node reports, on the hub; so none of them can
// drift. A parameter is bound to a member of the operator's Params, so that type, default and unit
// have one home.
#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "data/frame.h"
#include "data/value.h"

namespace weir::contract {

// Parameter types carry their unit and meaning, so that schema and check follow from the member's
// type.
struct Duration {
  std::int64_t ns = 0;
};  // written 30s, 5m, 250ms
struct Column {
  std::string name;
};  // a column of the first input
struct Expression {
  std::string text;
};  // CEL over the first input's columns
struct Model {
  std::string folder;
};  // a model's folder; usually given through a slot
struct Path {
  std::string text;
};  // a file or folder, relative to the working directory
using Names = std::vector<std::string>;
using Region = data::Region;  // empty: the whole picture

enum class Type : std::uint8_t {
  boolean,
  integer,
  number,
  text,
  duration,
  choice,
  column,
  expression,
  region,
  model,
  path,
  names,
};
inline constexpr std::size_t kTypeCount = 12;
std::string_view name(Type type);  // as in the docs: bool, int64, float64, string, duration, …

// What a number lies between, both ends allowed; of a duration, in seconds.
struct Bounds {
  double min = -std::numeric_limits<double>::infinity();
  double max = std::numeric_limits<double>::infinity();
};

// `get` and `set` go through data::Value: bool, int64, double, string (text, choice by name,
// column, expression, model, path), Duration, a list of [x, y] pairs (region), a list of strings
// (names).
struct Param {
  std::string_view name, summary;
  Type type = Type::text;
  Bounds bounds = {};
  std::span<const std::string_view> choices = {};
  std::string_view unit = {};  // UCUM, of a number
  bool required = false;
  bool per_device = false;  // may be filled from a device's attributes
  data::Value (*get)(const void* params, const Param& self) = nullptr;
  void (*set)(void* params, const Param& self, const data::Value& value) = nullptr;
  data::Value (*initial)(const Param& self) = nullptr;  // the default: the member's initializer
  const data::Value* fallback = nullptr;  // that default where there is no member: catalogue_read
};

// How records wait at an input that cannot take them now (design: policy belongs to an edge).
// `newest` holds for live sources only; files are lossless.
enum class Policy : std::uint8_t { lossless, newest };

struct Port {
  std::string_view name, summary;
  std::string_view schema =
      {};  // "" any; "same:in" copies an input; "same:in + score:float64" adds; else "name:type, …"
  Policy policy = Policy::lossless;
};

// What must hold across parameters: CEL over them, so that it travels in the catalogue and the hub
// can check it too.
struct Rule {
  std::string_view expression, text;
};

enum class State : std::uint8_t {
  none,
  keyed,
  instant
};  // instant: lost on a restart by nature (decoders, trackers)

enum class Group : std::uint8_t { input, process, output };

struct Contract {
  std::string_view name = {}, summary = {}, description = {}, since = {};
  Group group = Group::process;
  std::span<const Param> params = {};
  std::span<const Rule> rules = {};
  std::span<const Port> inputs = {}, outputs = {};
  State state = State::none;
  std::string_view state_note = {};  // what is kept, and how large it is: ends with a full stop
  std::string_view example = {};     // a step in YAML, as it stands in a pipeline
};

// ---- binding a parameter to a member: the only template an operator author meets ----

namespace detail {
template <class T>
struct member;
template <class C, class T>
struct member<T C::*> {
  using owner = C;
  using type = T;
};

template <class T>
constexpr Type type_of() {
  if constexpr (std::is_same_v<T, bool>)
    return Type::boolean;
  else if constexpr (std::is_same_v<T, Column>)
    return Type::column;
  else if constexpr (std::is_same_v<T, Expression>)
    return Type::expression;
  else if constexpr (std::is_same_v<T, Duration>)
    return Type::duration;
  else if constexpr (std::is_same_v<T, Region>)
    return Type::region;
  else if constexpr (std::is_same_v<T, Model>)
    return Type::model;
  else if constexpr (std::is_same_v<T, Path>)
    return Type::path;
  else if constexpr (std::is_same_v<T, Names>)
    return Type::names;
  else if constexpr (std::is_enum_v<T>)
    return Type::choice;
  else if constexpr (std::is_integral_v<T>)
    return Type::integer;
  else if constexpr (std::is_floating_point_v<T>)
    return Type::number;
  else {
    static_assert(std::is_same_v<T, std::string>, "parameter type not supported");
    return Type::text;
  }
}

data::Value to_value(const Region& region);
data::Value to_value(const Names& names);
Region to_region(const data::Value& value);  // of a checked value
Names to_names(const data::Value& value);

template <auto M>
data::Value get(const void* params, const Param& self) {
  using m = member<decltype(M)>;
  using T = typename m::type;
  const auto& v = static_cast<const typename m::owner*>(params)->*M;
  if constexpr (std::is_same_v<T, Duration>)
    return data::Duration{v.ns};
  else if constexpr (std::is_same_v<T, Column>)
    return v.name;
  else if constexpr (std::is_same_v<T, Expression> || std::is_same_v<T, Path>)
    return v.text;
  else if constexpr (std::is_same_v<T, Model>)
    return v.folder;
  else if constexpr (std::is_same_v<T, Region> || std::is_same_v<T, Names>)
    return to_value(v);
  else if constexpr (std::is_enum_v<T>)
    return self.choices[static_cast<std::size_t>(v)];
  else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    return static_cast<std::int64_t>(v);
  else if constexpr (std::is_floating_point_v<T>)
    return static_cast<double>(v);
  else
    return v;
}

template <auto M>
void set(void* params, [[maybe_unused]] const Param& self, const data::Value& in) {
  using m = member<decltype(M)>;
  using T = typename m::type;
  auto& v = static_cast<typename m::owner*>(params)->*M;
  if constexpr (std::is_same_v<T, Duration>)
    v.ns = in.get<data::Duration>()->ns;
  else if constexpr (std::is_same_v<T, Column>)
    v.name = *in.get<std::string>();
  else if constexpr (std::is_same_v<T, Expression> || std::is_same_v<T, Path>)
    v.text = *in.get<std::string>();
  else if constexpr (std::is_same_v<T, Model>)
    v.folder = *in.get<std::string>();
  else if constexpr (std::is_same_v<T, Region>)
    v = to_region(in);
  else if constexpr (std::is_same_v<T, Names>)
    v = to_names(in);
  else if constexpr (std::is_enum_v<T>) {
    for (std::size_t i = 0; i < self.choices.size(); ++i) {
      if (self.choices[i] == *in.get<std::string>()) v = static_cast<T>(i);
    }
  } else if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>)
    v = static_cast<T>(*in.get<std::int64_t>());
  else if constexpr (std::is_floating_point_v<T>)
    v = static_cast<T>(*in.get<double>());
  else
    v = *in.get<T>();
}

template <auto M>
data::Value initial(const Param& self) {
  const typename member<decltype(M)>::owner params{};
  return get<M>(&params, self);
}

// What a member can hold bounds a parameter too.
template <class T>
constexpr Bounds narrowed(Bounds bounds) {
  if constexpr (std::is_integral_v<T> && !std::is_same_v<T, bool>) {
    using limits = std::numeric_limits<T>;
    if (std::is_unsigned_v<T> && bounds.min < 0) bounds.min = 0;
    if (sizeof(T) < sizeof(std::int64_t)) {
      if (bounds.min < static_cast<double>(limits::min()))
        bounds.min = static_cast<double>(limits::min());
      if (bounds.max > static_cast<double>(limits::max()))
        bounds.max = static_cast<double>(limits::max());
    }
  }
  return bounds;
}

constexpr bool sentence(std::string_view s) {
  return s.size() > 1 && s.front() >= 'A' && s.front() <= 'Z' && s.back() == '.';
}
constexpr bool snake(std::string_view s) {
  for (const char c : s) {
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  }
  return !s.empty();
}
}  // namespace detail

struct ParamOptions {
  Bounds bounds = {};
  std::span<const std::string_view> choices = {};
  std::string_view unit = {};
  bool required = false, per_device = false;
};

template <auto Member>
constexpr Param param(std::string_view name, std::string_view summary, ParamOptions options = {}) {
  using T = typename detail::member<decltype(Member)>::type;
  return {name,
          summary,
          detail::type_of<T>(),
          detail::narrowed<T>(options.bounds),
          options.choices,
          options.unit,
          options.required,
          options.per_device,
          &detail::get<Member>,
          &detail::set<Member>,
          &detail::initial<Member>};
}

// Mistakes in a contract do not compile: static_assert(well_formed(kContract)).
consteval bool well_formed(const Contract& c) {
  if (!detail::snake(c.name) || !detail::sentence(c.summary) || c.example.empty() ||
      c.since.empty())
    return false;
  for (const Param& p : c.params) {
    if (!detail::snake(p.name) || !detail::sentence(p.summary)) return false;
    if ((p.type == Type::choice) == p.choices.empty()) return false;
  }
  for (const Port& p : c.inputs) {
    if (!detail::snake(p.name) || !detail::sentence(p.summary)) return false;
  }
  for (const Port& p : c.outputs) {
    if (!detail::snake(p.name) || !detail::sentence(p.summary)) return false;
  }
  if ((c.group == Group::input) != c.inputs.empty()) return false;
  return c.state == State::none || !c.state_note.empty();
}

}  // namespace weir::contract
