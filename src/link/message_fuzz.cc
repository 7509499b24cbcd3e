// Any bytes, as a message and as the content of one: what can be read is written and read back.
#include "link/message.h"

#include <zstd.h>

#include <cstdint>
#include <string>

#include "base/check.h"
#include "link/byte_reader.h"
#include "link/topic.h"

namespace {

using namespace weir;

void read(std::string_view message) {
  const auto batch = link::read_batch(message);
  if (!batch) return;
  const auto again = link::read_batch(link::write_batch(*batch));
  CHECK(again && *again == *batch);
}

// Mutated bytes seldom unpack, so that most of what lies behind is reached this way.
std::string as_content(std::string_view content) {
  std::string message("WUB\1\0\0", 6);
  link::append_fixed(message, content.size(), 4);
  const std::size_t head = message.size();
  message.resize(head + ZSTD_compressBound(content.size()));
  const std::size_t size = ZSTD_compress(message.data() + head, message.size() - head,
                                         content.data(), content.size(), 1);
  CHECK(!ZSTD_isError(size));
  message.resize(head + size);
  return message;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text =
      size == 0 ? std::string_view() : std::string_view(reinterpret_cast<const char*>(bytes), size);
  read(text);
  read(as_content(text));
  if (const auto record = link::read_record(text)) CHECK(link::write_record(*record) == text);
  if (const auto committed = link::read_committed(text)) {
    const auto again = link::read_committed(link::write_committed(*committed));
    CHECK(again && *again == *committed);
  }
  if (const auto topic = link::parse_up_topic(text)) {
    CHECK(text == (topic->of ? link::batch_topic(topic->node, *topic->of)
                             : link::state_topic(topic->node)));
  }
  return 0;
}
