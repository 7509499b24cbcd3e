// UploadThread: an Uploader on a thread of its own, so that a hub that is slow to answer holds up
// nothing else.
//
// Belongs to one thread, as an Uploader does.
#pragma once

#include <condition_variable>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>
#include <vector>

#include "base/result.h"
#include "link/upload.h"

namespace weir::link {

class UploadThread {
 public:
  struct Done {
    std::vector<Upload> uploads;
    // What came of the first ones; the others wait for another call.
    std::vector<base::Result<Uploader::Progress>> all;
  };

  // `told`: on this class's thread, when `take` has something.
  UploadThread(Uploader::Options options, std::function<void()> told);
  // Waits for a call that is under way, which `cancel` makes short.
  ~UploadThread();
  UploadThread(const UploadThread&) = delete;
  UploadThread& operator=(const UploadThread&) = delete;

  // As Uploader::advance, of as many as it takes at once. Once more only after `take` gave the
  // result.
  void advance(std::vector<Upload> uploads);
  std::optional<Done> take();

 private:
  void run();

  Uploader uploader_;  // of its thread
  const std::function<void()> told_;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::optional<std::vector<Upload>> wanted_;
  std::optional<Done> done_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace weir::link
