// Broker: the hub's message queue, mosquitto as a child of ours, or a broker that is there already.
//
// Nothing of ours depends on what a broker remembers: it keeps nothing on disk, its queues are
// short, and the link sends again what it lost. Who may do what:
//
//   the hub    reads weir/v1/node/+/up/#        writes weir/v1/node/+/down/#
//   node u     reads weir/v1/node/u/down/#      writes weir/v1/node/u/up/#
//   others     are refused
//
// The child's configuration, its access list and its password file (hashes alone) are in a folder
// of its own, 0600. It runs as our user, so that it dies with us.
//
// add and remove: one call at a time; the rest is thread-safe. Log and clock outlive it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "hub/broker_files.h"
#include "hub/nodes.h"
#include "net/child.h"

namespace weir::hub {

// Who may be known to it: the nodes, the hub, and who asks whether a node is known yet.
inline constexpr std::size_t kBrokerUsersMax = kNodesMax + 2;

// With one of `token` and `hash`.
struct BrokerNode {
  std::string name;
  std::string token = {};  // random enough not to be guessed: hashed for no more than storage
  std::string hash = {};   // what Broker::hash made of the token
};

// Where clients of this machine find the broker, and as whom the hub connects.
struct BrokerAddress {
  std::string host;
  std::uint16_t port = 0;
  std::string user, password;
};

class Broker {
 public:
  // How long the broker may take to know a node that was added, or not to know one removed.
  static constexpr std::int64_t kReloadNsMax = 5'000'000'000;

  struct Options {
    std::string folder;      // of the child; made when it is not there
    std::uint16_t port = 0;  // of the child, on 127.0.0.1; 0: any that is free
    std::vector<BrokerNode> nodes = {};
    // A broker that is there already: nothing is started, and its nodes are its own business.
    std::optional<BrokerAddress> external = {};
    std::string program = "/usr/sbin/mosquitto";
    base::Log& log;
    const base::Clock& clock;
  };

  // Returns when the broker lets the hub in. Errors: invalid (a name or a token), conflict (the
  // port is taken, or two nodes have one name), missing (no mosquitto), io, ended, timeout.
  static base::Result<std::unique_ptr<Broker>> start(Options options);
  ~Broker();  // stops the child, in net::Child::kStopNs
  Broker(const Broker&) = delete;
  Broker& operator=(const Broker&) = delete;

  // Ends the child; one that has not ended by the deadline is killed.
  void stop(std::int64_t deadline_ns);

  // A token as the password file has it, salted: for those who keep no tokens.
  static std::string hash(std::string_view token);

  const BrokerAddress& address() const { return address_; }

  // A new node, or a node's new token; connections that are there go on, but for those of the node.
  // Returns when the broker has read of it; if the broker is down just then, it will when it is up
  // again. Errors: invalid, limit, io, timeout (it has not read of it yet); after the others the
  // node is not added.
  base::Result<> add(const BrokerNode& node);
  // Ends its connections, too. A name that is not there is not an error. Errors: io, timeout.
  base::Result<> remove(std::string_view name);

  // Of the child; none with an external broker.
  std::optional<net::ChildStatus> child() const;

 private:
  explicit Broker(const Options& options);
  base::Result<> start_child(const Options& options);
  base::Result<> reload(const BrokerPasswords& before);
  base::Result<> await_welcome(const std::string& user, const std::string& password);

  base::Log& log_;
  const base::Clock& clock_;
  BrokerAddress address_;
  std::optional<BrokerFiles> files_;   // none with an external broker, as the child
  BrokerPasswords passwords_;          // of nodes, and of users of our own
  std::unique_ptr<net::Child> child_;  // null: external
};

}  // namespace weir::hub
