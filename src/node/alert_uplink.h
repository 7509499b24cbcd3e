// AlertUplink: alerts on their way to the hub.
//
// `raise` returns when the alert and its picture are kept on this disk: from then on they reach the
// hub, once, whatever happens. Thread-safe; the uplink outlives it.
#pragma once

#include "base/clock.h"
#include "flow/services.h"
#include "link/uplink.h"

namespace weir::node {

class AlertUplink final : public flow::Alerts {
 public:
  AlertUplink(link::Uplink& uplink, const base::Clock& clock) : uplink_(uplink), clock_(clock) {}
  base::Result<> raise(const flow::Alert& alert) override;

 private:
  link::Uplink& uplink_;
  const base::Clock& clock_;
};

}  // namespace weir::node
