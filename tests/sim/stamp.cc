// Time stamps in H.264: builds the SEI message of MISB ST 0604 and finds its place.
#include "stamp.h"

#include <array>
#include <string_view>

namespace weir::sim {
namespace {

constexpr uint8_t kNalSei = 6;                // H.264 table 7-1
constexpr uint8_t kNalSliceFirst = 1;         // non-IDR slice
constexpr uint8_t kNalSliceLast = 5;          // IDR slice
constexpr uint8_t kUserDataUnregistered = 5;  // payloadType, H.264 D.1.1
constexpr uint8_t kRbspTrailing = 0x80;       // H.264 7.3.2.11
constexpr std::string_view kIdentifier = "MISPmicrosectime";
constexpr uint8_t kLockedContinuousForward = 0x1F;  // ST 0603 status: bits 7-5 clear, rest reserved
constexpr std::array<uint8_t, 4> kStartCode = {0, 0, 0, 1};

}  // namespace

std::vector<uint8_t> stamped(std::span<const uint8_t> unit, uint64_t unix_us) {
  // The 0xFF bytes see to it that no three bytes of the message look like a start code, whatever
  // the time: it needs no emulation prevention (H.264 7.4.1).
  std::vector<uint8_t> payload(kIdentifier.begin(), kIdentifier.end());
  payload.push_back(kLockedContinuousForward);
  for (int pair = 3; pair >= 0; --pair) {
    payload.push_back(static_cast<uint8_t>(unix_us >> (16 * pair + 8)));
    payload.push_back(static_cast<uint8_t>(unix_us >> (16 * pair)));
    if (pair > 0) payload.push_back(0xFF);
  }

  const auto place = unit.begin() + static_cast<std::ptrdiff_t>(first_slice(unit));
  std::vector<uint8_t> result;
  result.reserve(unit.size() + kStartCode.size() + 3 + payload.size() + 1);
  result.assign(unit.begin(), place);
  result.insert(result.end(), kStartCode.begin(), kStartCode.end());
  result.push_back(kNalSei);
  result.push_back(kUserDataUnregistered);
  result.push_back(static_cast<uint8_t>(payload.size()));
  result.insert(result.end(), payload.begin(), payload.end());
  result.push_back(kRbspTrailing);
  result.insert(result.end(), place, unit.end());
  return result;
}

size_t first_slice(std::span<const uint8_t> unit) {
  for (size_t i = 0; i + 3 < unit.size(); ++i) {
    if (unit[i] != 0 || unit[i + 1] != 0 || unit[i + 2] != 1) continue;
    const uint8_t type = unit[i + 3] & 0x1F;
    if (type < kNalSliceFirst || type > kNalSliceLast) continue;
    return i > 0 && unit[i - 1] == 0 ? i - 1 : i;  // a four-byte start code begins one earlier
  }
  return unit.size();
}

}  // namespace weir::sim
