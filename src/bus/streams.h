// Streams: the packets of cameras, one ring each, from a driver to any number of readers.
//
// Thread-safe. The publisher never waits for a reader: a reader that falls behind passes over
// packets up to the newest keyframe, which it gets marked as a discontinuity, and is told how many
// it missed. A ring holds what the slowest reader has not read, and at least what is newer than the
// last keyframe, so that a new reader sees a picture at once; never more than its limits.
//
// Streams are lazy: `demand` tells the driver when the first reader comes and when the last is
// gone. Readers may outlive Streams.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "data/batch.h"
#include "data/frame.h"

namespace weir::bus {

inline constexpr std::size_t kRingBytesMax = std::size_t{32} << 20;
inline constexpr std::size_t kRingPacketsMax = 4'096;
inline constexpr std::int64_t kRingSpanNsMax = 20'000'000'000;
// A reader this far behind goes on at the newest keyframe, where there is a newer one than its own.
inline constexpr std::int64_t kLagNsMax = 2'000'000'000;
inline constexpr std::size_t kReadersMax = 256;  // of one stream

enum class Demand : std::uint8_t { none, wanted };
// Called one at a time for a stream, under the lock that readers come and go by: must not wait, nor
// open or close a reader of the same stream.
using DemandHandler = std::function<void(Demand)>;
// Called by the publisher; must not wait, nor close the reader.
using Waker = std::function<void()>;

struct StreamStatus {
  data::Device device = 0;
  std::string property;
  std::size_t readers = 0;
  std::size_t ring_packets = 0, ring_bytes = 0;  // now
  std::int64_t packets = 0, bytes = 0;           // ever
  std::int64_t dropped = 0;                      // passed over, all readers together
  std::int64_t newest_ns = 0;                    // event time of the newest packet; 0 = none yet
};

namespace detail {
class Ring;
struct Seat;
}  // namespace detail

// One reader of one stream. Belongs to one thread at a time. Leaves when destroyed; its waker is
// not running any more then.
class StreamReader {
 public:
  struct Next {
    data::PacketRef packet;   // null: nothing now
    std::size_t dropped = 0;  // packets passed over before it
  };

  StreamReader(std::shared_ptr<detail::Ring> ring, std::shared_ptr<detail::Seat> seat);
  ~StreamReader();
  StreamReader(const StreamReader&) = delete;
  StreamReader& operator=(const StreamReader&) = delete;

  Next next();  // never waits; begins with a keyframe

 private:
  std::shared_ptr<detail::Ring> ring_;
  std::shared_ptr<detail::Seat> seat_;
};

class Streams {
 public:
  Streams() = default;
  Streams(const Streams&) = delete;
  Streams& operator=(const Streams&) = delete;

  // A stream that readers may open from now on. Errors: conflict (it is there already).
  base::Result<> add(data::Device device, std::string_view property, DemandHandler demand);
  // Its readers get nothing more; `demand` is not called any more once this has returned.
  void remove(data::Device device, std::string_view property);

  // Packets of one stream come from one thread, in decoding order. Without readers they are dropped
  // and not counted. Errors: unknown_name.
  base::Result<> publish(data::Device device, std::string_view property, data::PacketRef packet);

  // A reader from the last keyframe on. `waker` is called when packets have come after `next` gave
  // none; call `next` once after opening. Errors: unknown_name, limit.
  base::Result<std::unique_ptr<StreamReader>> open(data::Device device, std::string_view property,
                                                   Waker waker);

  std::vector<StreamStatus> status() const;

 private:
  using Key = std::pair<data::Device, std::string>;
  std::shared_ptr<detail::Ring> find(data::Device device, std::string_view property) const;

  mutable std::mutex mutex_;
  std::map<Key, std::shared_ptr<detail::Ring>> rings_;
};

}  // namespace weir::bus
