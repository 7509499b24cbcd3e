#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace weir::sim {

// The access unit `unit` (Annex B) with the wall clock put before its first slice, as an H.264 SEI
// message user_data_unregistered after MISB ST 0604, "Timestamps for Class 1/Class 2 Motion
// Imagery": UUID "MISPmicrosectime", a status byte, and the Precision Time Stamp of ST 0603
// (microseconds since 1970-01-01T00:00:00 UTC, leap seconds left out as POSIX does), with 0xFF
// after every two bytes.
std::vector<uint8_t> stamped(std::span<const uint8_t> unit, uint64_t unix_us);

// Offset of the start code of the first NAL unit that is a coded slice (H.264 table 7-1, types 1
// to 5); the size of `unit` when there is none.
size_t first_slice(std::span<const uint8_t> unit);

}  // namespace weir::sim
