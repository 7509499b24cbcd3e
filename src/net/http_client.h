// HttpClient: requests one after the other or several at once, over connections that are kept.
//
// Belongs to one thread at a time; a call blocks until all answers are whole, at most to their
// deadlines. Redirects are not followed, and the environment's proxies not used. The answer's text
// comes from a peer that may be hostile: more than kAnswerMax bytes are refused.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "net/http.h"

namespace weir::net {

inline constexpr std::size_t kAnswerMax = 16'000'000;        // bytes of the body
inline constexpr std::size_t kAnswerHeadersMax = 64 * 1024;  // bytes of all headers
inline constexpr std::size_t kCallsMax = 16;                 // at once

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
  // At most kCallsMax, each over a connection of its own; what came of each, in their order.
  std::vector<base::Result<Answer>> send_all(std::span<const Call> calls);

 private:
  class Transfer;
  struct Connections;
  std::unique_ptr<Connections> connections_;
  std::vector<std::unique_ptr<Transfer>> transfers_;
};

}  // namespace weir::net
