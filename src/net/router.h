// Router: which route a path belongs to.
//
// Immutable after `make`, thread-safe. Matching takes one pass over the patterns, literal segments
// before arguments.
#pragma once

#include <array>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/http.h"
#include "net/http_server.h"

namespace weir::net {

class Router {
 public:
  struct Match {
    const Route* route = nullptr;
    const SocketRoute* socket = nullptr;  // where GET opens a WebSocket; HEAD has none to open
    std::vector<std::string> arguments;
    std::string allow;  // "GET, HEAD": where neither is set, but other methods have the path
  };

  // Errors: invalid (pattern), conflict (two routes of one method and pattern).
  static base::Result<Router> make(std::vector<Route> routes, std::vector<SocketRoute> sockets);

  // `method` is empty for one that no route can have.
  Match find(std::optional<Method> method, std::span<const std::string> segments) const;

 private:
  struct Entry {
    std::vector<std::string> segments;  // "" = an argument
    std::array<std::optional<Route>, 6> routes;
    std::optional<SocketRoute> socket;
  };

  base::Result<Entry*> entry(const std::string& pattern);

  std::vector<Entry> entries_;
};

}  // namespace weir::net
