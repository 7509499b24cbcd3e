// The verbs of `weir`. Each returns the program's exit code: 0 done, 1 bad input or a run that
// failed.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/stand_in.h"

namespace weir::cli {

struct RunOptions {
  std::vector<std::string> files;
  StandIns stand_ins;
  std::string
      output;  // of records that nobody reads; "" = they are counted only; "-" = standard output
  std::string alerts = "alerts";  // folder of pictures
  std::string metrics;            // file of the final counters, as JSON; "" = none
  std::int64_t max_time_ns = 0;   // 0 = until the input ends or a signal comes
  std::uint64_t workers = 0;      // threads; 0 = one a core
  bool quiet = false;             // no table of counters at the end
};

int run(const RunOptions& options);
int check(const std::vector<std::string>& files);
int eval(const std::string& expression, const std::string& row);

struct OperatorsOptions {
  std::string name;
  bool json = false;
  bool schema = false;
  std::string docs;  // a folder to write the reference into
};
int operators(const OperatorsOptions& options);

}  // namespace weir::cli
