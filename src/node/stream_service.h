// StreamService: what operators see of the bus's streams.
//
// Thread-safe.
#pragma once

#include <functional>
#include <memory>
#include <string_view>

#include "bus/streams.h"
#include "flow/services.h"

namespace weir::node {

class StreamService final : public flow::Streams {
 public:
  explicit StreamService(bus::Streams& streams) : streams_(streams) {}
  base::Result<std::unique_ptr<flow::StreamReader>> open(data::Device device,
                                                         std::string_view property,
                                                         std::function<void()> waker) override;

 private:
  bus::Streams& streams_;
};

}  // namespace weir::node
