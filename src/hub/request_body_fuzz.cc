// Any body is read as texts of known names, or refused with a reason.
#include "hub/request_body.h"

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/check.h"
#include "base/text.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const auto texts = weir::hub::read_texts(body, {{"by", 8}, {"text", 32}});
  if (!texts) {
    CHECK(!texts.error().message.empty());
    return 0;
  }
  CHECK(texts->size() == 2);
  for (const auto& [name, text] : *texts) {
    CHECK(name == "by" || name == "text");
    CHECK(!text.empty() && !weir::base::invalid_utf8(text));
  }
  return 0;
}
