// The first bytes of any file: something else than ONNX is named, and stays it whatever follows.
#include "infer/weights.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using weir::infer::recognise_other;
  const std::string_view head(reinterpret_cast<const char*>(data), size);
  const std::string_view what = recognise_other(head);
  // A model is protobuf, whose first field is ir_version: tag 0x08, a varint.
  if (head.starts_with('\x08') && !head.substr(std::min<std::size_t>(size, 4)).starts_with("TFL3"))
    CHECK(what.empty());
  const std::string more = std::string(head) + '\0';
  if (what != "a text file") CHECK(recognise_other(more) == what);
  return 0;
}
