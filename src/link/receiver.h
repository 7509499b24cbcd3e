// Receiver: the hub's end of the link. Takes the batches of all nodes, has them committed, and says
// so to their node.
//
// One thread of its own calls `commit` and `state`, one at a time: alerts of any node before
// results, results before bulk, and a state after each batch, so that nodes without batches are
// heard of in any backlog of the others. `known` and `nodes` are called on another one, and must
// not wait. A batch that cannot be read, or whose node is not the topic's, is refused: counted,
// said with the reason, not answered. Nothing is answered before `commit` returned, so a node sends
// again what was lost on the way, and every batch that comes is handed on: `commit` keeps one
// record of an id.
//
// Thread-safe. Log and clock outlive it.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "link/message.h"

namespace weir::link {

inline constexpr std::size_t kReceiverQueueBytesMax = std::size_t{64} << 20;
inline constexpr std::size_t kReceiverStateBytesMax = std::size_t{8} << 20;  // more, for states

struct ReceiverStatus {
  bool connected = false;
  std::uint64_t batches = 0, records = 0, bytes = 0;  // that came and could be read
  std::uint64_t committed_records = 0;
  std::uint64_t failed = 0;   // batches that `commit` did not keep
  std::uint64_t refused = 0;  // messages
  std::uint64_t dropped = 0;  // messages that found the queue full: their node sends them again
  std::string last_refusal, last_failure;  // "": none yet
};

class Receiver {
 public:
  struct Options {
    std::string mqtt_host;
    std::uint16_t mqtt_port = 1883;
    std::string user = {}, password = {};
    std::string client_id = "weir-hub";
    // All nodes, to tell them that the hub is there: each time it is connected anew. Empty: they
    // find out when they send again.
    std::function<std::vector<std::string>()> nodes = {};
    // Whether a node may send. Called for each message.
    std::function<bool(std::string_view node)> known;
    // Keeps a batch for good, or says why it could not: then the node sends it again later.
    std::function<base::Result<>(const Batch& batch)> commit;
    // The node's state, a JSON object; "": its connection has ended.
    std::function<void(std::string_view node, std::string_view json)> state;
    base::Log& log;
    const base::Clock& clock;
  };

  // Starts to connect; never waits for the network.
  static base::Result<std::unique_ptr<Receiver>> start(Options options);
  ~Receiver();  // stops; what is not handed on by then comes again from its node
  Receiver(const Receiver&) = delete;
  Receiver& operator=(const Receiver&) = delete;

  ReceiverStatus status() const;

 private:
  class Core;
  explicit Receiver(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace weir::link
