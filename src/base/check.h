// CHECK: stops the program when what cannot happen happens.
//
// For mistakes of ours only. What a user, a peer or a disk can cause is a Result.
#pragma once

namespace weir::base {

[[noreturn]] void check_failed(const char* condition, const char* file, int line);

}  // namespace weir::base

#define CHECK(condition) \
  ((condition) ? void() : ::weir::base::check_failed(#condition, __FILE__, __LINE__))
