// Schedule: what the uplink sends next. Only the decision: it knows offsets and times, no bytes, no
// files and no network.
//
// Belongs to the uplink's thread. For each class it follows a log from the cursor (all before it is
// committed) over what is in flight to the end. Alerts go before results, results before bulk; a
// class has at most a window of batches in flight. Where nothing is committed for a deadline, what
// is in flight counts as lost: it is sent again from the cursor, one small batch at a time until
// the hub commits again, with a deadline that doubles.
//
// Bulk, and results from before the connection, share a rate; alerts are never held back by it.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>

#include "base/clock.h"
#include "link/message.h"

namespace weir::link {

class Schedule {
 public:
  static constexpr std::size_t kProbeRecords = 32;
  static constexpr std::int64_t kCommitDeadlineNsMax = 40'000'000'000;
  // Committed parts behind a hole that are remembered; what is forgotten is sent again.
  static constexpr std::size_t kPartsMax = 256;

  struct Options {
    std::size_t window = 8;
    std::uint64_t backlog_bytes_per_s = std::uint64_t{2} << 20;
    std::int64_t commit_deadline_ns = 5'000'000'000;
    const base::Clock& clock;
  };

  // A batch to send: records from `from` on, all before `before`.
  struct Step {
    Class of = Class::alert;
    std::uint64_t from = 0, before = 0;
    std::size_t records_max = kBatchRecordsMax;
    Age age = Age::live;
    friend bool operator==(const Step&, const Step&) = default;
  };

  explicit Schedule(Options options) : options_(options) {}

  // The log as it is opened; call once, before all else of this class.
  void open(Class of, std::uint64_t cursor, std::uint64_t end);
  void set_end(Class of, std::uint64_t end);
  void connect();  // what is there now is historical
  void disconnect();

  // Nothing: wait for news, or until `wake_ns`.
  std::optional<Step> next();
  // When there is something to do without news, in monotonic time; as of the last `next`.
  std::optional<std::int64_t> wake_ns() const { return wake_ns_; }
  // Whether a record appended to this class could be sent at once.
  bool wants(Class of) const;

  void sent(const Step& step, std::uint64_t end);
  // Counts bytes that were sent for this step towards the rate, if it is held to it.
  void spend(const Step& step, std::size_t bytes);
  // Sends nothing of the class for so long.
  void hold(Class of, std::int64_t delay_ns);
  // Sends nothing of the class until `resume`.
  void pause(Class of) { at(of).paused = true; }
  void resume(Class of) { at(of).paused = false; }

  // The records from `first` to before `end` are committed. Whether the cursor moved.
  bool committed(Class of, std::uint64_t first, std::uint64_t end);
  std::uint64_t cursor(Class of) const { return at(of).cursor; }
  std::uint64_t timeouts(Class of) const { return at(of).timeouts; }  // batches whose time was over

 private:
  struct Flight {
    std::uint64_t end = 0;
    std::int64_t sent_ns = 0;
  };
  struct Line {
    std::uint64_t cursor = 0, next = 0, end = 0;
    std::uint64_t historical_end = 0;
    std::deque<Flight> flights;                    // oldest first
    std::map<std::uint64_t, std::uint64_t> parts;  // committed beyond the cursor: first to end
    std::int64_t progress_ns = 0;                  // when something was committed the last time
    std::int64_t deadline_ns = 0;
    std::int64_t held_until_ns = 0;
    bool probing = false, paused = false;
    std::uint64_t timeouts = 0;
  };

  Line& at(Class of) { return lines_[static_cast<std::size_t>(of)]; }
  const Line& at(Class of) const { return lines_[static_cast<std::size_t>(of)]; }
  std::size_t window(const Line& line) const { return line.probing ? 1 : options_.window; }
  std::optional<Step> next_of(Class of, std::int64_t now_ns);
  void expire(Line& line, std::int64_t now_ns);
  void begin_again(Line& line);
  void wake_at(std::int64_t ns);
  static bool is_capped(const Step& step);

  Options options_;
  bool connected_ = false;
  std::array<Line, kClasses> lines_;
  std::int64_t capped_until_ns_ = 0;
  std::optional<std::int64_t> wake_ns_;
};

}  // namespace weir::link
