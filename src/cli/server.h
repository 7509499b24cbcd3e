// Server: a node or hub as the command line talks to it, over REST.
//
// Belongs to one thread; calls block, at most kCallTimeout_ns. An answer that is no success is an
// Error whose message is the problem's own words, mistakes with their place on lines of their own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "data/value.h"
#include "net/http_client.h"

namespace weir::cli {

// `given`, or the environment's WEIR_SERVER, or what listens on this machine at `port`.
std::string server_url(std::string_view given, std::uint16_t port);

class Server {
 public:
  static constexpr std::int64_t kCallTimeout_ns = 30'000'000'000;

  explicit Server(std::string url) : url_(std::move(url)) {}

  base::Result<data::Value> get(const std::string& path);
  base::Result<data::Value> remove(const std::string& path);
  base::Result<data::Value> post(const std::string& path, std::string type, std::string body);
  // Brings a file to the server's blobs; what the server has of it is not sent again.
  base::Result<> upload(const std::string& path, const std::string& digest, std::uint64_t bytes);

  const std::string& url() const { return url_; }

 private:
  base::Result<net::Answer> send(net::Call call);
  base::Result<data::Value> read(net::Call call);

  const std::string url_;
  net::HttpClient client_;
};

}  // namespace weir::cli
