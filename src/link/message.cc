// Records, batches and committed marks to bytes and back.
#include "link/message.h"

#include <fmt/format.h>
#include <zstd.h>

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/text.h"
#include "data/json.h"
#include "link/byte_reader.h"
#include "store/digest.h"

namespace weir::link {

using base::Code;
using base::fail;
using base::Result;

namespace {

constexpr std::string_view kMagic = "WUB";
constexpr std::uint8_t kBatchVersion = 1;
constexpr std::uint8_t kRecordVersion = 1;
constexpr std::uint8_t kHistoricalFlag = 1;
constexpr std::size_t kHeadBytes = 10;  // magic, version, class, flags, content size
constexpr int kCompressionLevel = 3;
constexpr std::size_t kDigestHexDigits = 64;
constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 62;  // so that sums do not overflow
// What a record takes beyond its own text: version, three lengths, time, its own length.
constexpr std::size_t kRecordOverheadMax = 64;
constexpr std::size_t kBatchOverheadMax = 2 * kNameBytesMax + 64;
static_assert(kIdBytesMax + kBodyBytesMax + 7 + kDigestHexDigits + kInlinePictureBytesMax +
                  kRecordOverheadMax + kBatchOverheadMax <
              kContentBytesMax);  // any record fits a batch, with its picture

Result<> check_name(std::string_view what, std::string_view name) {
  if (!name.empty() && name.size() <= kNameBytesMax && !base::invalid_utf8(name)) return {};
  return fail(Code::invalid,
              fmt::format("the name of the {} has {} bytes; expected 1 to {} of UTF-8", what,
                          name.size(), kNameBytesMax));
}

}  // namespace

std::string_view name(Class of) {
  switch (of) {
    case Class::alert: return "alert";
    case Class::result: return "result";
    case Class::bulk: return "bulk";
  }
  return "";
}

Result<Class> parse_class(std::string_view text) {
  for (const Class of : kAllClasses)
    if (text == name(of)) return of;
  return fail(Code::unknown_name,
              fmt::format("no class '{}'; expected alert, result or bulk", text.substr(0, 32)));
}

Result<> check_record(const Record& record) {
  if (record.id.empty() || record.id.size() > kIdBytesMax || base::invalid_utf8(record.id)) {
    return fail(Code::invalid, fmt::format("a record's id has {} bytes; expected 1 to {} of UTF-8",
                                           record.id.size(), kIdBytesMax));
  }
  if (!record.picture.empty() && !base::is_digest(record.picture)) {
    return fail(Code::invalid,
                fmt::format("record {}: its picture is no digest; expected sha256: and {} digits",
                            record.id, kDigestHexDigits));
  }
  if (record.body.size() > kBodyBytesMax) {
    return fail(Code::limit, fmt::format("record {}: its body has {} bytes; at most {} are sent",
                                         record.id, record.body.size(), kBodyBytesMax));
  }
  const auto body = data::parse_json(record.body);
  if (!body) {
    return fail(Code::invalid,
                fmt::format("record {}: its body, {}", record.id, body.error().message));
  }
  if (body->get<data::Map>() == nullptr) {
    return fail(Code::invalid, fmt::format("record {}: its body is a {}; expected a JSON object",
                                           record.id, body->type_name()));
  }
  return {};
}

std::string write_record(const Record& record) {
  std::string bytes;
  bytes.reserve(record.id.size() + record.body.size() + record.picture.size() + kRecordOverheadMax);
  bytes += static_cast<char>(kRecordVersion);
  append_text(bytes, record.id);
  append_fixed(bytes, static_cast<std::uint64_t>(record.time_ns), 8);
  append_text(bytes, record.picture);
  append_text(bytes, record.body);
  return bytes;
}

namespace {

Result<> read_version(ByteReader& reader) {
  TRY(const std::uint64_t version, reader.fixed(1));
  if (version == kRecordVersion) return {};
  return fail(Code::not_yet, fmt::format("a record of version {}; this program reads {}", version,
                                         kRecordVersion));
}

}  // namespace

Result<Record> read_record(std::string_view bytes) {
  ByteReader reader(bytes);
  Record record;
  TRY_DO(read_version(reader));
  TRY(record.id, reader.text());
  TRY(const std::uint64_t time, reader.fixed(8));
  record.time_ns = static_cast<std::int64_t>(time);
  TRY(record.picture, reader.text());
  TRY(record.body, reader.text());
  if (!reader.at_end()) return fail(Code::corrupt, "a record with bytes behind its end");
  return record;
}

Result<std::string_view> picture_of(std::string_view record) {
  ByteReader reader(record);
  TRY_DO(read_version(reader));
  TRY_DO(reader.text());
  TRY_DO(reader.fixed(8));
  return reader.text();
}

BatchWriter::BatchWriter(std::string_view node, std::string_view log, Class of) : of_(of) {
  CHECK(check_name("node", node) && check_name("log", log));
  append_text(head_, node);
  append_text(head_, log);
}

bool BatchWriter::add(std::string_view record, std::string_view picture) {
  const std::size_t size =
      bytes() + record.size() + picture.size() + kBatchOverheadMax + kRecordOverheadMax;
  const bool full = size > kContentBytesMax || records_ == kBatchRecordsMax ||
                    (!picture.empty() && pictures_ == kBatchPicturesMax);
  if (full && records_ > 0) return false;
  CHECK(!full && picture.size() <= kInlinePictureBytesMax);
  append_text(entries_, record);
  ++records_;
  if (picture.empty()) return true;
  append_text(picture_entries_, picture);
  ++pictures_;
  return true;
}

std::string BatchWriter::finish(Offsets offsets, Age age) const {
  CHECK(records_ > 0 && offsets.first < offsets.end && records_ <= offsets.end - offsets.first);
  std::string content = head_;
  append_varint(content, offsets.first);
  append_varint(content, offsets.end);
  append_varint(content, records_);
  content += entries_;
  append_varint(content, pictures_);
  content += picture_entries_;

  std::string message(kMagic);
  message += static_cast<char>(kBatchVersion);
  message += static_cast<char>(of_);
  message += static_cast<char>(age == Age::historical ? kHistoricalFlag : 0);
  append_fixed(message, content.size(), 4);
  CHECK(message.size() == kHeadBytes);
  message.resize(kHeadBytes + ZSTD_compressBound(content.size()));
  const std::size_t packed = ZSTD_compress(message.data() + kHeadBytes, message.size() - kHeadBytes,
                                           content.data(), content.size(), kCompressionLevel);
  CHECK(!ZSTD_isError(packed));
  message.resize(kHeadBytes + packed);
  return message;
}

std::string write_batch(const Batch& batch) {
  BatchWriter writer(batch.node, batch.log, batch.of);
  auto picture = batch.pictures.begin();
  for (const Record& record : batch.records) {
    const bool more = picture != batch.pictures.end();
    CHECK(writer.add(write_record(record), more ? *picture++ : std::string_view()));
  }
  return writer.finish({.first = batch.first, .end = batch.end}, batch.age);
}

namespace {

Result<std::string> unpack(std::string_view packed, std::uint64_t size) {
  if (size > kContentBytesMax) {
    return fail(Code::limit, fmt::format("a batch of {} bytes unpacked; at most {} are taken", size,
                                         kContentBytesMax));
  }
  std::string content(size, '\0');
  const std::size_t unpacked =
      ZSTD_decompress(content.data(), content.size(), packed.data(), packed.size());
  if (ZSTD_isError(unpacked)) {
    return fail(Code::corrupt,
                fmt::format("a batch that cannot be unpacked: {}", ZSTD_getErrorName(unpacked)));
  }
  if (unpacked != size) {
    return fail(Code::corrupt,
                fmt::format("a batch with {} bytes unpacked; it promised {}", unpacked, size));
  }
  return content;
}

Result<> read_pictures(ByteReader& reader, Batch& batch) {
  TRY(const std::uint64_t count, reader.varint());
  if (count > kBatchPicturesMax) {
    return fail(Code::limit,
                fmt::format("a batch of {} pictures; at most {}", count, kBatchPicturesMax));
  }
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(const std::string_view bytes, reader.text());
    if (bytes.size() > kInlinePictureBytesMax) {
      return fail(Code::limit, fmt::format("a picture of {} bytes in a batch; at most {}",
                                           bytes.size(), kInlinePictureBytesMax));
    }
    const std::string digest = store::sha256(bytes);
    if (std::ranges::find(batch.records, digest, &Record::picture) == batch.records.end()) {
      return fail(Code::corrupt,
                  fmt::format("a picture {} that no record of its batch names", digest));
    }
    if (std::ranges::find(batch.pictures, bytes) != batch.pictures.end())
      return fail(Code::corrupt, fmt::format("a picture {} twice in a batch", digest));
    batch.pictures.emplace_back(bytes);
  }
  return {};
}

Result<> read_content(std::string_view content, Batch& batch) {
  ByteReader reader(content);
  TRY(const std::string_view node, reader.text());
  TRY(const std::string_view log, reader.text());
  TRY_DO(check_name("node", node));
  TRY_DO(check_name("log", log));
  TRY(batch.first, reader.varint());
  TRY(batch.end, reader.varint());
  TRY(const std::uint64_t count, reader.varint());
  if (batch.end <= batch.first || batch.end > kOffsetMax || count == 0 ||
      count > batch.end - batch.first) {
    return fail(Code::corrupt,
                fmt::format("a batch of {} records from {} to {}", count, batch.first, batch.end));
  }
  if (count > kBatchRecordsMax) {
    return fail(Code::limit,
                fmt::format("a batch of {} records; at most {}", count, kBatchRecordsMax));
  }
  batch.node = node;
  batch.log = log;
  batch.records.reserve(std::min<std::size_t>(count, reader.left()));  // each has a byte at least
  for (std::uint64_t i = 0; i < count; ++i) {
    TRY(const std::string_view bytes, reader.text());
    TRY(Record record, read_record(bytes));
    TRY_DO(check_record(record));
    batch.records.push_back(std::move(record));
  }
  TRY_DO(read_pictures(reader, batch));
  if (!reader.at_end()) return fail(Code::corrupt, "a batch with bytes behind its end");
  return {};
}

}  // namespace

