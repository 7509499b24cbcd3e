// Dictionary: numbers for names and back, such as the devices of a node.
//
// Thread-safe. Names are only ever added; a name's number never changes while the process lives.
#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

namespace weir::data {

class Dictionary {
 public:
  std::uint32_t id(std::string_view name);  // adds the name where it is new
  std::optional<std::uint32_t> find(std::string_view name) const;
  std::string_view name(std::uint32_t id) const;  // stays valid as long as the dictionary lives
  std::size_t size() const;

 private:
  mutable std::mutex mutex_;
  std::deque<std::string> names_;
  std::map<std::string_view, std::uint32_t> ids_;
};

}  // namespace weir::data
