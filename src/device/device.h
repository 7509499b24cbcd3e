// Device: one physical thing of one or more products, how it is reached, and facts about it.
//
// Values, read from YAML; immutable afterwards, thread-safe. What a driver makes of `connect` and
// `bind` is its own affair.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "data/diagnostic.h"
#include "data/yaml.h"

namespace weir::device {

constexpr std::size_t kSettingsMax = 1000;  // of `connect`, `bind` and `attributes` each
constexpr std::size_t kProductsMax = 100;   // of a device

// A text that is never shown: printing it takes a call that says so.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string text) : text_(std::move(text)) {}
  bool empty() const { return text_.empty(); }
  const std::string& reveal() const { return text_; }

 private:
  std::string text_;
};

// A named value as written.
struct Setting {
  std::string name = {};
  data::Position position = {};  // of the name
  data::Node value = {};
};

const Setting* find(const std::vector<Setting>& settings,
                    std::string_view name);  // null where absent

struct Device {
  std::string name = {};
  std::string description = {};
  std::string file = {};
  data::Position position = {};
  std::vector<std::string> products = {};
  std::string driver = {};
  std::vector<Setting> connect = {};  // without user and password
  Secret user = {}, password = {};    // of `connect`
  std::vector<Setting> bind =
      {};  // property, action or event (`product.name` where two share it) → address
  std::vector<Setting> attributes = {};

  bool is_a(std::string_view product) const;
};

// Reads a document of kind Device. Mistakes are added; nullopt where it has no name.
std::optional<Device> parse_device(const data::Node& document, std::string_view file,
                                   data::Diagnostics& diagnostics);

}  // namespace weir::device
