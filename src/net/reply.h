// Reply: a response as it goes over the wire. For the files of HttpServer.
//
// A value that owns its open file; made on any thread, sent by the loop's.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/log.h"
#include "net/descriptor.h"
#include "net/http.h"

namespace weir::net::detail {

enum class Persistence : std::uint8_t { keep, close };

struct Reply {
  int status = 200;
  std::string header;  // status line and headers, with the empty line
  std::string body;
  Descriptor file;  // where its number is not -1, `file_bytes` of it follow the header
  std::uint64_t file_bytes = 0;
};

// What answers a request of `method`. Opens the file that the response names; one that is not
// there becomes 404, one that cannot be read and a header with control characters 500, with a line
// in the log.
Reply make_reply(Response response, Method method, Persistence persistence,
                 const base::Clock& clock, base::Log& log);

}  // namespace weir::net::detail
