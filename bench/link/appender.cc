// appender: a node's uplink without the node: appends records, and writes down which appends
// returned.
//
//   appender --folder DIR --node NAME --token TOKEN --hub URL --mqtt-port PORT [options]
//
// Appends until --count is reached or SIGTERM comes, then waits until the hub has committed all, or
// the next signal; with --alerts-per-second, once it is connected it appends alerts with pictures
// at this rate while it waits. Twenty times a second it prints {"appended", "refused", "backlog",
// "connected", …}; "at" and "cpu" are seconds, of time and of this process. With --journal each
// append that returned is one line, `id digest`, written by one write(2): a SIGKILL
// between the append and the line leaves a record more than the journal says, never one less.
#include <CLI/CLI.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "base/stop_signals.h"
#include "link/uplink.h"
#include "store/digest.h"

namespace {

using namespace weir;

constexpr std::int64_t kSecondNs = 1'000'000'000;
constexpr std::int64_t kTellEveryNs = 50'000'000;
constexpr std::int64_t kJumpNs = 100'000 * kSecondNs;  // of the wall clock, at most, either way

struct Options {
  std::string folder, node, token, hub, journal, of = "alert";
  std::string name = "feed";  // the ids' first part: another for each start
  std::uint16_t mqtt_port = 1883;
  std::uint64_t count = 0;          // 0: until SIGTERM
  std::uint64_t batch = 1;          // records an append
  std::uint64_t per_second = 0;     // appends; 0: as fast as it goes
  std::uint64_t picture_every = 0;  // appends; 0: no pictures
  std::uint64_t picture_bytes = 4'000;
  std::uint64_t alerts_per_second = 0;
  std::uint64_t backlog_rate = std::uint64_t{2} << 20;
  std::uint64_t jumps = 0;  // seed of a wall clock that jumps each second; 0: it does not
};

// A wall clock that is somewhere else each second; time since the start is not touched.
class JumpingClock final : public base::Clock {
 public:
  explicit JumpingClock(std::uint64_t seed) : seed_(seed) {}
  std::int64_t wall_ns() const override {
    if (seed_ == 0) return real_.wall_ns();
    std::mt19937_64 random(seed_ + static_cast<std::uint64_t>(real_.monotonic_ns() / kSecondNs));
    return real_.wall_ns() + static_cast<std::int64_t>(random() % (2 * kJumpNs)) - kJumpNs;
  }
  std::int64_t monotonic_ns() const override { return real_.monotonic_ns(); }

