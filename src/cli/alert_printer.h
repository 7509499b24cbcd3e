// AlertPrinter: alerts where there is no hub: a JSON line each, the picture in a folder.
//
// Thread-safe. The picture is written before the line that names it.
#pragma once

#include <cstdio>
#include <mutex>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "flow/services.h"

namespace weir::cli {

class AlertPrinter final : public flow::Alerts {
 public:
  // Pictures go to `folder`, made with the first of them; lines to `out`.
  AlertPrinter(std::string folder, std::FILE* out, const base::Clock& clock)
      : folder_(std::move(folder)), out_(out), clock_(clock) {}

  base::Result<> raise(const flow::Alert& alert) override;

 private:
  base::Result<std::string> write_picture(const flow::Alert& alert);

  const std::string folder_;
  std::FILE* const out_;
  const base::Clock& clock_;
  std::mutex mutex_;
};

}  // namespace weir::cli
