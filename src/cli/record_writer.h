// RecordWriter: results of a pipeline as JSON lines.
//
// Thread-safe: lanes write whole lines. The first failure is kept and nothing more is written.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "data/batch.h"
#include "data/dictionary.h"

namespace weir::cli {

class RecordWriter {
 public:
  // To a file, made anew; "-" is standard output.
  static base::Result<std::unique_ptr<RecordWriter>> open(const std::string& path,
                                                          const data::Dictionary& devices);
  ~RecordWriter();
  RecordWriter(const RecordWriter&) = delete;
  RecordWriter& operator=(const RecordWriter&) = delete;

  void write(const data::Batch& batch);
  // Everything written is with the system, or why not.
  base::Result<> close();
  std::uint64_t records() const;

 private:
  RecordWriter(std::string path, std::FILE* file, const data::Dictionary& devices)
      : path_(std::move(path)), file_(file), devices_(devices) {}
  void note_failure();

  const std::string path_;
  std::FILE* file_;
  const data::Dictionary& devices_;
  mutable std::mutex mutex_;
  std::string text_;
  std::uint64_t records_ = 0;
  std::string failure_;
};

}  // namespace weir::cli
