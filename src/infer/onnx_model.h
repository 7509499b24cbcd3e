// OnnxModel: a package and its session, checked against each other. Immutable, thread-safe; private
// to this folder.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "infer/decoder.h"
#include "infer/image_tensor.h"
#include "infer/model.h"
#include "infer/package.h"
#include "infer/session.h"

namespace weir::infer {

class OnnxModel final : public Model {
 public:
  // Errors name the tensor or label that does not fit.
  static base::Result<std::shared_ptr<const OnnxModel>> make(
      std::string folder, Package package, std::shared_ptr<const Session> session);

  const std::string& folder() const override { return folder_; }
  Task task() const override { return package_.task; }
  std::span<const std::string> labels() const override { return package_.labels; }
  std::span<const data::Field> outputs() const override { return outputs_; }

  const Package& package() const { return package_; }
  const Session& session() const { return *session_; }
  const Shape& input_shape() const { return input_shape_; }
  const Shape& output_shape() const { return output_shape_; }
  PictureSize picture_size() const { return picture_size_; }
  const Decoder* decoder() const { return decoder_; }  // null for a classification

 private:
  OnnxModel() = default;
  base::Result<> check_input();
  base::Result<> check_output();

  std::string folder_;
  Package package_;
  std::shared_ptr<const Session> session_;
  Shape input_shape_, output_shape_;
  PictureSize picture_size_;
  const Decoder* decoder_ = nullptr;
  std::vector<data::Field> outputs_;
};

}  // namespace weir::infer
