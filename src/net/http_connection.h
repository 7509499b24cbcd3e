// One connection of HttpServer: requests in, answers out, one after the other.
//
// Belongs to the loop's thread; handlers alone run on the workers. Peers are hostile.
#pragma once

#include "net/http_shared.h"

namespace weir::net::detail {

// Serves the connection that `socket` is, whose file descriptor it takes. It lives as long as it
// waits for something.
void start_connection(HttpShared& shared, int socket);

}  // namespace weir::net::detail
