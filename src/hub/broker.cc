// The hub's broker: mosquitto as a child, or another's.
#include "hub/broker.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <utility>

#include "base/backoff.h"
#include "hub/token.h"
#include "link/topic.h"
#include "net/mqtt_client.h"

namespace weir::hub {

using base::Code;
using base::fail;
using base::Result;

namespace {

// No names of nodes: those have no '_'.
constexpr std::string_view kHubUser = "weir_hub";
constexpr std::string_view kProbeUser = "weir_probe";
constexpr std::size_t kTokenBytesMax = 1'024;
// Of mosquitto: who comes back may have its former connection still; and what it needs besides.
constexpr std::uint64_t kDescriptorsMax = 2 * kBrokerUsersMax + 100;
constexpr std::chrono::milliseconds kClockPoll{50};
// Without it nothing reaches the hub.
constexpr base::BackoffLimits kRestartBackoff = {.delay_ns_min = 100'000'000,
                                                 .delay_ns_max = 2'000'000'000};

// The port if it is free, any free one for 0.
Result<std::uint16_t> claim_port(std::uint16_t port) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (listener < 0) {
    return fail(Code::io, "no socket: " + base::errno_text(errno));
  }
  const int yes = 1;
  setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  auto* const at = reinterpret_cast<sockaddr*>(&address);
  const bool bound = bind(listener, at, size) == 0 && getsockname(listener, at, &size) == 0;
  const int error = errno;
  close(listener);
  if (bound) return ntohs(address.sin_port);
  return fail(Code::conflict, fmt::format("port {} of 127.0.0.1 cannot be the broker's: {}", port,
                                          base::errno_text(error)));
}

Result<std::string> hash_of(const BrokerNode& node) {
  TRY_DO(link::check_node_name(node.name));
  if (node.token.empty() && is_broker_password_hash(node.hash)) return node.hash;
  if (node.hash.empty() && !node.token.empty() && node.token.size() <= kTokenBytesMax) {
    return hash_broker_password(node.token);
  }
  return fail(Code::invalid,
              fmt::format("the node '{}' has no token of at most {} bytes, and no hash of one",
                          node.name, kTokenBytesMax));
}

}  // namespace

Broker::Broker(const Options& options) : log_(options.log), clock_(options.clock) {}

Broker::~Broker() = default;

void Broker::stop(std::int64_t deadline_ns) {
  if (child_ != nullptr) child_->stop(deadline_ns);
}

Result<std::unique_ptr<Broker>> Broker::start(Options options) {
  std::unique_ptr<Broker> broker(new Broker(options));
  if (options.external) {
    broker->address_ = std::move(*options.external);
    return broker;
  }
  for (const BrokerNode& node : options.nodes) {
    TRY(std::string hash, hash_of(node));
    if (!broker->passwords_.emplace(node.name, std::move(hash)).second) {
      return fail(Code::conflict, fmt::format("two nodes have the name '{}'", node.name));
    }
  }
  TRY_DO(broker->start_child(options));
  return broker;
}

Result<> Broker::start_child(const Options& options) {
  TRY(const std::uint16_t port, claim_port(options.port));
  address_ = {
      .host = "127.0.0.1", .port = port, .user = std::string(kHubUser), .password = make_token()};
  passwords_[address_.user] = hash_broker_password(address_.password);
  TRY(files_, BrokerFiles::make(options.folder));
  TRY_DO(files_->write_rules(port, address_.user));
  TRY_DO(files_->write_passwords(passwords_));
  TRY(child_, net::Child::start({.component = "mosquitto",
                                 .program = options.program,
                                 .arguments = {"-c", files_->configuration()},
                                 .descriptors_max = kDescriptorsMax,
                                 .ready = [port] { return net::port_accepts(port); },
                                 .backoff = kRestartBackoff,
                                 .log = log_,
                                 .clock = clock_}));
  return await_welcome(address_.user, address_.password);
}

std::string Broker::hash(std::string_view token) {
  return hash_broker_password(token);
}

Result<> Broker::add(const BrokerNode& node) {
  if (child_ == nullptr) return {};
  TRY(std::string hash, hash_of(node));
  if (passwords_.size() >= kBrokerUsersMax && !passwords_.contains(node.name)) {
    return fail(Code::limit, fmt::format("{} nodes, no more are possible", kNodesMax));
  }
  const BrokerPasswords before = passwords_;
  passwords_[node.name] = std::move(hash);
  return reload(before);
}

Result<> Broker::remove(std::string_view name) {
  const auto found = passwords_.find(name);
  if (child_ == nullptr || found == passwords_.end() || !link::check_node_name(name)) return {};
  const BrokerPasswords before = passwords_;
  passwords_.erase(found);
  return reload(before);
}

// mosquitto answers SIGHUP with nothing. A password made for this one time tells when it has read
// the file.
Result<> Broker::reload(const BrokerPasswords& before) {
  const std::string probe = make_token();
  passwords_[std::string(kProbeUser)] = hash_broker_password(probe);
  const auto written = files_->write_passwords(passwords_);
  if (!written) {
    passwords_ = before;
    return written;
  }
  if (!child_->signal(SIGHUP)) return {};  // it is down, and reads the file when it is up again
  return await_welcome(std::string(kProbeUser), probe);
}

Result<> Broker::await_welcome(const std::string& user, const std::string& password) {
  std::mutex mutex;
  std::condition_variable changed;
  bool welcome = false;
  base::MemoryLog unheard;  // that it is refused at first is no news
  TRY(const auto client,
      net::MqttClient::start({.host = address_.host,
                              .port = address_.port,
                              .client_id = user,
                              .user = user,
                              .password = password,
                              .backoff = {.delay_ns_min = 5'000'000, .delay_ns_max = 20'000'000},
                              .log = unheard,
                              .clock = clock_},
                             {.connected = [&] {
                               const std::lock_guard lock(mutex);
                               welcome = true;
                               changed.notify_all();
                             }}));
  const std::int64_t deadline_ns = clock_.monotonic_ns() + kReloadNsMax;
  std::unique_lock lock(mutex);
  while (!welcome && clock_.monotonic_ns() < deadline_ns) changed.wait_for(lock, kClockPoll);
  lock.unlock();
  client->stop(kReloadNsMax);
  if (welcome) return {};
  return fail(Code::timeout, fmt::format("the broker {}:{} does not let '{}' in after {} ms: {}",
                                         address_.host, address_.port, user,
                                         kReloadNsMax / 1'000'000, client->status().last_error));
}

std::optional<net::ChildStatus> Broker::child() const {
  if (child_ == nullptr) return std::nullopt;
  return child_->status();
}

}  // namespace weir::hub
