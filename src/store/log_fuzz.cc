// Any bytes as a log's newest segment, whose id its owner knows: it opens, its records have rising
// offsets, what is appended comes after them, and opening it again gives the same.
//
// The first byte of the input says what the rest is: a file as it is, or count, first and body of
// a block to which the right checksums are added, so that what lies behind them is reached, too.
#include "store/log.h"

#include <cstdint>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <vector>

#include "base/check.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "store/crc32c.h"
#include "store/segment.h"

namespace {

using namespace weir;

const std::string kId(store::detail::kIdBytes, 'i');

class QuietLog final : public base::Log {
 public:
  void write(base::Level, std::string_view, std::string_view,
             std::initializer_list<base::LogField>) override {}
};

// A folder of this process, gone with it.
class Folder {
 public:
  Folder() {
    std::string name = (std::filesystem::temp_directory_path() / "weir-log-XXXXXX").string();
    CHECK(::mkdtemp(name.data()) != nullptr);
    path_ = name;
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

void put(std::string& out, std::uint32_t value) {
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// A segment with one block of count, first and body, and then the body's bytes once more.
std::string with_checksums(std::string_view fields) {
  constexpr std::size_t kFieldBytes = 12;
  std::string padded(fields);
  if (padded.size() < kFieldBytes) padded.resize(kFieldBytes);
  const std::string body = padded.substr(kFieldBytes);
  std::string header(store::detail::kBlockMarker);
  put(header, static_cast<std::uint32_t>(body.size()));
  header += padded.substr(0, kFieldBytes);
  put(header, store::detail::crc32c(body));
  put(header, store::detail::crc32c(header, store::detail::seed_of(kId)));
  return store::detail::write_segment_header({.id = kId, .first = 0}) + header + body + body;
}

std::vector<store::Log::Record> records(store::Log& log) {
  std::vector<store::Log::Record> all;
  auto reader = log.read(0);
  for (std::uint64_t next = 0;; next = all.back().offset + 1) {
    auto record = reader.next();
    CHECK(record.has_value());
    if (!*record) return all;
    CHECK((*record)->offset == next + (*record)->skipped && (*record)->offset < log.end());
    all.push_back(std::move(**record));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  if (size == 0) return 0;
  static const Folder kFolder;
  QuietLog quiet;
  base::ManualClock clock;
  const std::string_view rest(reinterpret_cast<const char*>(bytes) + 1, size - 1);
  for (const auto& entry : std::filesystem::directory_iterator(kFolder.path())) {
    std::filesystem::remove(entry.path());
  }
  {
    std::ofstream file(kFolder.path() + "/" + store::detail::segment_name(0), std::ios::binary);
    file << (bytes[0] % 2 == 0 ? std::string(rest) : with_checksums(rest));
  }
  const auto open = [&] {
    return store::Log::open({.folder = kFolder.path(),
                             .known_id = base::encode_hex(kId),
                             .log = quiet,
                             .clock = clock});
  };
  std::vector<store::Log::Record> before;
  std::uint64_t end = 0;
  std::string id;
  bool appended = false;
  {
    const auto log = open();
    CHECK(log.has_value());
    before = records(**log);
    end = (*log)->end();
    id = (*log)->id();
    const auto offset = (*log)->append("appended");
    CHECK(offset ? *offset == end : offset.error().code == base::Code::limit);
    appended = offset.has_value();
  }
  const auto log = open();
  CHECK(log.has_value() && (*log)->id() == id && (*log)->end() == end + (appended ? 1 : 0));
  const auto after = records(**log);
  CHECK(after.size() == before.size() + (appended ? 1 : 0));
  for (std::size_t i = 0; i < before.size(); ++i) {
    CHECK(after[i].offset == before[i].offset && after[i].bytes == before[i].bytes);
  }
  CHECK(!appended || after.back().bytes == "appended");
  return 0;
}
