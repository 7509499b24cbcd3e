// AlertPrinter: alerts where there is no hub: a JSON line each, the picture in a folder.
//
// Thread-safe. The picture is written before the line that names it; one that cannot be written
// whole is removed.
#pragma once

#include <mutex>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "cli/line_file.h"
#include "flow/services.h"

namespace weir::cli {

class AlertPrinter final : public flow::Alerts {
 public:
  // Pictures go to `folder`, made with the first of them; lines to `out`.
  AlertPrinter(std::string folder, LineFile& out, const base::Clock& clock)
      : folder_(std::move(folder)), out_(out), clock_(clock) {}

  base::Result<> raise(const flow::Alert& alert) override;

 private:
  base::Result<std::string> write_picture(const flow::Alert& alert);

  const std::string folder_;
  LineFile& out_;
  const base::Clock& clock_;
  std::mutex mutex_;
};

// An alert's id as a file name, another one for each id: '/' becomes '~', and what is no letter,
// digit, dot, dash or underscore '%' and two hexadecimal digits.
std::string file_name(std::string_view id);

}  // namespace weir::cli