Result<Batch> read_batch(std::string_view bytes) {
  if (bytes.size() > kMessageBytesMax) {
    return fail(Code::limit, fmt::format("a message of {} bytes; at most {} are taken",
                                         bytes.size(), kMessageBytesMax));
  }
  if (!bytes.starts_with(kMagic)) return fail(Code::corrupt, "no batch; expected one to begin WUB");
  ByteReader reader(bytes.substr(kMagic.size()));
  TRY(const std::uint64_t version, reader.fixed(1));
  if (version != kBatchVersion) {
    return fail(Code::not_yet, fmt::format("a batch of version {}; this program reads {}", version,
                                           kBatchVersion));
  }
  TRY(const std::uint64_t of, reader.fixed(1));
  TRY(const std::uint64_t flags, reader.fixed(1));
  TRY(const std::uint64_t size, reader.fixed(4));
  if (of >= kClasses) return fail(Code::corrupt, fmt::format("a batch of class {}", of));
  if (flags > kHistoricalFlag)
    return fail(Code::corrupt, fmt::format("a batch of flags {}", flags));
  Batch batch;
  batch.of = static_cast<Class>(of);
  batch.age = flags == kHistoricalFlag ? Age::historical : Age::live;
  TRY(const std::string content, unpack(bytes.substr(kHeadBytes), size));
  TRY_DO(read_content(content, batch));
  return batch;
}

