// Uplink: the node's end of the link. What is appended here is at the hub once, later, whatever
// happens to the network, the hub or this process in between.
//
// Each class has a log with a cursor: before it lies what the hub has committed. One thread sends:
// alerts before results before bulk, a window of batches at a time, a record's picture with the
// record or before it. An alert goes at once; results and bulk wait up to 20 ms for the next sync
// of their log, which many share, and a batch. Other threads sync the logs and upload large
// pictures: a hub that is slow to answer holds up no sync, and of what is sent only the class whose
// picture it is. A batch that is not committed in time is sent again, so that the hub may get
// records twice; their id is how it keeps one. What has waited for a connection is capped to a rate
// (alerts are not), so that live records pass.
//
// A class at its quota: alerts are refused; results and bulk lose their oldest segment, and the
// record {"gap": n} takes their place.
//
// Thread-safe. Deadlines count in monotonic time, so the wall clock may jump. Log and clock outlive
// it.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "link/message.h"

namespace weir::link {

inline constexpr std::size_t kPictureBytesMax = std::size_t{16} << 20;

// Counted since the uplink was opened, where it does not say "now".
struct ClassStatus {
  std::uint64_t appended = 0;
  std::uint64_t backlog = 0;         // records that are not committed, now
  std::uint64_t log_bytes = 0;       // on disk, now
  std::uint64_t sent = 0;            // records, those sent again too
  std::uint64_t sent_bytes = 0;      // of messages, and of the pictures inside them
  std::uint64_t committed = 0;       // records
  std::uint64_t resent_batches = 0;  // whose time to be committed was over
  std::uint64_t refused = 0;         // appends that failed
  std::uint64_t dropped = 0;         // records lost to the quota or to a damaged log
};

struct UplinkStatus {
  bool connected = false;
  std::int64_t since_ns = 0;  // wall time of the last change of `connected`
  std::string last_error;     // "": none yet
  std::array<ClassStatus, kClasses> classes;
  std::uint64_t pictures_sent = 0;  // those sent again too
  std::uint64_t pictures_lost = 0;  // damaged on this disk before the hub had them
  std::uint64_t picture_bytes = 0;  // on disk, now
  std::uint64_t marks_dropped = 0;  // the hub's, that came faster than they were looked at
};

class Uplink {
 public:
  struct Quotas {
    std::uint64_t alert = std::uint64_t{256} << 20;
    std::uint64_t result = std::uint64_t{512} << 20;
    std::uint64_t bulk = std::uint64_t{512} << 20;
    std::uint64_t pictures = std::uint64_t{1} << 30;
  };
  struct Options {
    std::string folder;  // its own; made when it is not there
    std::string node, token;
    // http://host:port, without a path; "": there is no hub yet, and what is appended is kept for
    // one.
    std::string hub_url;
    std::string mqtt_host;
    std::uint16_t mqtt_port = 1883;
    Quotas quotas = {};
    std::uint64_t segment_bytes = std::uint64_t{8} << 20;
    std::size_t window = 8;                                      // batches of a class in flight
    std::uint64_t backlog_bytes_per_s = std::uint64_t{2} << 20;  // of messages and pictures
    std::int64_t commit_deadline_ns = 5'000'000'000;  // at first; doubles while it is missed
    base::Log& log;
    const base::Clock& clock;
  };

  // Opens the logs and starts to connect; never waits for the network. A damaged log is set aside,
  // not a reason to fail. Errors: invalid (options), io.
  static base::Result<std::unique_ptr<Uplink>> open(Options options);
  ~Uplink();
  Uplink(const Uplink&) = delete;
  Uplink& operator=(const Uplink&) = delete;

  // When it returns without error the record survives a SIGKILL, and within 20 ms a power cut, and
  // is at the hub once, with its picture, later. `picture` are the bytes of an image; "": none; the
  // record's own `picture` is not looked at. Errors: invalid, limit (too large, or the quota is
  // reached), io.
  base::Result<> append(Class of, const Record& record, std::string_view picture = {});
  // Many without pictures at once: all are appended, or none.
  base::Result<> append_all(Class of, std::span<const Record> records);

  // The node's state, a JSON object: the newest is sent now, at each connection, and from time to
  // time. It is not kept. Errors: invalid, limit.
  base::Result<> report(std::string state_json);

  // Ends sending; at once if nothing is under way, at most after `deadline_ns` else. Appends are
  // refused from then on. The destructor does the same without patience.
  void stop(std::int64_t deadline_ns);

  UplinkStatus status() const;

 private:
  class Core;
  explicit Uplink(std::unique_ptr<Core> core);
  std::unique_ptr<Core> core_;
};

}  // namespace weir::link
