// What operators see of the bus's streams.
#include "node/stream_service.h"

#include <algorithm>
#include <string>
#include <utility>

#include "contract/bind.h"

namespace weir::node {
namespace {

std::string no_stream(std::string_view device, std::string_view property) {
  return "device '" + std::string(device) + "' has no stream '" + std::string(property) +
         "', expected it under its `bind`";
}

// "" where the step reads none.
std::string stream_of(const contract::Step& step, const contract::Deployment& deployment,
                      const contract::Documents& documents) {
  const contract::Argument* const product = step.argument("product");
  const contract::Argument* const property = step.argument("property");
  if (product == nullptr || property == nullptr) return "";
  const auto* const known = documents.product(contract::text_of(*product, deployment));
  if (known == nullptr) return "";
  const std::string name = contract::text_of(*property, deployment);
  const auto found = std::ranges::find(known->properties, name, &device::Property::name);
  const bool stream =
      found != known->properties.end() && found->type.form == device::ValueType::Form::stream;
  return stream ? name : "";
}

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
  return base::fail(base::Code::unknown_name, no_stream(devices_.name(device), property));
}

void check_streams(const contract::Deployment& deployment, const contract::Documents& documents,
                   data::Diagnostics& diagnostics) {
  const contract::Pipeline* const pipeline = documents.pipeline(deployment.pipeline);
  if (pipeline == nullptr) return;
  for (const contract::Step& step : pipeline->steps) {
    const std::string stream = stream_of(step, deployment, documents);
    if (stream.empty()) continue;
    for (const device::Device* device :
         contract::selected_devices(documents, deployment, step.id)) {
      if (device::find(device->bind, stream) != nullptr) continue;
      diagnostics.add(device->file, device->position, base::Code::unknown_name,
                      no_stream(device->name, stream));
    }
  }
}

}  // namespace weir::node
