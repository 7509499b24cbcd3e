// Listening, the loop's thread, the end of a server.
#include "net/http_server.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <chrono>
#include <optional>
#include <string_view>
#include <thread>
#include <utility>

#include "net/http_connection.h"
#include "net/http_shared.h"
#include "net/quiet_thread.h"

namespace weir::net {

namespace asio = boost::asio;
using asio::ip::tcp;
using base::Code;
using base::fail;
using base::Result;
using ErrorCode = boost::system::error_code;

namespace {

constexpr int kBacklog = 1'024;                         // connections the kernel holds
constexpr std::chrono::milliseconds kAcceptPause{100};  // when there is no file descriptor
constexpr std::size_t kOtherFilesMax = 256;             // besides connections
constexpr std::string_view kNoPlace =
    "HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

// libstdc++ and the kernel say "Address already in use", we say to what.
base::Error cannot_listen(const std::string& address, std::uint16_t port, const ErrorCode& error) {
  const Code code = error == asio::error::address_in_use  ? Code::conflict
                    : error == asio::error::access_denied ? Code::refused
                                                          : Code::invalid;
  return {code, fmt::format("cannot listen on {} port {}: {}", address, port, error.message())};
}

void allow_open_files(const HttpLimits& limits, base::Log& log) {
  const rlim_t wanted = limits.connections + limits.sockets + kOtherFilesMax;
  rlimit now{};
  if (getrlimit(RLIMIT_NOFILE, &now) != 0 || now.rlim_cur >= wanted) return;
  now.rlim_cur = std::min(wanted, now.rlim_max);
  if (setrlimit(RLIMIT_NOFILE, &now) == 0 && now.rlim_cur == wanted) return;
  log.write(base::Level::warning, "http", "fewer open files are allowed than connections",
            {{"allowed", std::to_string(now.rlim_cur)}, {"wanted", std::to_string(wanted)}});
}

}  // namespace

class HttpServer::Loop {
 public:
  Loop(Options options, Router router, Hosts hosts)
      : shared_{.options = std::move(options),
                .router = std::move(router),
                .hosts = std::move(hosts),
                .loop = context_} {}
  ~Loop() { stop(0); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  Result<> listen();
  void run();
  void stop(std::int64_t deadline_ns);

  std::uint16_t port() const { return port_; }
  HttpCounters counters() const;

 private:
  void accept();
  void take(int socket);
  void pause();
  void begin_stop(std::int64_t deadline_ns);

  detail::HttpShared shared_;  // outlives the loop, with which the last connections go
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  tcp::acceptor acceptor_{context_};
  asio::steady_timer timer_{context_};  // the pause of accepting, then the deadline of stopping
  std::uint16_t port_ = 0;
  bool said_full_ = false;
  std::thread thread_;
};

Result<> HttpServer::Loop::listen() {
  const Options& options = shared_.options;
  ErrorCode error;
  const auto address = asio::ip::make_address(options.address, error);
  if (error) {
    return fail(Code::invalid,
                fmt::format("\"{}\" is not an IP address to listen on", options.address));
  }
  const tcp::endpoint endpoint(address, options.port);
  acceptor_.open(endpoint.protocol(), error);
  // A restarted server gets its port back while old connections still time out.
  if (!error) acceptor_.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor_.bind(endpoint, error);
  if (!error) acceptor_.listen(kBacklog, error);
  if (!error) acceptor_.native_non_blocking(true, error);
  if (error) return std::unexpected(cannot_listen(options.address, options.port, error));
  fcntl(acceptor_.native_handle(), F_SETFD, FD_CLOEXEC);
  port_ = acceptor_.local_endpoint(error).port();
  return {};
}

void HttpServer::Loop::run() {
  shared_.workers = std::make_unique<base::ThreadExecutor>(shared_.options.workers);
  accept();
  // Quiet: sendfile to a peer that went raises SIGPIPE, and has no flag against it.
  thread_ = start_quiet_thread([this] { context_.run(); });
}

// accept4 itself, since Asio's leaves the descriptor open in child processes.
void HttpServer::Loop::accept() {
  acceptor_.async_wait(tcp::acceptor::wait_read, [this](ErrorCode error) {
    if (error) return;
    const int socket =
        accept4(acceptor_.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK);
    if (socket >= 0) {
      take(socket);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS) {
      return pause();
    }
    accept();
  });
}

void HttpServer::Loop::take(int socket) {
  ++shared_.counts.accepted;
  if (shared_.counts.connections < shared_.options.limits.connections)
    return detail::start_connection(shared_, socket);
  ++shared_.counts.connections_refused;
  if (!std::exchange(said_full_, true)) {
    shared_.options.log.write(base::Level::warning, "http",
                              "all places for connections are taken; this is said once",
                              {{"places", std::to_string(shared_.options.limits.connections)}});
  }
  ::send(socket, kNoPlace.data(), kNoPlace.size(), MSG_NOSIGNAL);
  ::close(socket);
}

// No file descriptor: the connection stays with the kernel, and asking again at once would spin.
void HttpServer::Loop::pause() {
  ++shared_.counts.connections_refused;
  timer_.expires_after(kAcceptPause);
  timer_.async_wait([this](ErrorCode error) {
    if (!error && acceptor_.is_open()) accept();
  });
}

void HttpServer::Loop::stop(std::int64_t deadline_ns) {
  if (!thread_.joinable()) return;
  asio::post(context_, [this, deadline_ns] { begin_stop(deadline_ns); });
  thread_.join();
  shared_.gone = [] {};
  shared_.workers = nullptr;  // handlers that run end, those that wait are dropped
  // What the deadline cut off still has its place in a feed, whose publisher may post here.
  for (detail::Peer* const peer : shared_.peers) peer->drop();
}

void HttpServer::Loop::begin_stop(std::int64_t deadline_ns) {
  shared_.stopping = true;
  ErrorCode ignored;
  acceptor_.close(ignored);
  shared_.gone = [this] {
    timer_.cancel();
    work_.reset();
  };
  if (deadline_ns <= 0) context_.stop();
  timer_.expires_after(std::chrono::nanoseconds(deadline_ns));
  timer_.async_wait([this](ErrorCode error) {
    if (!error) context_.stop();
  });
  // Copied, since a peer may go while it is stopped.
  const std::vector<detail::Peer*> peers(shared_.peers.begin(), shared_.peers.end());
  for (detail::Peer* const peer : peers)
    if (shared_.peers.contains(peer)) peer->stop();
  if (shared_.peers.empty()) shared_.gone();
}

HttpCounters HttpServer::Loop::counters() const {
  const detail::HttpCounts& counts = shared_.counts;
  HttpCounters out{.accepted = counts.accepted,
                   .connections = counts.connections,
                   .sockets = counts.sockets,
                   .requests = counts.requests,
                   .answers = {},
                   .malformed = counts.malformed,
                   .timeouts = counts.timeouts,
                   .connections_refused = counts.connections_refused,
                   .sockets_slow = counts.sockets_slow,
                   .aborted = counts.aborted};
  std::ranges::copy(counts.answers, out.answers.begin());
  return out;
}

Result<std::unique_ptr<HttpServer>> HttpServer::start(Options options, std::vector<Route> routes,
                                                      std::vector<SocketRoute> sockets) {
  if (options.reach == Reach::loopback && !is_loopback(options.address)) {
    return fail(Code::refused,
                fmt::format("cannot listen on {}: other machines could reach it; expected a "
                            "loopback address, as 127.0.0.1",
                            options.address));
  }
  if (options.workers == 0) return fail(Code::invalid, "an HTTP server needs a worker");
  for (const Route& route : routes) {
    if (route.body_max > options.limits.bodies_bytes) {
      return fail(Code::limit,
                  fmt::format("{} takes bodies of {} bytes; all together may have {}",
                              route.pattern, route.body_max, options.limits.bodies_bytes));
    }
  }
  TRY(auto router, Router::make(std::move(routes), std::move(sockets)));
  allow_open_files(options.limits, options.log);
  Hosts hosts(options.address, options.hosts);
  auto loop = std::make_unique<Loop>(std::move(options), std::move(router), std::move(hosts));
  TRY_DO(loop->listen());
  loop->run();
  return std::unique_ptr<HttpServer>(new HttpServer(std::move(loop)));
}

HttpServer::HttpServer(std::unique_ptr<Loop> loop) : loop_(std::move(loop)) {}
HttpServer::~HttpServer() = default;

std::uint16_t HttpServer::port() const {
  return loop_->port();
}
HttpCounters HttpServer::counters() const {
  return loop_->counters();
}
void HttpServer::stop(std::int64_t deadline_ns) {
  loop_->stop(deadline_ns);
}

}  // namespace weir::net
