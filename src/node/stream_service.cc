// What operators see of the bus's streams.
#include "node/stream_service.h"

#include <string>
#include <utility>

namespace weir::node {
namespace {

class Reader final : public flow::StreamReader {
 public:
  explicit Reader(std::unique_ptr<bus::StreamReader> reader) : reader_(std::move(reader)) {}

  Next next() override {
    bus::StreamReader::Next next = reader_->next();
    return {std::move(next.packet), next.dropped};
  }

 private:
  std::unique_ptr<bus::StreamReader> reader_;
};

}  // namespace

base::Result<std::unique_ptr<flow::StreamReader>> StreamService::open(data::Device device,
                                                                      std::string_view property,
                                                                      std::function<void()> waker) {
  auto reader = streams_.open(device, property, std::move(waker));
  if (reader) return std::make_unique<Reader>(*std::move(reader));
  if (reader.error().code != base::Code::unknown_name) {
    return std::unexpected(std::move(reader.error()));
  }
  return base::fail(base::Code::unknown_name, "device '" + std::string(devices_.name(device)) +
                                                  "' has no stream '" + std::string(property) +
                                                  "', expected it under its `bind`");
}

}  // namespace weir::node
