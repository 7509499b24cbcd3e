// StreamService: what operators see of the bus's streams; and whether a deployment's are there.
//
// Thread-safe; the check is a pure function.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "bus/streams.h"
#include "contract/document.h"
#include "data/diagnostic.h"
#include "data/dictionary.h"
#include "flow/services.h"

namespace weir::node {

// Adds each device that does not have a stream that the deployment's inputs read of it.
void check_streams(const contract::Deployment& deployment, const contract::Documents& documents,
                   data::Diagnostics& diagnostics);

class StreamService final : public flow::Streams {
 public:
  // What is given outlives the service.
  StreamService(bus::Streams& streams, const data::Dictionary& devices)
      : streams_(streams), devices_(devices) {}
  // Errors: those of the bus, in the names that people know.
  base::Result<std::unique_ptr<flow::StreamReader>> open(data::Device device,
                                                         std::string_view property,
                                                         std::function<void()> waker) override;

 private:
  bus::Streams& streams_;
  const data::Dictionary& devices_;
};

}  // namespace weir::node
