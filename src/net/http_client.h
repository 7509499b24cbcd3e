// HttpClient: one request after the other, over a connection that is kept.
//
// Belongs to one thread at a time; `send` blocks until the answer is whole, at most to its
// deadline. Redirects are not followed, and the environment's proxies not used. The answer's text
// comes from a peer that may be hostile: more than kAnswerMax bytes are refused.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace weir::net {

inline constexpr std::size_t kAnswerMax = 16'000'000;        // bytes of the body
inline constexpr std::size_t kAnswerHeadersMax = 64 * 1024;  // bytes of all headers

struct Call {
  Method method = Method::get;
  std::string url;  // http or https, absolute
  std::vector<std::pair<std::string, std::string>> headers = {};
  std::string body = {};
  std::int64_t deadline_ns = 10'000'000'000;  // from now, for all of it
  // Once true, from any thread, `send` returns within about a second, with Code::ended.
  const std::atomic<bool>* cancel = nullptr;
};

struct Answer {
  int status = 0;
  TextMap headers;  // names in lower case; lines of one name are joined by ", "
  std::string body;
};

class HttpClient {
 public:
  HttpClient();
  ~HttpClient();
  HttpClient(const HttpClient&) = delete;
  HttpClient& operator=(const HttpClient&) = delete;

  // An answer of any status is a success. Errors: invalid (URL or header), timeout, limit (the
  // answer is too large), ended (cancelled), network (everything else, with the peer's address).
  base::Result<Answer> send(const Call& call);

 private:
  struct Handle;
  std::unique_ptr<Handle> handle_;
};

}  // namespace weir::net
