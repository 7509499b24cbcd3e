// Log: an ordered, durable sequence of records, kept in segment files; the newest also in memory.
//
// One folder a log (docs/formats/log.md). A record is bytes; its offset is its number, counted from
// 0 within the log's id, and never given out twice. An append that returned survives the end of
// the process at any time; a power cut survives what lies before `synced()`.
//
// A sync that failed may have lost what it was to write, and the system would not tell the next
// one: another segment follows, and which records a power cut may take is said in the log lines.
//
// Opening cuts a torn tail. What is damaged otherwise is passed over by the reader, which is told
// how many offsets went; a segment whose header is damaged is read by its name, and one without a
// sound block set aside as *.damaged-NUMBER. All is said in the log lines. What cannot be read for
// now is not damaged: the reader fails with io, and its owner tries again or gives the place up. A
// log never refuses to open because of what is in its folder. When neither a segment nor the owner
// knows the log's id, the log begins anew with another one.
//
// Thread-safe: one append runs at a time, readers never wait for a write or a sync. A Reader
// belongs to one thread, and the log outlives it. Memory: kRecentBytes at most, and 64 KB (more
// with larger records) for a reader that reads from disk.
//
// Errors: io for what the system says, such as a full disk: nothing was appended then, and appends
// work again when there is room; limit where the quota or kRecordBytesMax is reached, and nothing
// was written; conflict where another process has the folder open.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/log.h"
#include "base/result.h"
#include "store/file.h"
#include "store/folder_lock.h"

namespace weir::store {

namespace detail {
class BlockScanner;
struct Block;
}  // namespace detail

class Log {
 private:
  struct Place;

 public:
  static constexpr std::size_t kRecordBytesMax = std::size_t{4} << 20;
  static constexpr std::size_t kRecentBytes = std::size_t{1} << 20;  // of blocks held in memory
  static constexpr std::uint64_t kSegmentsMax = 1024;  // segment_bytes is raised to allow no more
  static constexpr std::uint64_t kQuotaBytesMin = 4096;
  static constexpr std::size_t kDamagedMax = detail::kDamagedMax;  // segments set aside that stay
  // A fault that repeats, such as a full disk, is said once in this time.
  static constexpr std::int64_t kSayAgainNs = 10'000'000'000;

  struct Options {
    std::string folder;                                     // made where it is not there
    std::uint64_t segment_bytes = std::uint64_t{16} << 20;  // at most a quarter of the quota
    std::uint64_t quota_bytes = std::uint64_t{1} << 30;     // of all segments together
    // As id() gave it; for when no segment tells it any more. Else empty.
    std::string known_id = {};
    base::Log& log;
    const base::Clock& clock;
  };

  struct Record {
    std::uint64_t offset = 0;
    // How many offsets between the record before (or the place that was sought) and this one are no
    // more: released, dropped or damaged.
    std::uint64_t skipped = 0;
    std::string bytes;
  };

  class Reader {
   public:
    Reader(Reader&&) noexcept;
    Reader& operator=(Reader&&) noexcept;
    ~Reader();

    // The next record; nothing where the log ends. After that, and after an error, the next call
    // tries again at the same place.
    base::Result<std::optional<Record>> next();
    // After an error of next(): gives up the place that could not be read, at first a page of 4 KB,
    // and with it the records that lie there at least in part. False: it was not for such a place
    // that it failed, but for the whole file, and no other place will do better.
    bool skip_unreadable();
    void seek(std::uint64_t offset);
    // The offset after the last record that was given out, or the place that was sought.
    std::uint64_t offset() const { return offset_; }

   private:
    friend class Log;
    Reader(Log& log, std::uint64_t offset);

    bool take(Record& record);
    base::Result<bool> load();
    base::Result<std::shared_ptr<const detail::Block>> load_from_disk(const Place& place);
    void say_damage();

    Log* log_;
    std::uint64_t offset_ = 0;  // as offset() gives it
    std::uint64_t next_ = 0;    // of the record to look for: beyond offset_ where some are no more

    std::shared_ptr<const detail::Block> block_;  // with the next records, from at_ on
    std::uint64_t block_next_ = 0;                // offset of the record at at_
    std::size_t at_ = 0;

    std::uint64_t segment_ = 0;   // the segment of position_, by its first offset
    std::uint64_t position_ = 0;  // in the file, after the last block; 0: not known
    std::unique_ptr<detail::BlockScanner> scanner_;  // reads segment_; null while from memory
    bool unreadable_ = false;                        // what scanner_ met at last
  };

