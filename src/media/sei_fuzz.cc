// Any bytes of an SEI message: no time, or one that fits, and read again from what it stands for.
#include "media/sei.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/check.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto time_ns = weir::media::precision_time_ns({data, size});
  if (!time_ns) return 0;
  CHECK(*time_ns >= 0 && *time_ns % 1'000 == 0);
  std::string written = "MISPmicrosectime";
  written += static_cast<char>(data[written.size()]);  // status
  for (int shift = 56; shift >= 0; shift -= 8) {
    written += static_cast<char>(*time_ns / 1'000 >> shift);
    if (shift % 16 == 0 && shift > 0) written += '\xFF';
  }
  CHECK(written == std::string(data, data + written.size()));
  return 0;
}
