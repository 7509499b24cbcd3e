// What verbs print.
#include "cli/output.h"

#include <cstdio>

namespace weir::cli {

void print(std::string_view text) {
  std::fwrite(text.data(), 1, text.size(), stdout);
  std::fflush(stdout);
}

int complain(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  if (!line.ends_with('\n')) std::fputc('\n', stderr);
  return 1;
}

}  // namespace weir::cli
