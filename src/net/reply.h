// Reply: a response as it goes over the wire. For the files of HttpServer.
#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "base/clock.h"
#include "base/log.h"
#include "net/http.h"

namespace weir::net::detail {

// A file descriptor that is closed with its owner.
class OpenFile {
 public:
  OpenFile() = default;
  explicit OpenFile(int number) : number_(number) {}
  ~OpenFile();
  OpenFile(OpenFile&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
  OpenFile& operator=(OpenFile&& other) noexcept {
    std::swap(number_, other.number_);
    return *this;
  }
  int number() const { return number_; }

 private:
  int number_ = -1;
};

enum class Persistence : std::uint8_t { keep, close };

struct Reply {
  int status = 200;
  std::string header;  // status line and headers, with the empty line
  std::string body;
  OpenFile file;  // where its number is not -1, `file_bytes` of it follow the header
  std::uint64_t file_bytes = 0;
};

// What answers a request of `method`. Opens the file that the response names; one that is not
// there becomes 404, one that cannot be read and a header with control characters 500, with a line
// in the log.
Reply make_reply(Response response, Method method, Persistence persistence,
                 const base::Clock& clock, base::Log& log);

}  // namespace weir::net::detail
