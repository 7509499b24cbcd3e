// What the configuration files of both daemons have in common.
#include "net/daemon_config.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <charconv>
#include <filesystem>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

#include "net/hosts.h"

namespace weir::net {
namespace {

constexpr int kPortMax = 65'535;

std::optional<base::Level> level_named(std::string_view text) {
  using base::Level;
  if (text == "debug") return Level::debug;
  if (text == "info") return Level::info;
  if (text == "warning") return Level::warning;
  if (text == "error") return Level::error;
  return std::nullopt;
}

// A folder as the file means it: relative to the file's own.
std::string beside(std::string_view file, const std::string& folder) {
  return (std::filesystem::path(file).parent_path() / folder).lexically_normal().string();
}

}  // namespace

data::Node read_configuration(std::string_view text, std::string_view file,
                              data::Diagnostics& diagnostics) {
  const auto documents = data::parse_yaml(text, file, diagnostics);
  if (!diagnostics.empty()) return {};
  if (documents.size() == 1) return documents.front();
  diagnostics.add(
      file, {}, base::Code::invalid,
      "holds " + std::to_string(documents.size()) + " documents, expected one, with 'data'");
  return {};
}

void warn_of_others(const std::string& path, base::Log& log) {
  struct stat file{};
  if (stat(path.c_str(), &file) != 0) return;
  if ((file.st_mode & (S_IRGRP | S_IROTH)) == 0) return;
  log.write(base::Level::warning, "configuration",
            "others may read a file that holds a secret, expected one for its owner alone (mode "
            "0600)",
            {{"file", path}, {"mode", fmt::format("{:04o}", file.st_mode & 07777)}});
}

std::string read_loopback(data::YamlMap& map, std::string_view key, std::string otherwise,
                          std::string_view file, data::Diagnostics& diagnostics) {
  const data::Node* const node = map.take(key);
  if (node == nullptr) return otherwise;
  if (node->is_scalar() && node->text() == "localhost") return "127.0.0.1";
  if (node->is_scalar() && is_loopback(node->text())) return node->text();
  diagnostics.add(file, node->position(), base::Code::refused,
                  "'" + std::string(key) + "' is " + data::describe(*node) +
                      ", expected a loopback address, as 127.0.0.1: there is no TLS yet");
  return otherwise;
}

std::uint16_t read_port(data::YamlMap& map, PortUse use, std::uint16_t otherwise,
                        std::string_view file, data::Diagnostics& diagnostics) {
  const data::Node* const node = map.take("port");
  if (node == nullptr) return otherwise;
  const int port_min = use == PortUse::listen ? 0 : 1;
  int port = -1;
  const std::string& text = node->text();
  const char* const end = text.data() + text.size();
  const auto parsed = std::from_chars(text.data(), end, port);
  if (node->is_scalar() && parsed.ec == std::errc() && parsed.ptr == end && port >= port_min &&
      port <= kPortMax) {
    return static_cast<std::uint16_t>(port);
  }
  diagnostics.add(file, node->position(), base::Code::invalid,
                  "'port' is " + data::describe(*node) + ", expected a port, " +
                      std::to_string(port_min) + " to 65535");
  return otherwise;
}

DaemonConfig read_daemon_config(data::YamlMap& map, std::string_view file,
                                std::uint16_t default_port, data::Diagnostics& diagnostics) {
  DaemonConfig config;
  config.port = default_port;
  if (const auto data = map.required_text("data"); data && !data->empty()) {
    config.data = beside(file, *data);
  } else if (data) {
    diagnostics.add(file, map.take("data")->position(), base::Code::invalid,
                    "'data' is empty, expected a folder");
  }
  if (const data::Node* const http = map.take("http")) {
    data::YamlMap listen(*http, "'http'", file, diagnostics);
    config.address = read_loopback(listen, "address", config.address, file, diagnostics);
    config.port = read_port(listen, PortUse::listen, default_port, file, diagnostics);
    listen.finish();
  }
  if (const data::Node* const log = map.take("log")) {
    if (const auto level = level_named(log->text())) {
      config.log = *level;
    } else {
      diagnostics.add(
          file, log->position(), base::Code::invalid,
          "'log' is " + data::describe(*log) + ", expected debug, info, warning or error");
    }
  }
  return config;
}

}  // namespace weir::net
