// One WebSocket of HttpServer (RFC 6455): sends what a feed publishes, reads nothing but control
// frames.
//
// Belongs to the loop's thread; whoever publishes to the feed may do so from any. Peers are
// hostile.
#pragma once

#include "net/http_shared.h"

namespace weir::net::detail {

// Answers `upgrade`, a request that asks for a WebSocket, on the connection that `socket` is, whose
// file descriptor it takes.
void start_web_socket(HttpShared& shared, int socket, const Request& upgrade, Feed& feed);

}  // namespace weir::net::detail
