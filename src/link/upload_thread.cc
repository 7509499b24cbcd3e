// One call of the uploader at a time, away from its owner.
#include "link/upload_thread.h"

#include <algorithm>
#include <span>
#include <utility>

namespace weir::link {

UploadThread::UploadThread(Uploader::Options options, std::function<void()> told)
    : uploader_(std::move(options)), told_(std::move(told)) {
  thread_ = std::thread([this] { run(); });
}

UploadThread::~UploadThread() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
}

void UploadThread::advance(std::vector<Upload> uploads) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(uploads);
  changed_.notify_one();
}

std::optional<UploadThread::Done> UploadThread::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, std::nullopt);
}

void UploadThread::run() {
  std::unique_lock lock(mutex_);
  while (true) {
    changed_.wait(lock, [this] { return stopping_ || wanted_; });
    if (stopping_) return;
    Done done{.uploads = *std::exchange(wanted_, std::nullopt), .all = {}};
    lock.unlock();
    const std::size_t count = std::min(done.uploads.size(), uploader_.at_once());
    done.all = uploader_.advance(std::span(done.uploads).first(count));
    lock.lock();
    done_ = std::move(done);
    lock.unlock();
    told_();
    lock.lock();
  }
}

}  // namespace weir::link
