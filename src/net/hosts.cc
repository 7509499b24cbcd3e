// Names of the server, origins of pages.
#include "net/hosts.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace weir::net {
namespace {

// An address as 16 bytes; IPv4 as ::ffff:a.b.c.d.
using Address = std::array<unsigned char, 16>;

std::optional<Address> parse_address(std::string_view text) {
  const std::string copy(text);
  Address out{};
  if (inet_pton(AF_INET6, copy.c_str(), out.data()) == 1) return out;
  out[10] = out[11] = 0xff;
  if (inet_pton(AF_INET, copy.c_str(), out.data() + 12) == 1) return out;
  return std::nullopt;
}

bool is_v4(const Address& address) {
  return std::all_of(address.begin(), address.begin() + 10, [](auto byte) { return byte == 0; }) &&
         address[10] == 0xff && address[11] == 0xff;
}

bool is_loopback(const Address& address) {
  if (is_v4(address)) return address[12] == 127;
  return address == Address{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1};
}

char lower(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return lower(c); });
  return out;
}

// The host of "host", "host:port" or "[v6]:port"; empty where malformed.
std::string_view host_of(std::string_view authority) {
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const std::size_t end = authority.find(']');
    if (end == std::string_view::npos) return {};
    host = authority.substr(1, end - 1);
    port = authority.substr(end + 1);
  } else if (const std::size_t colon = authority.find(':'); colon != std::string_view::npos) {
    host = authority.substr(0, colon);
    port = authority.substr(colon);
  }
  if (!port.empty() && !port.starts_with(':')) return {};
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  if (!port.empty() && !std::ranges::all_of(port.substr(1), is_digit)) return {};
  return host;
}

}  // namespace

bool is_loopback(std::string_view address) {
  const auto parsed = parse_address(address);
  return parsed && is_loopback(*parsed);
}

bool is_loopback_authority(std::string_view authority) {
  const std::string host = lower(host_of(authority));
  return host == "localhost" || is_loopback(host);
}

std::string http_url(std::string_view address, std::uint16_t port) {
  const bool v6 = address.contains(':');
  return fmt::format("http://{}{}{}:{}", v6 ? "[" : "", address, v6 ? "]" : "", port);
}

Hosts::Hosts(std::string_view address, std::vector<std::string> names) : names_(std::move(names)) {
  for (std::string& name : names_) name = lower(name);
  names_.emplace_back("localhost");
  names_.push_back(lower(address));
  any_address_ = address == "0.0.0.0" || address == "::";
}

bool Hosts::known(std::string_view authority) const {
  const std::string host = lower(host_of(authority));
  if (host.empty()) return false;
  if (std::ranges::find(names_, host) != names_.end()) return true;
  const auto address = parse_address(host);
  return address && (any_address_ || is_loopback(*address));
}

bool same_origin(std::string_view origin, std::string_view authority) {
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (origin.starts_with(scheme)) return lower(origin.substr(scheme.size())) == lower(authority);
  }
  return false;
}

}  // namespace weir::net
