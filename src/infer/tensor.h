// Tensor: float32 values in memory of their own, made once and handed to ONNX Runtime again and
// again.
//
// A resource; belongs to one thread at a time. The memory is aligned for vector instructions and
// does not move.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "infer/runtime.h"

struct OrtValue;

namespace weir::infer {

using Shape = std::vector<std::int64_t>;

std::string format_shape(std::span<const std::int64_t> shape);    // "[1, 3, 352, 352]", -1 as ?
std::int64_t element_count(std::span<const std::int64_t> shape);  // of a shape without -1

class Tensor {
 public:
  static constexpr std::size_t kAlignment = 64;  // bytes: a cache line, an AVX-512 register
  static constexpr std::int64_t kElementsMax = std::int64_t{1} << 28;  // 1 GiB

  // Zeros. `shape` has no -1.
  static base::Result<Tensor> make(std::shared_ptr<const Runtime> runtime, Shape shape);
  ~Tensor();
  Tensor(Tensor&& from) noexcept;
  Tensor& operator=(Tensor&&) = delete;

  std::span<float> values() { return {values_.get(), count_}; }
  std::span<const float> values() const { return {values_.get(), count_}; }
  std::span<const std::int64_t> shape() const { return shape_; }
  OrtValue* value() const { return value_; }

 private:
  struct Free {
    void operator()(float* values) const;
  };

  Tensor(std::shared_ptr<const Runtime> runtime, Shape shape);

  std::shared_ptr<const Runtime> runtime_;
  Shape shape_;
  std::size_t count_;
  std::unique_ptr<float[], Free> values_;
  OrtValue* value_ = nullptr;
};

}  // namespace weir::infer
