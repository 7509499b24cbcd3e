// Process: one run of another program, from start to reaped. Part of Child.
//
// Belongs to the thread that starts it, which outlives it: the kernel kills the program when that
// thread ends. signal: from any thread, while the object is not assigned to or reaped.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "net/descriptor.h"

namespace weir::net {

struct Program {
  std::string path;
  std::vector<std::string> arguments;
  std::uint64_t descriptors_max = 0;  // 0: as ours
};

class Process {
 public:
  // Errors: missing, io.
  static base::Result<Process> start(const Program& program);
  Process() = default;

  int pid() const { return pid_; }
  void signal(int number) const;
  // What it writes to standard output and error: readable until it has closed them, -1 then.
  int output() const { return output_.number(); }
  // Never waits; 0: nothing now.
  std::size_t read_output(char* bytes, std::size_t size);
  // Readable when it has ended.
  int end_descriptor() const { return end_.number(); }
  bool ended() const;
  // How it ended, "ended with exit code 1". It must have.
  std::string reap();

 private:
  int pid_ = 0;
  Descriptor output_, end_;
};

}  // namespace weir::net
