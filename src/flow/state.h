// Keyed state: what an operator remembers of each device.
//
// A table belongs to one operator in one lane: no locks. Reading through `at` counts as a change.
// It is written so that a checkpoint can store the changed keys and a restart give them back
// without a change in operators; there are no checkpoints yet, and a restart begins with no state.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <functional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <vector>

namespace weir::flow {

// The device, or a value of the columns a step is keyed by.
struct Key {
  std::uint32_t id = 0;
  friend bool operator==(const Key&, const Key&) = default;
};

struct KeyHash {
  std::size_t operator()(Key key) const { return std::hash<std::uint32_t>{}(key.id); }
};

class StateTable {
 public:
  virtual ~StateTable() = default;
  // The keys changed since the last call, each with its state's bytes; empty bytes mean removed.
  virtual std::vector<std::pair<Key, std::string>> take_changes() = 0;
  // Puts a key's state back. False where the bytes are not a state of this version.
  virtual bool restore(Key key, std::string_view bytes) = 0;
};

// State of type T a key. T is plain data: its bytes are its stored form.
template <class T>
class Keyed final : public StateTable {
  static_assert(std::is_trivially_copyable_v<T>);

 public:
  // The key's state, made from T's initializers where it is new.
  T& at(Key key) {
    changed_.insert(key);
    return states_[key];
  }
  const T* find(Key key) const {
    const auto found = states_.find(key);
    return found == states_.end() ? nullptr : &found->second;
  }
  void erase(Key key) {
    if (states_.erase(key) > 0) changed_.insert(key);
  }
  std::size_t size() const { return states_.size(); }

  std::vector<std::pair<Key, std::string>> take_changes() override {
    std::vector<std::pair<Key, std::string>> out;
    for (const Key key : changed_) {
      const T* state = find(key);
      out.emplace_back(key, state == nullptr
                                ? std::string()
                                : std::string(reinterpret_cast<const char*>(state), sizeof(T)));
    }
    changed_.clear();
    return out;
  }

  bool restore(Key key, std::string_view bytes) override {
    if (bytes.size() != sizeof(T)) return false;
    std::memcpy(&states_[key], bytes.data(), sizeof(T));
    return true;
  }

 private:
  std::unordered_map<Key, T, KeyHash> states_;
  std::unordered_set<Key, KeyHash> changed_;
};

}  // namespace weir::flow
