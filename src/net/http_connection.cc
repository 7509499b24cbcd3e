// HTTP/1.1 over Boost.Beast's parser (RFC 9112): one request at a time.
#include "net/http_connection.h"

#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/buffer_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "net/admission.h"
#include "net/reply.h"
#include "net/web_socket.h"

namespace weir::net::detail {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using ErrorCode = boost::beast::error_code;

constexpr std::size_t kBodyPieceBytes = 16 * 1024;   // read at once
constexpr std::size_t kFilePieceBytes = 256 * 1024;  // sent before others have their turn
constexpr std::size_t kBufferKeptBytes = 4 * 1024;   // between requests
constexpr std::chrono::milliseconds kCancelAgain{100};
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

class Connection final : public Peer, public std::enable_shared_from_this<Connection> {
 public:
  Connection(HttpShared& shared, tcp::socket socket)
      : shared_(shared),
        registered_(shared, *this, shared.counts.connections),
        socket_(std::move(socket)),
        timer_(shared.loop),
        buffer_(shared.options.limits.header_bytes + kBodyPieceBytes) {}
  ~Connection() override { give_back_body(); }

  void wait();
  void stop() override;
  void drop() override { close(); }

 private:
  enum class Phase : std::uint8_t { waiting, header, body, handling, answering, lingering, closed };

  void arm(std::int64_t ns);
  void await_deadline();
  void read_header();
  void header_read(ErrorCode error);
  void admit();
  void upgrade(Request request, Feed& feed);
  void expect_body();
  void read_body();
  void body_read(ErrorCode error);
  void handle();
  void fail_read(ErrorCode error);
  void refuse(const Response& response);
  void answer(Reply reply);
  void send_file();
  void answered();
  void linger();
  void abort();
  void close();
  void give_back_body();
  std::size_t body_stride() const;
  std::int64_t answer_deadline_ns(std::uint64_t bytes) const;
  const HttpLimits& limits() const { return shared_.options.limits; }

  HttpShared& shared_;
  Registered registered_;
  tcp::socket socket_;
  asio::steady_timer timer_;
  boost::beast::flat_buffer buffer_;
  std::optional<http::request_parser<http::buffer_body>> parser_;
  Phase phase_ = Phase::closed;
  bool timed_out_ = false;
  Persistence persistence_ = Persistence::keep;
  Admitted admitted_;
  std::vector<char> piece_;        // of a body, as it is read
  std::size_t body_reserved_ = 0;  // of shared_.bodies_bytes
  std::size_t body_due_ = 0;       // bytes of the body at which its deadline moves on
  Reply reply_;
  off_t file_sent_ = 0;
};

// ---- requests ----

void Connection::wait() {
  parser_.reset();
  admitted_ = {};
  persistence_ = Persistence::keep;
  if (buffer_.size() > 0) return read_header();
  if (shared_.stopping) return close();
  if (buffer_.capacity() > kBufferKeptBytes) buffer_.shrink_to_fit();
  phase_ = Phase::waiting;
  arm(limits().idle_ns);
  socket_.async_wait(tcp::socket::wait_read, [self = shared_from_this()](ErrorCode error) {
    if (error || self->phase_ != Phase::waiting) return self->close();
    self->read_header();
  });
}

void Connection::read_header() {
  phase_ = Phase::header;
  parser_.emplace();
  parser_->header_limit(static_cast<std::uint32_t>(limits().header_bytes));
  parser_->body_limit(boost::none);  // known when the route is
  arm(limits().header_ns);
  http::async_read_header(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->header_read(error); });
}

void Connection::header_read(ErrorCode error) {
  if (error == http::error::end_of_stream) return close();
  ++shared_.counts.requests;
  if (error) return fail_read(error);
  if (!parser_->keep_alive() || parser_->get().version() < 11) persistence_ = Persistence::close;
  admit();
}

// Everything that can be refused before the body is read is refused here.
void Connection::admit() {
  const auto& message = parser_->get();
  Arrival arrival;
  arrival.method = std::string_view(message.method_string());
  arrival.target = std::string_view(message.target());
  arrival.version = static_cast<int>(message.version());
  arrival.chunked = parser_->chunked();
  if (const auto length = parser_->content_length()) arrival.content_length = *length;
  for (const auto& field : message) {
    const auto& name = field.name_string();
    const auto& value = field.value();
    arrival.add_header({name.data(), name.size()}, {value.data(), value.size()});
  }
  auto admission = net::detail::admit(std::move(arrival), shared_);
  if (!admission) return refuse(admission.error());
  admitted_ = std::move(*admission);
  if (admitted_.feed != nullptr) return upgrade(std::move(admitted_.request), *admitted_.feed);
  expect_body();
}

