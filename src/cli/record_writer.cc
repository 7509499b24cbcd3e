// Results as JSON lines.
#include "cli/record_writer.h"

#include "data/json.h"

namespace weir::cli {

void RecordWriter::write(const data::Batch& batch) {
  const std::lock_guard lock(mutex_);
  if (failure_.empty()) {
    text_.clear();
    for (std::size_t i = 0; i < batch.size(); ++i) {
      data::append_record_json(text_, batch, i, devices_);
      text_ += '\n';
    }
    const auto written = file_.write(text_);
    if (written) return;
    failure_ = written.error().message;
    failed_.store(true, std::memory_order_release);
    log_.write(base::Level::error, "run", failure_, {});
  }
  lost_ += batch.size();
}

base::Result<> RecordWriter::finish() {
  const std::lock_guard lock(mutex_);
  if (!failure_.empty()) {
    return base::fail(base::Code::io, failure_ + "; " + std::to_string(lost_) +
                                          " records of --output were not written");
  }
  return file_.begin();
}

}  // namespace weir::cli
