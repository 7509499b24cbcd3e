// Results as JSON lines.
#include "cli/record_writer.h"

#include <cerrno>
#include <cstring>

#include "data/json.h"

namespace weir::cli {

base::Result<std::unique_ptr<RecordWriter>> RecordWriter::open(const std::string& path,
                                                               const data::Dictionary& devices) {
  std::FILE* const file = path == "-" ? stdout : std::fopen(path.c_str(), "wb");
  if (file == nullptr) {
    return base::fail(base::Code::io, "cannot write " + path + ": " + std::strerror(errno));
  }
  return std::unique_ptr<RecordWriter>(new RecordWriter(path, file, devices));
}

RecordWriter::~RecordWriter() {
  static_cast<void>(close());
}

void RecordWriter::note_failure() {
  if (failure_.empty()) failure_ = "cannot write " + path_ + ": " + std::strerror(errno);
}

void RecordWriter::write(const data::Batch& batch) {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty() || file_ == nullptr) return;
  text_.clear();
  for (std::size_t i = 0; i < batch.size(); ++i) {
    data::append_record_json(text_, batch, i, devices_);
    text_ += '\n';
  }
  if (std::fwrite(text_.data(), 1, text_.size(), file_) != text_.size()) note_failure();
  records_ += batch.size();
}

base::Result<> RecordWriter::close() {
  const std::lock_guard lock(mutex_);
  if (file_ != nullptr) {
    const bool flushed = file_ == stdout ? std::fflush(file_) == 0 : std::fclose(file_) == 0;
    if (!flushed) note_failure();
    file_ = nullptr;
  }
  if (!failure_.empty()) return base::fail(base::Code::io, failure_);
  return {};
}

std::uint64_t RecordWriter::records() const {
  const std::lock_guard lock(mutex_);
  return records_;
}

}  // namespace weir::cli
