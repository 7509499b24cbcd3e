// ReadWatch: a test that sees what is read of files, and says which reads fail.
//
// It stands in pread's place in a program that includes this.
#pragma once

#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>

#include "store/sync_test.h"

namespace weir::store::testing {

// The bytes that are about to be read.
struct ReadRange {
  std::uint64_t begin = 0, end = 0;

  bool has(std::uint64_t position) const { return begin <= position && position < end; }
};

using ReadWatch = DiskWatch<ReadRange>;

}  // namespace weir::store::testing

// The sanitizers' own pread is weak, as an inline one is, and would be taken: there ours is none. A
// module's tests are one unit to the compiler then.
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define WEIR_INLINE
#endif
#endif
#ifndef WEIR_INLINE
#define WEIR_INLINE inline
#endif

extern "C" [[gnu::used]] WEIR_INLINE ssize_t pread(int descriptor, void* into, std::size_t bytes,
                                                   off_t position) {
  const auto begin = static_cast<std::uint64_t>(position);
  const int error = weir::store::testing::ReadWatch::error_of(descriptor, {begin, begin + bytes});
  if (error == 0) {
    return static_cast<ssize_t>(::syscall(SYS_pread64, descriptor, into, bytes, position));
  }
  errno = error;
  return -1;
}

#undef WEIR_INLINE
