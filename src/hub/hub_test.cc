// A hub for tests, as a process and as a peer.
#include "hub/hub_test.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <fstream>
#include <thread>
#include <utility>

#include "base/check.h"
#include "base/recent_log.h"
#include "base/stop_signals.h"
#include "data/json.h"
#include "hub/daemon.h"
#include "net/broker_test.h"
#include "net/stop_request.h"

namespace weir::hub {
namespace {

constexpr std::string_view kOnlyServing = "--gtest_filter=HubProcess.serves_where_it_is_told_to";
constexpr std::string_view kConfig = "--hub-config=";  // then the file; GoogleTest passes it over
constexpr time_t kReadDeadlineS = 30;

int connect_to(std::uint16_t port) {
  const int made = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  CHECK(made >= 0);
  const timeval deadline{.tv_sec = kReadDeadlineS, .tv_usec = 0};
  setsockopt(made, SOL_SOCKET, SO_RCVTIMEO, &deadline, sizeof deadline);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  CHECK(connect(made, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0);
  return made;
}

// The file that this program's argument kConfig names; "": it is run for its tests.
std::string told_to_serve() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  for (std::string argument; std::getline(file, argument, '\0');) {
    if (argument.starts_with(kConfig)) return argument.substr(kConfig.size());
  }
  return {};
}

}  // namespace

bool await(const std::function<bool()>& holds) {
  return net::await(holds);
}

net::Answer RestClient::send(net::Method method, std::string_view path, std::string body,
                             std::string_view type) {
  net::Call call{.method = method, .url = fmt::format("http://127.0.0.1:{}{}", port_, path)};
  if (!body.empty()) call.headers.emplace_back("Content-Type", type);
  call.body = std::move(body);
  call.deadline_ns = 20'000'000'000;
  auto answer = client_.send(call);
  return answer ? std::move(*answer) : net::Answer{.status = 0, .headers = {}, .body = {}};
}

data::Value RestClient::get(std::string_view path) {
  return data::parse_json(send(net::Method::get, path).body).value_or(data::Value());
}

std::string at(const data::Value& value, std::initializer_list<std::string_view> keys) {
  const data::Value* found = &value;
  for (const std::string_view key : keys) {
    found = found->find(key);
    if (found == nullptr) return {};
  }
  if (const auto* const text = found->get<std::string>()) return *text;
  std::string out;
  data::append_json(out, *found);
  return out;
}

data::List items(const data::Value& page) {
  const data::Value* const found = page.find("items");
  const data::List* const list = found == nullptr ? nullptr : found->get<data::List>();
  return list == nullptr ? data::List() : *list;
}

LiveSocket::LiveSocket(std::uint16_t port) : socket_(connect_to(port)) {
  const std::string upgrade =
      "GET /api/v1/alerts/live HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\n"
      "Upgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
  CHECK(write(socket_, upgrade.data(), upgrade.size()) == static_cast<ssize_t>(upgrade.size()));
  std::string head;
  while (!head.ends_with("\r\n\r\n")) head += take(1);
  EXPECT_TRUE(head.starts_with("HTTP/1.1 101 ")) << head;
}

LiveSocket::~LiveSocket() {
  close(socket_);
}

// A server's frames are not masked (clause 5.1); ours come whole.
std::string LiveSocket::next() {
  constexpr int kText = 1;
  while (true) {
    const std::string head = take(2);
    if (head.empty()) return {};
    std::size_t size = static_cast<unsigned char>(head[1]);
    if (size >= 126) {
      const std::string longer = take(size == 126 ? 2 : 8);
      size = 0;
      for (const char c : longer) size = size * 256 + static_cast<unsigned char>(c);
    }
    std::string payload = size == 0 ? "" : take(size);
    if ((head[0] & 0x0F) == kText) return payload;
  }
}

std::string LiveSocket::take(std::size_t bytes) {
  std::string out(bytes, '\0');
  const ssize_t got = recv(socket_, out.data(), bytes, MSG_WAITALL);
  return got == static_cast<ssize_t>(bytes) ? out : std::string();
}

HubProcess::HubProcess() : port(net::free_port()), broker_port(net::free_port()) {
  const std::string config = folder / "hub.yaml";
  std::ofstream(config) << fmt::format(
      "data: data\nhttp: {{port: {}}}\nbroker: {{port: {}}}\nlog: warning\n", port, broker_port);
  auto started = net::Child::start(
      {.component = "weir-hub",
       .program = "/proc/self/exe",
       .arguments = {std::string(kOnlyServing), fmt::format("{}{}", kConfig, config)},
       .ready = [port = port] { return net::port_accepts(port); },
       .ready_deadline_ns = 30'000'000'000,
       .backoff = {.delay_ns_min = 1'000'000, .delay_ns_max = 100'000'000},
       .log = log,
       .clock = clock_});
  EXPECT_TRUE(started) << started.error().message << "\n" << log.text();
  CHECK(started);
  child_ = std::move(*started);
}

void HubProcess::kill() const {
  EXPECT_TRUE(child_->signal(SIGKILL));
}

bool HubProcess::back(std::uint64_t restarts) {
  return await([&] {
    const net::ChildStatus status = child_->status();
    return status.state == net::ChildState::running && status.restarts >= restarts;
  });
}

// The task of HubProcess's child: as weir-hub does it, since a test's build has no other program.
// Nothing to do where nobody tells it to.
TEST(HubProcess, serves_where_it_is_told_to) {
  const std::string path = told_to_serve();
  if (path.empty()) return;
  const base::StopSignals signals;
  data::Diagnostics mistakes;
  const Config config = read_config(path, mistakes);
  ASSERT_TRUE(mistakes.empty()) << mistakes.text();
  const base::SystemClock clock;
  base::StderrLog out(config.daemon.log);
  base::RecentLog log(out, clock);
  net::StopRequest stop(signals, Daemon::kStopLimitNs);
  const auto daemon = Daemon::start({.config = config, .clock = clock, .log = log});
  ASSERT_TRUE(daemon) << daemon.error().message;
  stop.wait();
  (*daemon)->stop();
}

}  // namespace weir::hub
