// Sender: the uplink's thread. Takes from the logs what the schedule says, sends pictures and
// batches, and moves the cursors on what the hub has committed. Other threads sync the logs and
// upload pictures, so that it never waits for the network.
//
// Thread-safe where it says so; all else is of its own thread. What is given outlives it.
#pragma once

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "link/class_log.h"
#include "link/log_source.h"
#include "link/log_syncer.h"
#include "link/message.h"
#include "link/pictures.h"
#include "link/schedule.h"
#include "link/uplink.h"
#include "link/upload_thread.h"
#include "net/mqtt_client.h"
#include "store/blobs.h"

namespace weir::link {

class Sender {
 public:
  using Logs = LogSyncer::Logs;
  struct Stores {
    Logs& logs;
    store::Blobs& blobs;
    Pictures& pictures;
  };

  // What one batch aims at: more would hold up what is more urgent for too long.
  static constexpr std::size_t kBatchBytesAim = std::size_t{192} << 10;  // of the content
  static constexpr std::size_t kBatchUploadsMax = Uploader::kUploadsMax;
  static constexpr std::int64_t kStateNs = 30'000'000'000;  // between two states that are the same
  static constexpr std::int64_t kRetryNs = 200'000'000;     // after what should not fail for long
  // Messages the broker has not acknowledged; more would come before what is more urgent.
  static constexpr std::size_t kQueueMessagesMax = 256;
  static constexpr std::size_t kQueueBytesMax = std::size_t{8} << 20;
  // Committed marks that wait to be looked at. What one tells of that is dropped is sent again.
  static constexpr std::size_t kMarksMax = 4'096;
  // A hub that is there again is found within two seconds, by nodes that do not all come at once.
  static constexpr base::BackoffLimits kConnectBackoff = {.delay_ns_min = 200'000'000,
                                                          .delay_ns_max = 2'000'000'000};
  static constexpr base::BackoffLimits kUploadBackoff = {.delay_ns_min = 250'000'000,
                                                         .delay_ns_max = 5'000'000'000};
  // A place of a log that the disk does not give: tried so often, over some seconds, which a disk
  // that is reset takes; then what lies there is lost, so that a bad sector does not end the link.
  static constexpr std::size_t kReadTriesMax = 5;
  static constexpr base::BackoffLimits kReadBackoff = {.delay_ns_min = 200'000'000,
                                                       .delay_ns_max = 5'000'000'000};

  static base::Result<std::unique_ptr<Sender>> start(const Uplink::Options& options,
                                                     const Stores& stores);
  ~Sender();

  // Any thread.
  void appended(Class of);
  void report(std::string state_json);
  void stop(std::int64_t deadline_ns);
  void fill(UplinkStatus& status) const;

 private:
  // A batch that is ready, and the pictures that are to be at the hub before it.
  struct Box {
    Schedule::Step step;
    std::uint64_t end = 0;
    std::string message;
    std::vector<std::string> inside;  // digests of the pictures in the message
    std::vector<Upload> uploads;
  };
  // A record as it is sent, and its picture if that goes with it.
  struct Entry {
    std::string record;
    std::string digest, picture;
  };
  // One class as it is sent.
  struct Lane {
    std::string log_name;  // of this opening
    std::optional<LogSource> source;
    std::optional<Box> box;
    base::Backoff backoff{kUploadBackoff};
    base::Backoff read_backoff{kReadBackoff};
    std::size_t read_failures = 0;     // in a row, at one place
    std::uint64_t historical_end = 0;  // what was there when it was opened
    std::uint64_t end = 0;             // of the log, when it was last looked at
  };
  struct Counts {
    std::uint64_t sent = 0, sent_bytes = 0, committed = 0, resent_batches = 0;
  };
  // What other threads have brought.
  struct News {
    std::vector<Committed> marks;
    std::uint64_t marks_dropped = 0;  // beyond kMarksMax
    std::optional<bool> connected;
    std::optional<std::string> state;
    std::optional<std::pair<Class, base::Error>> sync_failure;
  };

  Sender(const Uplink::Options& options, const Stores& stores);
  base::Result<> connect();
  template <class Change>
  void tell(Change change);
  void synced(Class of, const base::Result<>& done);
  void run();
  void wait();
  std::int64_t wake_ns();
  void take_news();
  void offer(Class of);
  void take_mark(const Committed& mark);
  void take_connection(bool connected);
  void publish_state();

  bool send_one();
  bool fill_box(const Schedule::Step& step);
  void take_read_failure(Class of, const base::Error& error);
  base::Result<Entry> entry(const store::Log::Record& stored, Box& box);
  std::string picture_inside(const Schedule::Step& step, const std::string& digest);
  void fill_with_gap(const Schedule::Step& step, std::uint64_t end);
  void upload_pieces(Box& box);
  void take_uploads();
  void take_progress(const Schedule::Step& step, UploadThread::Done done);
  void give_up(const Upload& upload, const base::Error& error);
  void publish(Box& box);
  void move_cursor(Class of);
  void fail_for_now(Class of, const base::Error& error, std::int64_t delay_ns);
  double random();

  Lane& lane(Class of) { return lanes_[static_cast<std::size_t>(of)]; }
  ClassLog& log(Class of) { return *logs_[static_cast<std::size_t>(of)]; }

  const Uplink::Options& options_;
  Logs& logs_;
  store::Blobs& blobs_;
  Pictures& pictures_;
  std::unique_ptr<net::MqttClient> mqtt_;
  std::atomic<bool> stopping_ = false;

  // Of the sender's thread.
  Schedule schedule_;
  std::optional<Schedule::Step> uploading_;  // whose pictures are with uploads_
  std::array<Lane, kClasses> lanes_;
  std::set<std::string> lost_pictures_;   // named by waiting records, and nowhere any more
  std::set<std::string> begun_pictures_;  // of which the hub may have a part, or all
  std::string state_;                     // "": none yet
  std::int64_t state_due_ns_ = 0;
  bool connected_ = false;
  std::string said_;  // the last failure that was logged
  std::mt19937_64 random_;

  std::atomic<bool> alert_wanted_ = false;  // its append is to wake the thread

  mutable std::mutex mutex_;
  std::condition_variable changed_;
  bool news_there_ = false;
  News news_;
  std::array<Counts, kClasses> counts_;
  std::uint64_t pictures_sent_ = 0, pictures_lost_ = 0, marks_dropped_ = 0;
  std::string last_error_;
  std::int64_t since_ns_ = 0;
  bool shown_connected_ = false;

  // Behind all that they tell.
  LogSyncer syncer_;
  UploadThread uploads_;
  std::thread thread_;
};

}  // namespace weir::link
