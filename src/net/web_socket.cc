// WebSockets over Boost.Beast.
#include "net/web_socket.h"

#include <unistd.h>

#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/websocket/stream.hpp>
#include <chrono>
#include <memory>
#include <utility>

namespace weir::net::detail {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
namespace websocket = boost::beast::websocket;
using asio::ip::tcp;
using ErrorCode = boost::beast::error_code;

// In the kernel, for each WebSocket: what a peer that does not read can hold up beyond the feed.
constexpr int kSendBufferBytes = 64 * 1024;

class WebSocket final : public Peer, public std::enable_shared_from_this<WebSocket> {
 public:
  WebSocket(HttpShared& shared, tcp::socket socket)
      : shared_(shared),
        registered_(shared, *this, shared.counts.sockets),
        stream_(std::move(socket)),
        timer_(shared.loop) {}

  void start(const Request& upgrade, Feed& feed);
  void stop() override;
  void drop() override;

 private:
  void opened(ErrorCode error);
  void read();
  void write();
  void await_silence();

  HttpShared& shared_;
  Registered registered_;
  websocket::stream<tcp::socket, false> stream_;  // false: no compression, which costs memory
  asio::steady_timer timer_;
  http::request<http::empty_body> upgrade_;
  boost::beast::flat_buffer incoming_;
  std::unique_ptr<FeedReader> reader_;
  std::shared_ptr<const std::string> writing_;
  bool open_ = false;
  bool heard_ = true;     // something since the timer was armed
  bool pinging_ = false;  // a ping is on its way out
};

void WebSocket::start(const Request& upgrade, Feed& feed) {
  const HttpLimits& limits = shared_.options.limits;
  ErrorCode ignored;
  stream_.next_layer().set_option(asio::socket_base::send_buffer_size(kSendBufferBytes), ignored);
  stream_.next_layer().set_option(tcp::no_delay(true), ignored);
  stream_.control_callback([this](auto, auto) { heard_ = true; });
  stream_.read_message_max(limits.socket_message_bytes);
  stream_.auto_fragment(false);
  stream_.text(true);
  upgrade_.method(http::verb::get);
  upgrade_.target(upgrade.path);
  for (const auto& [name, value] : upgrade.headers) upgrade_.insert(name, value);

  // The waker runs on the publisher's thread: it only posts.
  reader_ = feed.open([self = weak_from_this(), &loop = shared_.loop] {
    asio::post(loop, [self] {
      if (const auto socket = self.lock()) socket->write();
    });
  });
  await_silence();
  stream_.async_accept(upgrade_, [self = shared_from_this()](ErrorCode e) { self->opened(e); });
}

void WebSocket::opened(ErrorCode error) {
  upgrade_ = {};
  if (error || reader_ == nullptr) return drop();
  open_ = true;
  ++shared_.counts.answers[1];
  if (shared_.stopping) return stop();
  read();
  write();
}

// What a client says is passed over; reading answers its pings and its close.
void WebSocket::read() {
  stream_.async_read(incoming_, [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) return self->drop();
    self->incoming_.clear();
    self->heard_ = true;
    self->read();
  });
}

void WebSocket::write() {
  if (!open_ || reader_ == nullptr) return;
  if (reader_->lost()) {
    ++shared_.counts.sockets_slow;
    return drop();
  }
  if (writing_ != nullptr) return;
  FeedReader::Next next = reader_->next();
  if (next.text == nullptr) return;
  writing_ = std::move(next.text);
  stream_.async_write(asio::buffer(*writing_),
                      [self = shared_from_this()](ErrorCode error, std::size_t) {
                        self->writing_ = nullptr;
                        if (error) return self->drop();
                        self->write();
                      });
}

// A peer that says nothing for the idle time, though it was pinged at half of it, is gone. Beast
// has such a timer too, but it stops on a malformed frame, and then waits for the peer without end.
void WebSocket::await_silence() {
  timer_.expires_after(std::chrono::nanoseconds(shared_.options.limits.idle_ns / 2));
  timer_.async_wait([weak = weak_from_this()](ErrorCode error) {
    const auto self = weak.lock();
    if (error || self == nullptr) return;
    if (!std::exchange(self->heard_, false)) return self->drop();
    if (self->open_ && !std::exchange(self->pinging_, true))
      self->stream_.async_ping({}, [self](ErrorCode) { self->pinging_ = false; });
    self->await_silence();
  });
}

void WebSocket::stop() {
  reader_ = nullptr;
  if (!std::exchange(open_, false)) return;
  if (writing_ != nullptr) return drop();
  stream_.async_close(websocket::close_code::going_away,
                      [self = shared_from_this()](ErrorCode) { self->drop(); });
}

// Operations under way end with an error; the last one lets go of this.
void WebSocket::drop() {
  reader_ = nullptr;
  open_ = false;
  timer_.cancel();
  ErrorCode ignored;
  stream_.next_layer().close(ignored);
}

}  // namespace

void start_web_socket(HttpShared& shared, int socket, const Request& upgrade, Feed& feed) {
  tcp::socket connection(shared.loop);
  ErrorCode error;
  connection.assign(tcp::v4(), socket, error);
  if (error) {
    ::close(socket);
    return;
  }
  std::make_shared<WebSocket>(shared, std::move(connection))->start(upgrade, feed);
}

}  // namespace weir::net::detail
