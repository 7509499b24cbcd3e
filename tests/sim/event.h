#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

namespace weir::sim {

// A further field of an event.
struct Field {
  std::string_view name;
  int64_t value;
};

// Prints one event as a JSON line on standard output, whole and at once, from any thread:
// {"event": "released", "camera": "/camera-1", "frame": 0, "at": 1767225600000000000}. `camera` is
// left out where it is empty. Names are the program's own and mounts are checked: nothing is
// escaped.
void print_event(std::string_view event, std::string_view camera, const std::vector<Field>& fields);

}  // namespace weir::sim