 private:
  base::SystemClock real_;
  std::uint64_t seed_;
};

class Appender {
 public:
  Appender(const Options& options, link::Uplink& uplink, const base::Clock& clock)
      : options_(options), uplink_(uplink), clock_(clock) {
    if (!options.journal.empty())
      journal_ = ::open(options.journal.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
  }

  bool connected() const { return uplink_.status().connected; }
  bool done() const { return options_.count != 0 && appended_ >= options_.count; }

  // One append of the options' batch.
  void append(link::Class of) {
    const std::uint64_t number = calls_++;
    const bool pictured =
        options_.picture_every != 0 && number % options_.picture_every == 0 && options_.batch == 1;
    std::vector<link::Record> records;
    for (std::uint64_t i = 0; i < options_.batch; ++i) {
      const std::uint64_t n = number * options_.batch + i;
      const std::string id = fmt::format("{}/{}/{}", options_.name, number, i);
      const std::string body =
          fmt::format(R"({{"device":"machine-{}","title":"over {}","temperature":{},"n":{}}})",
                      n % 1000, n % 7, n * 2'654'435'761 % 100'000, n);
      records.push_back({.id = id, .time_ns = clock_.wall_ns(), .body = body, .picture = {}});
    }
    std::string picture;
    if (pictured) picture = make_picture(number);
    const auto kept =
        pictured ? uplink_.append(of, records.front(), picture) : uplink_.append_all(of, records);
    if (!kept) {
      ++refused_;
      return;
    }
    appended_ += records.size();
    note(records, picture);
  }

  // An alert with a picture, beside what the options say.
  void append_alert() {
    const std::uint64_t number = alerts_++;
    const link::Record record{.id = fmt::format("{}/alert/{}", options_.name, number),
                              .time_ns = clock_.wall_ns(),
                              .body = R"({"device":"camera-1","title":"seen"})",
                              .picture = {}};
    if (!uplink_.append(link::Class::alert, record, make_picture(number))) ++refused_;
  }

  void tell() const {
    const link::UplinkStatus status = uplink_.status();
    std::uint64_t backlog = 0, sent_bytes = 0, committed = 0, lost = 0;
    for (const link::ClassStatus& of : status.classes) {
      backlog += of.backlog;
      sent_bytes += of.sent_bytes;
      committed += of.committed;
      lost += of.dropped;
    }
    fmt::print(
        "{{\"appended\":{},\"refused\":{},\"backlog\":{},\"connected\":{},\"committed\":{},"
        "\"sent_bytes\":{},\"dropped\":{},\"at\":{:.6f},\"cpu\":{:.3f}}}\n",
        appended_, refused_, backlog, status.connected, committed, sent_bytes, lost,
        static_cast<double>(clock_.monotonic_ns()) / 1e9, cpu_s());
    std::fflush(stdout);
  }

  bool drained() const {
    for (const link::ClassStatus& of : uplink_.status().classes) {
      if (of.backlog != 0) return false;
    }
    return true;
  }

 private:
  std::string make_picture(std::uint64_t number) const {
    std::mt19937_64 random(std::hash<std::string>{}(options_.name) + number);
    std::string bytes(options_.picture_bytes, '\0');
    for (char& byte : bytes) byte = static_cast<char>(random());
    return bytes;
  }

  static double cpu_s() {
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
  }

  void note(const std::vector<link::Record>& records, const std::string& picture) const {
    if (journal_ < 0) return;
    std::string lines;
    for (const link::Record& record : records) {
      lines += record.id + " " + (picture.empty() ? "-" : store::sha256(picture)) + "\n";
    }
    if (::write(journal_, lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()))
      std::fputs("the journal cannot be written\n", stderr);
  }

  const Options& options_;
  link::Uplink& uplink_;
  const base::Clock& clock_;
  int journal_ = -1;
  std::uint64_t calls_ = 0, alerts_ = 0, appended_ = 0, refused_ = 0;
};

int run(const Options& options, const base::StopSignals& signals) {
  const JumpingClock clock(options.jumps);
  base::StderrLog log(base::Level::warning);
  auto uplink = link::Uplink::open({.folder = options.folder,
                                    .node = options.node,
                                    .token = options.token,
                                    .hub_url = options.hub,
                                    .mqtt_host = "127.0.0.1",
                                    .mqtt_port = options.mqtt_port,
                                    .backlog_bytes_per_s = options.backlog_rate,
                                    .log = log,
                                    .clock = clock});
  const auto of = link::parse_class(options.of);
  if (!uplink || !of) {
    std::fprintf(stderr, "%s\n", (!uplink ? uplink.error() : of.error()).message.c_str());
    return 1;
  }
  Appender appender(options, **uplink, clock);
  const std::int64_t begun_ns = clock.monotonic_ns();
  std::int64_t told_ns = 0;
  const auto tell_now_and_then = [&] {
    if (clock.monotonic_ns() - told_ns < kTellEveryNs) return;
    told_ns = clock.monotonic_ns();
    appender.tell();
  };
  for (std::uint64_t calls = 0; !appender.done(); ++calls) {
    std::int64_t wait_ns = 0;
    if (options.per_second != 0) {
      const auto due_ns = static_cast<std::int64_t>(calls * kSecondNs / options.per_second);
      wait_ns = std::max<std::int64_t>(0, due_ns - (clock.monotonic_ns() - begun_ns));
    }
    if (signals.wait(wait_ns)) break;
    appender.append(*of);
    tell_now_and_then();
  }
  appender.tell();
  std::int64_t alert_due_ns = clock.monotonic_ns();
  while (!appender.drained() && !signals.wait(kTellEveryNs / 10)) {
    tell_now_and_then();
    if (options.alerts_per_second == 0 || clock.monotonic_ns() < alert_due_ns) continue;
    alert_due_ns =
        clock.monotonic_ns() + kSecondNs / static_cast<std::int64_t>(options.alerts_per_second);
    if (appender.connected()) appender.append_alert();
  }
  appender.tell();
  (*uplink)->stop(kSecondNs);
  return appender.drained() ? 0 : 1;
}

}  // namespace

int main(int argc, char** argv) {
  const base::StopSignals signals;
  CLI::App app("appender: a node's uplink without the node");
  Options options;
  app.add_option("--folder", options.folder)->required();
  app.add_option("--node", options.node)->required();
  app.add_option("--token", options.token)->required();
  app.add_option("--hub", options.hub)->required();
  app.add_option("--mqtt-port", options.mqtt_port)->required();
  app.add_option("--journal", options.journal);
  app.add_option("--class", options.of);
  app.add_option("--name", options.name);
  app.add_option("--count", options.count);
  app.add_option("--batch", options.batch);
  app.add_option("--per-second", options.per_second);
  app.add_option("--picture-every", options.picture_every);
  app.add_option("--picture-bytes", options.picture_bytes);
  app.add_option("--alerts-per-second", options.alerts_per_second);
  app.add_option("--backlog-rate", options.backlog_rate);
  app.add_option("--jumps", options.jumps);
  CLI11_PARSE(app, argc, argv);
  return run(options, signals);
}
