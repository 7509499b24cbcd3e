// Tensors over own memory.
#include "infer/tensor.h"

#include <new>
#include <utility>

#include <fmt/format.h>

#define ORT_API_MANUAL_INIT
#include <onnxruntime_c_api.h>

namespace weir::infer {

std::string format_shape(std::span<const std::int64_t> shape) {
  std::string text = "[";
  for (const std::int64_t size : shape) {
    if (text.size() > 1) text += ", ";
    text += size < 0 ? std::string("?") : std::to_string(size);
  }
  return text + "]";
}

std::int64_t element_count(std::span<const std::int64_t> shape) {
  std::int64_t count = 1;
  for (const std::int64_t size : shape) {
    if (__builtin_mul_overflow(count, size, &count)) return -1;
  }
  return count;
}

void Tensor::Free::operator()(float* values) const {
  ::operator delete[](values, std::align_val_t(kAlignment));
}

Tensor::Tensor(std::shared_ptr<const Runtime> runtime, Shape shape)
    : runtime_(std::move(runtime)),
      shape_(std::move(shape)),
      count_(static_cast<std::size_t>(element_count(shape_))),
      values_(new(std::align_val_t(kAlignment)) float[count_]()) {}

Tensor::Tensor(Tensor&& from) noexcept
    : runtime_(std::move(from.runtime_)),
      shape_(std::move(from.shape_)),
      count_(std::exchange(from.count_, 0)),
      values_(std::move(from.values_)),
      value_(std::exchange(from.value_, nullptr)) {}

Tensor::~Tensor() {
  if (value_ != nullptr) runtime_->api().ReleaseValue(value_);
}

base::Result<Tensor> Tensor::make(std::shared_ptr<const Runtime> runtime, Shape shape) {
  const std::int64_t count = element_count(shape);
  if (count <= 0 || count > kElementsMax) {
    return base::fail(base::Code::limit,
                      fmt::format("a tensor of shape {} has no, or more than {} elements",
                                  format_shape(shape), kElementsMax));
  }
  const OrtApi& api = runtime->api();
  Tensor tensor(std::move(runtime), std::move(shape));
  OrtMemoryInfo* memory = nullptr;
  OrtStatus* status = api.CreateCpuMemoryInfo(OrtDeviceAllocator, OrtMemTypeDefault, &memory);
  if (status == nullptr) {
    status = api.CreateTensorWithDataAsOrtValue(
        memory, tensor.values_.get(), tensor.count_ * sizeof(float), tensor.shape_.data(),
        tensor.shape_.size(), ONNX_TENSOR_ELEMENT_DATA_TYPE_FLOAT, &tensor.value_);
    api.ReleaseMemoryInfo(memory);
  }
  if (status != nullptr)
    return base::fail(base::Code::bug, "no tensor: " + take_message(api, status));
  return tensor;
}

}  // namespace weir::infer