void Connection::upgrade(Request request, Feed& feed) {
  // RFC 6455, clause 4.1: the client says nothing until it is answered.
  if (buffer_.size() > 0) return abort();
  phase_ = Phase::closed;
  timer_.cancel();
  ErrorCode error;
  const int socket = socket_.release(error);
  if (!error) start_web_socket(shared_, socket, request, feed);
}

void Connection::expect_body() {
  if (admitted_.body_bytes == 0) return handle();
  phase_ = Phase::body;
  parser_->body_limit(admitted_.route->body_max);
  parser_->eager(true);  // a chunk's head and end are no pieces of their own
  piece_.resize(kBodyPieceBytes);
  body_due_ = body_stride();
  arm(limits().body_ns);
  if (!admitted_.expects_continue) return read_body();
  asio::async_write(socket_, asio::buffer(kContinue),
                    [self = shared_from_this()](ErrorCode error, std::size_t) {
                      if (error) return self->fail_read(error);
                      self->read_body();
                    });
}

void Connection::read_body() {
  // Beast reads as much at once as the buffer has room for.
  buffer_.reserve(std::min(buffer_.size() + admitted_.body_bytes, kBodyPieceBytes));
  parser_->get().body().data = piece_.data();
  parser_->get().body().size = piece_.size();
  http::async_read_some(
      socket_, buffer_, *parser_,
      [self = shared_from_this()](ErrorCode error, std::size_t) { self->body_read(error); });
}

void Connection::body_read(ErrorCode error) {
  if (error && error != http::error::need_buffer) return fail_read(error);
  std::string& body = admitted_.request.body;
  const std::size_t count = piece_.size() - parser_->get().body().size;
  if (shared_.bodies_bytes + count > limits().bodies_bytes) return refuse(bodies_busy());
  body_reserved_ += count;
  shared_.bodies_bytes += count;
  body.append(piece_.data(), count);
  if (parser_->is_done()) return handle();
  // What is announced costs nothing and buys no time: only what has come does.
  if (body.size() >= body_due_) {
    body_due_ = body.size() + body_stride();
    arm(limits().body_ns);
  }
  read_body();
}

void Connection::handle() {
  phase_ = Phase::handling;
  timer_.cancel();
  parser_.reset();
  if (shared_.stopping) persistence_ = Persistence::close;
  // One request of a connection is under way at a time, so the queue is bounded by connections.
  shared_.workers->post([self = shared_from_this(), request = std::move(admitted_.request),
                         route = admitted_.route, persistence = persistence_,
                         &shared = shared_]() mutable {
    const HttpServer::Options& options = shared.options;
    auto handled = route->handle(request);
    Reply reply = make_reply(handled ? std::move(*handled) : problem(handled.error()),
                             request.method, persistence, options.clock, options.log);
    asio::post(shared.loop, [self = std::move(self), reply = std::move(reply)]() mutable {
      self->answer(std::move(reply));
    });
  });
}

// ---- answers ----

void Connection::fail_read(ErrorCode error) {
  if (timed_out_) {
    ++shared_.counts.timeouts;
    return refuse(problem(408, "Too slow", "the request did not come in time"));
  }
  if (error == http::error::header_limit || error == http::error::buffer_overflow) {
    ++shared_.counts.malformed;
    const bool target_unfinished = parser_->get().target().empty();
    return refuse(target_unfinished
                      ? problem(414, "Too large", "the request's target is too long")
                      : problem(431, "Too large", "the request's headers are too large"));
  }
  if (error == http::error::body_limit) {
    return refuse(body_too_large(admitted_.route->body_max));
  }
  if (error.category() == http::make_error_code(http::error::end_of_stream).category() &&
      error != http::error::partial_message) {
    ++shared_.counts.malformed;
    return refuse(problem(400, "Not understood", "malformed HTTP: " + error.message()));
  }
  abort();
}

// Answers without a handler. A body that is not read makes the connection useless for more; so does
// any Transfer-Encoding, one that is not understood too (RFC 9112, clause 6.3).
void Connection::refuse(const Response& response) {
  const auto& message = parser_->get();
  const bool whole = parser_->is_header_done() && !timed_out_ && phase_ == Phase::header &&
                     message.find(http::field::transfer_encoding) == message.end() &&
                     parser_->content_length().value_or(0) == 0;
  if (!whole || shared_.stopping) persistence_ = Persistence::close;
  const Method method = message.method() == http::verb::head ? Method::head : Method::get;
  answer(make_reply(response, method, persistence_, shared_.options.clock, shared_.options.log));
}

