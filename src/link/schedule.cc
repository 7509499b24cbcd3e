// Windows, deadlines and the rate of what waits.
#include "link/schedule.h"

#include <algorithm>
#include <iterator>

#include "base/check.h"

namespace weir::link {

void Schedule::open(Class of, std::uint64_t cursor, std::uint64_t end) {
  Line& line = at(of);
  line.cursor = line.next = cursor;
  line.end = line.historical_end = end;
  line.deadline_ns = options_.commit_deadline_ns;
}

void Schedule::set_end(Class of, std::uint64_t end) {
  at(of).end = end;
}

void Schedule::connect() {
  connected_ = true;
  for (Line& line : lines_) {
    begin_again(line);
    line.historical_end = line.end;
    line.held_until_ns = 0;
    line.probing = false;
    line.deadline_ns = options_.commit_deadline_ns;
  }
}

void Schedule::disconnect() {
  connected_ = false;
  for (Line& line : lines_) begin_again(line);
}

std::optional<Schedule::Step> Schedule::next() {
  wake_ns_.reset();
  if (!connected_) return {};
  const std::int64_t now_ns = options_.clock.monotonic_ns();
  for (const Class of : kAllClasses) expire(at(of), now_ns);
  for (const Class of : kAllClasses)
    if (const auto step = next_of(of, now_ns)) return step;
  return {};
}

std::optional<Schedule::Step> Schedule::next_of(Class of, std::int64_t now_ns) {
  Line& line = at(of);
  if (line.paused) return {};
  if (line.held_until_ns > now_ns) {
    wake_at(line.held_until_ns);
    return {};
  }
  // Parts that are committed already are passed over, so that only holes are sent again.
  auto part = line.parts.upper_bound(line.next);
  if (part != line.parts.begin() && std::prev(part)->second > line.next)
    line.next = std::prev(part)->second;
  if (line.next >= line.end || line.flights.size() >= window(line)) return {};

  Step step{.of = of, .from = line.next, .before = line.end};
  if (part != line.parts.end()) step.before = std::min(step.before, part->first);
  if (line.next < line.historical_end) {
    step.age = Age::historical;
    step.before = std::min(step.before, line.historical_end);
  }
  if (line.probing) step.records_max = kProbeRecords;
  if (is_capped(step) && capped_until_ns_ > now_ns) {
    wake_at(capped_until_ns_);
    return {};
  }
  return step;
}

bool Schedule::wants(Class of) const {
  const Line& line = at(of);
  return connected_ && !line.paused && line.next >= line.end && line.flights.size() < window(line);
}

void Schedule::expire(Line& line, std::int64_t now_ns) {
  if (line.flights.empty()) return;
  const std::int64_t due_ns =
      std::max(line.flights.front().sent_ns, line.progress_ns) + line.deadline_ns;
  if (now_ns < due_ns) {
    wake_at(due_ns);
    return;
  }
  line.timeouts += line.flights.size();
  begin_again(line);
  line.probing = true;
  line.deadline_ns = std::min(2 * line.deadline_ns, kCommitDeadlineNsMax);
}

void Schedule::begin_again(Line& line) {
  line.next = line.cursor;
  line.flights.clear();
}

void Schedule::wake_at(std::int64_t ns) {
  wake_ns_ = wake_ns_ ? std::min(*wake_ns_, ns) : ns;
}

void Schedule::sent(const Step& step, std::uint64_t end) {
  Line& line = at(step.of);
  CHECK(step.from < end);
  line.flights.push_back({.end = end, .sent_ns = options_.clock.monotonic_ns()});
  line.next = end;
}

void Schedule::spend(const Step& step, std::size_t bytes) {
  if (!is_capped(step)) return;
  const double seconds =
      static_cast<double>(bytes) / static_cast<double>(options_.backlog_bytes_per_s);
  capped_until_ns_ = std::max(capped_until_ns_, options_.clock.monotonic_ns()) +
                     static_cast<std::int64_t>(seconds * 1e9);
}

bool Schedule::is_capped(const Step& step) {
  return step.of == Class::bulk || (step.of == Class::result && step.age == Age::historical);
}

void Schedule::hold(Class of, std::int64_t delay_ns) {
  at(of).held_until_ns = options_.clock.monotonic_ns() + delay_ns;
}

bool Schedule::committed(Class of, std::uint64_t first, std::uint64_t end) {
  Line& line = at(of);
  if (end <= line.cursor || first >= end || end > line.end) return false;
  line.progress_ns = options_.clock.monotonic_ns();
  line.probing = false;
  line.deadline_ns = options_.commit_deadline_ns;

  first = std::max(first, line.cursor);
  auto part = line.parts.upper_bound(first);
  if (part != line.parts.begin() && std::prev(part)->second >= first) --part;
  while (part != line.parts.end() && part->first <= end) {
    first = std::min(first, part->first);
    end = std::max(end, part->second);
    part = line.parts.erase(part);
  }
  if (first > line.cursor) {
    if (line.parts.size() < kPartsMax) line.parts.emplace(first, end);
    return false;
  }
  line.cursor = end;
  line.next = std::max(line.next, end);
  while (!line.flights.empty() && line.flights.front().end <= end) line.flights.pop_front();
  return true;
}

}  // namespace weir::link
