// Messages between node and hub: batches of records up, what the hub has committed down.
//
// Plain values and pure functions, thread-safe. The bytes are described, with a worked example, in
// docs/formats/uplink.md. Readers take any bytes: what is truncated, too large, of another version
// or not as the page says is an error, never undefined. Times are nanoseconds since
// 1970-01-01T00:00:00Z.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace weir::link {

inline constexpr std::size_t kMessageBytesMax = (std::size_t{1} << 20) + (16 << 10);
inline constexpr std::size_t kContentBytesMax = std::size_t{1} << 20;  // of a batch, unpacked
inline constexpr std::size_t kBatchRecordsMax = 20'000;
inline constexpr std::size_t kBatchPicturesMax = 64;
// A picture this small goes in the batch of the record that names it; others go before, by HTTP.
inline constexpr std::size_t kInlinePictureBytesMax = std::size_t{256} << 10;
inline constexpr std::size_t kIdBytesMax = 512;
inline constexpr std::size_t kBodyBytesMax = std::size_t{512} << 10;
inline constexpr std::size_t kStateBytesMax = std::size_t{512} << 10;
inline constexpr std::size_t kNameBytesMax = 128;  // of a node, of a log

// What a record is worth: alerts go before results, results before bulk.
enum class Class : std::uint8_t { alert, result, bulk };
inline constexpr std::size_t kClasses = 3;
inline constexpr Class kAllClasses[kClasses] = {Class::alert, Class::result, Class::bulk};
std::string_view name(Class of);  // alert, result, bulk
base::Result<Class> parse_class(std::string_view text);

struct Record {
  std::string id;  // names its cause; the hub keeps one record of an id
  std::int64_t time_ns = 0;
  std::string body;          // a JSON object
  std::string picture = {};  // digest of the picture it names, sha256:…; "": none
  friend bool operator==(const Record&, const Record&) = default;
};

// An id, a JSON object as body, a picture that is a digest or none, all within their limits.
// Errors: invalid, limit.
base::Result<> check_record(const Record& record);

// The bytes of one record, in the node's log and in batches. Errors of read: corrupt (the bytes),
// not_yet (a later version). What the record says is not checked.
std::string write_record(const Record& record);
base::Result<Record> read_record(std::string_view bytes);
// The picture that an encoded record names, without reading the rest. Errors as of read_record.
base::Result<std::string_view> picture_of(std::string_view record);

// Live: appended while the node was connected; historical: before.
enum class Age : std::uint8_t { live, historical };

// Records of one class of one node, in the order of its log: all there is from `first` to before
// `end`. One record {"gap": n} may stand for n that the node has lost.
struct Batch {
  std::string node;
  std::string log;  // one opening of the node's log: offsets mean something within it only
  Class of = Class::alert;
  std::uint64_t first = 0, end = 0;  // offsets
  Age age = Age::live;
  std::vector<Record> records = {};
  std::vector<std::string> pictures = {};  // bytes; each is named by a record, and there once
  friend bool operator==(const Batch&, const Batch&) = default;
};

// `batch` is within the limits and has records; what is in it fits one message.
std::string write_batch(const Batch& batch);
// Each record is as check_record wants it, each picture one that a record names. Errors: corrupt,
// not_yet (a later version), limit, invalid.
base::Result<Batch> read_batch(std::string_view bytes);

// Offsets from `first` to before `end`.
struct Offsets {
  std::uint64_t first = 0, end = 0;
};

// Makes a batch of records as the log holds them, without taking them apart.
class BatchWriter {
 public:
  BatchWriter(std::string_view node, std::string_view log, Class of);
  // The next record, and the picture it names, of at most kInlinePictureBytesMax, if that is to
  // come with it. False: they do not fit any more; an empty batch takes any.
  bool add(std::string_view record, std::string_view picture = {});
  std::size_t records() const { return records_; }
  std::size_t bytes() const { return entries_.size() + picture_entries_.size(); }
  // The message; there is a record.
  std::string finish(Offsets offsets, Age age) const;

 private:
  std::string head_;
  std::string entries_, picture_entries_;
  Class of_;
  std::size_t records_ = 0, pictures_ = 0;
};

// From the hub: the records from `first` to before `end` of this log are kept for good.
struct Committed {
  std::string log;
  Class of = Class::alert;
  std::uint64_t first = 0;
  std::uint64_t end = 0;
  friend bool operator==(const Committed&, const Committed&) = default;
};
std::string write_committed(const Committed& committed);
base::Result<Committed> read_committed(std::string_view bytes);

// A node's state is a JSON object. Errors: invalid, limit.
base::Result<> check_state(std::string_view json);

}  // namespace weir::link