void Connection::answer(Reply reply) {
  give_back_body();
  phase_ = Phase::answering;
  timed_out_ = false;
  reply_ = std::move(reply);
  ++shared_.counts.answers[static_cast<std::size_t>(reply_.status / 100)];
  arm(answer_deadline_ns(reply_.body.size() + reply_.file_bytes));
  const std::array<asio::const_buffer, 2> parts{asio::buffer(reply_.header),
                                                asio::buffer(reply_.body)};
  asio::async_write(socket_, parts, [self = shared_from_this()](ErrorCode error, std::size_t) {
    if (error) return self->abort();
    self->file_sent_ = 0;
    self->send_file();
  });
}

// Straight from the page cache to the socket; the file's bytes never come into this process.
void Connection::send_file() {
  const auto total = static_cast<off_t>(reply_.file_bytes);
  if (file_sent_ >= total) return answered();
  socket_.async_wait(tcp::socket::wait_write, [self = shared_from_this(), total](ErrorCode error) {
    if (error) return self->abort();
    const auto left = static_cast<std::size_t>(total - self->file_sent_);
    const ssize_t sent = ::sendfile(self->socket_.native_handle(), self->reply_.file.number(),
                                    &self->file_sent_, std::min(left, kFilePieceBytes));
    // 0: the file has become shorter than was announced.
    const bool again = sent < 0 && (errno == EAGAIN || errno == EINTR);
    if (sent <= 0 && !again) return self->abort();
    self->send_file();
  });
}

void Connection::answered() {
  reply_ = {};
  if (shared_.stopping) return close();
  if (persistence_ == Persistence::close) return linger();
  wait();
}

// The peer may still be sending; closing now would reset the connection and might destroy the
// answer before it is read (RFC 9112, clause 9.6).
void Connection::linger() {
  if (phase_ != Phase::lingering) {
    phase_ = Phase::lingering;
    ErrorCode error;
    socket_.shutdown(tcp::socket::shutdown_send, error);
    if (error) return close();
    arm(limits().linger_ns);
    parser_.reset();
    buffer_.clear();
  }
  socket_.async_read_some(buffer_.prepare(kBufferKeptBytes),
                          [self = shared_from_this()](ErrorCode error, std::size_t) {
                            if (error) return self->close();
                            self->linger();
                          });
}

// ---- ends ----

void Connection::stop() {
  if (phase_ == Phase::waiting || phase_ == Phase::lingering) return close();
  persistence_ = Persistence::close;
}

// The peer went, or was too slow, within a request or an answer.
void Connection::abort() {
  ++(timed_out_ ? shared_.counts.timeouts : shared_.counts.aborted);
  close();
}

void Connection::close() {
  phase_ = Phase::closed;
  timer_.cancel();
  ErrorCode ignored;
  socket_.close(ignored);
}

void Connection::give_back_body() {
  std::string().swap(admitted_.request.body);
  std::vector<char>().swap(piece_);
  shared_.bodies_bytes -= std::exchange(body_reserved_, 0);
}

// How much of a body has to come within body_ns.
std::size_t Connection::body_stride() const {
  return limits().body_rate_min * static_cast<std::size_t>(limits().body_ns) / 1'000'000'000;
}

std::int64_t Connection::answer_deadline_ns(std::uint64_t bytes) const {
  return limits().body_ns +
         static_cast<std::int64_t>(bytes / limits().body_rate_min) * 1'000'000'000;
}

// Ends what is under way after `ns`, with an error and `timed_out_`.
void Connection::arm(std::int64_t ns) {
  timed_out_ = false;
  timer_.expires_after(std::chrono::nanoseconds(ns));
  await_deadline();
}

void Connection::await_deadline() {
  timer_.async_wait([weak = weak_from_this()](ErrorCode error) {
    const auto self = weak.lock();
    if (error || self == nullptr) return;
    // It may have been armed anew, or been no more needed, since this was queued.
    const bool needed = self->phase_ != Phase::handling && self->phase_ != Phase::closed;
    if (!needed || self->timer_.expiry() > std::chrono::steady_clock::now()) return;
    self->timed_out_ = true;
    ErrorCode ignored;
    self->socket_.cancel(ignored);
    // One piece of a read or write that has many may just have ended well; the next is not
    // cancelled by this.
    self->timer_.expires_after(kCancelAgain);
    self->await_deadline();
  });
}

}  // namespace

void start_connection(HttpShared& shared, int socket) {
  tcp::socket connection(shared.loop);
  ErrorCode error;
  connection.assign(tcp::v4(), socket, error);
  if (error) {
    ::close(socket);
    return;
  }
  connection.set_option(tcp::no_delay(true), error);
  std::make_shared<Connection>(shared, std::move(connection))->wait();
}

}  // namespace weir::net::detail
