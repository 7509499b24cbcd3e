// StreamWorker: keeps one stream of a device running as long as somebody reads it, whatever
// happens.
//
//   idle ──demand──▶ connecting ──▶ streaming ──no packet in time──▶ frozen ─┐
//     ▲                  │ ▲            └──────connection ended───▶ failed ─┤
//     │                  └─┼──────────────failed to connect──────▶ failed ─┤
//     └── no demand, from  └──────────────── backoff ──────────────────────┘
//         any state
//
// It has a thread of its own, since connecting and reading wait. Calls are thread-safe. Each change
// of state is logged once, with its reason. The protocol is the Connect's; it obeys `cancel` and
// its own deadlines.
#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "base/backoff.h"
#include "base/result.h"
#include "bus/streams.h"
#include "data/frame.h"
#include "drivers/driver.h"

namespace weir::drivers {

// A connection that gives packets until an error ends it; Code::timeout says that it froze. Belongs
// to the worker's thread.
class PacketReader {
 public:
  virtual ~PacketReader() = default;
  virtual base::Result<data::PacketRef> read() = 0;
};

// Connects anew. Once `cancel` is true, it and the reader's calls return soon, with any error.
using Connect =
    std::function<base::Result<std::unique_ptr<PacketReader>>(const std::atomic<bool>& cancel)>;

class StreamWorker {
 public:
  struct Stream {
    data::Device device = 0;
    std::string device_name;
    std::string property;
  };

  // Adds the stream to the bus. Errors: conflict. `services` outlive the worker.
  static base::Result<std::unique_ptr<StreamWorker>> start(Stream stream, Connect connect,
                                                           const Services& services);
  ~StreamWorker();
  StreamWorker(const StreamWorker&) = delete;
  StreamWorker& operator=(const StreamWorker&) = delete;

  // In two steps, so that several workers stop at the same time.
  void begin_stop();
  void end_stop();

  Status status() const;

 private:
  StreamWorker(Stream stream, Connect connect, const Services& services);
  void demand(bus::Demand demand);
  void work();
  bool wait_for_demand();
  void run_connection();
  base::Error stream_from(PacketReader& reader);
  void back_off(const base::Error& error, std::int64_t connected_ns);
  void enter(State state, const std::string& reason);
  void publish(data::PacketRef packet);

  const Stream stream_;
  const Connect connect_;
  const Services services_;

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool wanted_ = false;
  bool stopping_ = false;
  Status status_;

  std::atomic<bool> cancel_ = false;
  base::Backoff backoff_;
  std::string last_reason_;  // the last failure that was logged as one
  std::thread thread_;
};

}  // namespace weir::drivers
