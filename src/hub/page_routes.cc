// The page: files out of the program.
#include <string>
#include <utility>

#include "base/check.h"
#include "hub/page_files.h"
#include "hub/routes.h"

namespace weir::hub {
namespace {

// All the page loads is its own; what alerts say is never taken for more than text.
constexpr std::string_view kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

std::string_view type_of(std::string_view name) {
  if (name.ends_with(".html")) return "text/html; charset=utf-8";
  if (name.ends_with(".svg")) return "image/svg+xml";
  if (name.ends_with(".js")) return "text/javascript; charset=utf-8";
  CHECK(name.ends_with(".css"));
  return "text/css; charset=utf-8";
}

net::Response page(const PageFile& file) {
  net::Response response{.type = std::string(type_of(file.name)), .body = std::string(file.bytes)};
  response.headers = {{"Content-Security-Policy", std::string(kPolicy)},
                      {"Referrer-Policy", "no-referrer"},
                      {"Cache-Control", "no-cache"}};
  return response;
}

}  // namespace

std::vector<net::Route> page_routes() {
  std::vector<net::Route> routes;
  for (const PageFile& file : page_files()) {
    const bool first = file.name == "index.html";
    routes.push_back({net::Method::get, first ? "/" : "/" + std::string(file.name),
                      [&file](const net::Request&) { return page(file); }});
  }
  return routes;
}

}  // namespace weir::hub
