// RecordWriter: results of a pipeline as JSON lines.
//
// Thread-safe: lanes write whole lines. The first failure is logged; nothing more is written then,
// only counted.
#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "cli/line_file.h"
#include "data/batch.h"
#include "data/dictionary.h"

namespace weir::cli {

class RecordWriter {
 public:
  // All outlive it.
  RecordWriter(LineFile& file, const data::Dictionary& devices, base::Log& log)
      : file_(file), devices_(devices), log_(log) {}

  void write(const data::Batch& batch);
  bool failed() const { return failed_.load(std::memory_order_acquire); }  // never blocks
  // Where no record came the file is begun all the same. The error says why records are missing,
  // and how many.
  base::Result<> finish();

 private:
  LineFile& file_;
  const data::Dictionary& devices_;
  base::Log& log_;
  std::atomic<bool> failed_ = false;
  std::mutex mutex_;  // guards what is below; held as long as a write blocks
  std::string text_;
  std::uint64_t lost_ = 0;  // records
  std::string failure_;
};

}  // namespace weir::cli
