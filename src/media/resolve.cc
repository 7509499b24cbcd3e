// getaddrinfo in a thread that may be left alone.
#include "media/resolve.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

namespace weir::media {

using base::Code;
using base::fail;
using base::Result;

namespace {

struct Query {
  std::mutex mutex;
  std::condition_variable answered;
  std::optional<Result<std::string>> answer;
};

bool is_address(const std::string& host) {
  in6_addr address = {};
  return inet_pton(AF_INET, host.c_str(), &address) == 1 ||
         inet_pton(AF_INET6, host.c_str(), &address) == 1 ||
         host.find('%') != std::string::npos;  // an IPv6 address with its zone
}

Result<std::string> ask(const std::string& host) {
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  const int error = getaddrinfo(host.c_str(), nullptr, &hints, &found);
  if (error != 0) {
    return fail(Code::network,
                fmt::format("the host {} is not known: {}", host, gai_strerror(error)));
  }
  char text[NI_MAXHOST] = {};
  const int unnamed =
      getnameinfo(found->ai_addr, found->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST);
  freeaddrinfo(found);
  if (unnamed != 0) {
    return fail(Code::network, fmt::format("the host {} has no usable address", host));
  }
  return std::string(text);
}

}  // namespace

Result<std::string> resolve(const std::string& host, const std::function<bool()>& give_up) {
  if (is_address(host)) return host;
  const auto query = std::make_shared<Query>();
  std::thread([query, host] {
    auto answer = ask(host);
    const std::lock_guard lock(query->mutex);
    query->answer = std::move(answer);
    query->answered.notify_one();
  }).detach();
  std::unique_lock lock(query->mutex);
  while (!query->answer) {
    query->answered.wait_for(lock, std::chrono::nanoseconds(kResolvePollNs));
    if (!query->answer && give_up()) {
      return fail(Code::timeout,
                  fmt::format("the address of the host {} was not found in time", host));
    }
  }
  return *query->answer;
}

}  // namespace weir::media