std::string write_committed(const Committed& committed) {
  std::string text = "{\"log\":";
  data::append_json_string(text, committed.log);
  text += fmt::format(R"(,"class":"{}","first":{},"end":{}}})", name(committed.of), committed.first,
                      committed.end);
  return text;
}

namespace {

Result<std::uint64_t> offset_of(const data::Value& object, std::string_view key) {
  const data::Value* value = object.find(key);
  if (value != nullptr) {
    if (const auto* natural = value->get<std::uint64_t>()) return *natural;
    if (const auto* integer = value->get<std::int64_t>(); integer != nullptr && *integer >= 0)
      return static_cast<std::uint64_t>(*integer);
  }
  return fail(Code::invalid, fmt::format("a committed mark whose '{}' is no offset", key));
}

Result<std::string> text_of(const data::Value& object, std::string_view key) {
  const data::Value* value = object.find(key);
  const auto* text = value == nullptr ? nullptr : value->get<std::string>();
  if (text == nullptr)
    return fail(Code::invalid, fmt::format("a committed mark whose '{}' is no text", key));
  return *text;
}

}  // namespace

Result<Committed> read_committed(std::string_view bytes) {
  if (bytes.size() > kMessageBytesMax) return fail(Code::limit, "a committed mark too large");
  TRY(const data::Value object, data::parse_json(bytes));
  Committed committed;
  TRY(committed.log, text_of(object, "log"));
  TRY_DO(check_name("log", committed.log));
  TRY(const std::string of, text_of(object, "class"));
  TRY(committed.of, parse_class(of));
  TRY(committed.first, offset_of(object, "first"));
  TRY(committed.end, offset_of(object, "end"));
  if (committed.end <= committed.first || committed.end > kOffsetMax) {
    return fail(Code::invalid,
                fmt::format("a committed mark from {} to {}", committed.first, committed.end));
  }
  return committed;
}

Result<> check_state(std::string_view json) {
  if (json.size() > kStateBytesMax) {
    return fail(Code::limit, fmt::format("a state of {} bytes; at most {} are sent", json.size(),
                                         kStateBytesMax));
  }
  TRY(const data::Value state, data::parse_json(json));
  if (state.get<data::Map>() != nullptr) return {};
  return fail(Code::invalid,
              fmt::format("a state that is a {}; expected an object", state.type_name()));
}

}  // namespace weir::link
