// Events: JSON lines on standard output, for the tests and demos that run a simulator.
#include "event.h"

#include <cstdio>
#include <string>

namespace weir::sim {

void print_event(std::string_view event, std::string_view camera,
                 const std::vector<Field>& fields) {
  std::string line = "{\"event\": \"" + std::string(event) + "\"";
  if (!camera.empty()) line += ", \"camera\": \"" + std::string(camera) + "\"";
  for (const Field& field : fields) {
    line += ", \"" + std::string(field.name) + "\": " + std::to_string(field.value);
  }
  line += "}\n";
  std::fwrite(line.data(), 1, line.size(), stdout);
  std::fflush(stdout);
}

}  // namespace weir::sim
