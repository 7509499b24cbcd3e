// Hosts: which names a request may call this server by, and whether a page is its own.
//
// Immutable, thread-safe. A browser sends the name it was told in Host. A page of a foreign name
// whose address an attacker points at this machine (DNS rebinding) so shows itself, and a page of
// another place that sends requests here (cross-site request forgery) shows itself in Origin.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace weir::net {

// Whether `address` is an IPv4 or IPv6 address that only this machine can reach.
bool is_loopback(std::string_view address);

// Whether `authority`, of a URL, is localhost or a loopback address, IPv6 in brackets, with or
// without a port.
bool is_loopback_authority(std::string_view authority);

// http://ADDRESS:PORT, an IPv6 address in brackets.
std::string http_url(std::string_view address, std::uint16_t port);

class Hosts {
 public:
  // Known are: localhost, loopback addresses, `address`, `names`; and any address, but no further
  // name, where `address` stands for all (0.0.0.0, ::).
  Hosts(std::string_view address, std::vector<std::string> names);

  // `authority` is a Host header: name or address, IPv6 in brackets, with or without a port.
  bool known(std::string_view authority) const;

 private:
  std::vector<std::string> names_;
  bool any_address_ = false;
};

// Whether the Origin header names the very server that the Host header does (RFC 6454, clause 4).
bool same_origin(std::string_view origin, std::string_view authority);

}  // namespace weir::net