  static base::Result<std::unique_ptr<Log>> open(Options options);
  ~Log();
  Log(const Log&) = delete;
  Log& operator=(const Log&) = delete;

  const std::string& id() const { return id_; }  // 32 hexadecimal digits, random

  // The offset of the record, or of the first one. All are appended or, on an error, none; when the
  // process ends within the call, any number of the first ones may be there.
  base::Result<std::uint64_t> append(std::string_view record);
  base::Result<std::uint64_t> append_all(std::span<const std::string_view> records);
  // Makes all that was appended before the call survive a power cut, but for what a failed sync has
  // lost. One runs at a time.
  base::Result<> sync();

  std::uint64_t begin() const;   // the oldest offset that may be read
  std::uint64_t end() const;     // the offset of the next record
  std::uint64_t synced() const;  // all before it survives a power cut
  std::uint64_t bytes() const;   // of all segments, as the quota counts them

  Reader read(std::uint64_t from);

  // Unlinks the segments that lie wholly before `before`; the newest segment stays.
  void release(std::uint64_t before);
  bool would_unlink(std::uint64_t before) const;  // whether `release` would unlink any
  // Unlinks the oldest segment, be it the only one. How many offsets went: 0 when the log is empty.
  base::Result<std::uint64_t> drop_oldest();
  // From now on offsets below `offset` are not given out. For an owner whose cursor lies beyond
  // end() after a power cut: what is appended next would seem to be done already.
  base::Result<> raise_end(std::uint64_t offset);

 private:
  struct Segment {
    std::uint64_t first = 0;  // offset of its first record, and its name
    std::uint64_t bytes = 0;
    std::uint64_t said = 0;  // damage up to this place has been said
    bool synced = false;
    bool failed = false;  // a sync of it failed: what is not on the disk by now never gets there
  };
  // Where a record is to be found.
  struct Place {
    std::shared_ptr<const detail::Block> block;  // in memory, or else:
    std::uint64_t segment = 0, bytes = 0;        // in this segment, which has so many bytes
    std::uint64_t segment_end = 0;               // offset after its last record
  };

  explicit Log(Options options);

  // log_open.cc: while opening; no other thread is there yet.
  struct Found;
  struct Scanned;
  struct Damaged;
  base::Result<> load();
  base::Result<std::vector<Found>> find_segments() const;
  base::Result<> take_segments(const std::vector<Found>& all);
  base::Result<> set_aside(const Found& segment);
  base::Result<> take_newest(const std::vector<Found>& all);
  Scanned scan(const Segment& segment, std::shared_ptr<const detail::File> file);
  base::Result<std::vector<Damaged>> damaged() const;
  void drop_old_damaged() const;

  // With write_mutex_ held.
  base::Result<> make_room(std::uint64_t bytes);
  base::Result<> roll(std::uint64_t first);
  base::Result<> cut(std::uint64_t bytes);
  base::Result<> leave_failed();
  void keep(std::vector<std::shared_ptr<detail::Block>> blocks);
  void say(const base::Error& error);

  // With mutex_ held.
  void forget_oldest();
  Segment take_oldest();

  Segment newest() const;
  base::Result<> sync_segment(const Segment& segment, std::shared_ptr<detail::File> file);
  void fail_segment(const Segment& segment, const base::Error& error);
  std::optional<Place> find(std::uint64_t offset) const;
  void say_damage(std::uint64_t segment, std::uint64_t position, std::uint64_t bytes);
  void unlink_segments(const std::vector<Segment>& segments);
  std::string path(std::uint64_t first) const;

  const Options options_;
  const std::uint64_t segment_bytes_;
  std::string id_, raw_id_;  // in digits, and the bytes
  std::uint32_t seed_ = 0;  // of the checksums: a block of another log is not taken for one of ours
  std::optional<FolderLock> lock_;

  std::mutex sync_mutex_;   // taken before write_mutex_; a failure is told to one sync only
  std::mutex write_mutex_;  // taken before mutex_; orders appends, and all that changes the newest
  bool torn_ = false;       // bytes that could not be cut lie after the newest segment's end
  std::optional<std::int64_t> said_ns_;  // when a fault was last said

  mutable std::mutex mutex_;              // never held while a file is read or written
  std::shared_ptr<detail::File> active_;  // the newest segment
  std::deque<Segment> segments_;          // oldest first, never empty once open
  std::uint64_t end_ = 0, synced_ = 0, bytes_ = 0;
  bool names_synced_ = false;
  std::deque<std::shared_ptr<const detail::Block>> recent_;
  std::size_t recent_bytes_ = 0;
};

}  // namespace weir::store
