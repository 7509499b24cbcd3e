// CHECK.
#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace weir::base {

void check_failed(const char* condition, const char* file, int line) {
  std::fprintf(stderr, "%s:%d: impossible: not %s\n", file, line, condition);
  std::abort();
}

}  // namespace weir::base
