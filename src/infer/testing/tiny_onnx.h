// Tiny ONNX models, written field by field, so that tests need no model files and no Python.
//
// Messages and field numbers are those of onnx.proto3 (ONNX 1.14); the encoding is Protocol
// Buffers'. For tests only; values.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

namespace weir::infer::testing {

class Message {
 public:
  Message& number(unsigned field, std::int64_t value) {
    varint(field << 3);
    varint(static_cast<std::uint64_t>(value));
    return *this;
  }
  Message& bytes(unsigned field, std::string_view value) {
    varint(field << 3 | 2);
    varint(value.size());
    text_ += value;
    return *this;
  }
  Message& message(unsigned field, const Message& value) { return bytes(field, value.text_); }
  const std::string& text() const { return text_; }

 private:
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) text_ += static_cast<char>(value | 0x80);
    text_ += static_cast<char>(value);
  }

  std::string text_;
};

enum class Element : std::int64_t { float32 = 1, uint8 = 2 };  // TensorProto.DataType

// ValueInfoProto: -1 leaves a size open.
inline Message value_info(std::string_view name, const std::vector<std::int64_t>& shape,
                          Element element = Element::float32) {
  Message dimensions;
  for (const std::int64_t size : shape) {
    Message dimension;
    if (size >= 0) dimension.number(1, size);
    dimensions.message(1, dimension);
  }
  Message tensor;
  tensor.number(1, static_cast<std::int64_t>(element)).message(2, dimensions);
  return Message().bytes(1, name).message(2, Message().message(1, tensor));
}

// TensorProto of float32.
inline Message constant(std::string_view name, const std::vector<std::int64_t>& shape,
                        const std::vector<float>& values) {
  Message tensor;
  for (const std::int64_t size : shape) tensor.number(1, size);
  std::string raw(values.size() * sizeof(float), '\0');
  std::memcpy(raw.data(), values.data(), raw.size());
  return tensor.number(2, static_cast<std::int64_t>(Element::float32)).bytes(8, name).bytes(9, raw);
}

// NodeProto.
inline Message node(std::string_view op, const std::vector<std::string>& inputs,
                    const std::vector<std::string>& outputs,
                    const std::vector<Message>& attributes = {}) {
  Message out;
  for (const std::string& name : inputs) out.bytes(1, name);
  for (const std::string& name : outputs) out.bytes(2, name);
  out.bytes(4, op);
  for (const Message& attribute : attributes) out.message(5, attribute);
  return out;
}

inline Message integers(std::string_view name, const std::vector<std::int64_t>& values) {
  Message out;
  out.bytes(1, name);
  for (const std::int64_t value : values) out.number(8, value);
  return out.number(20, 7);  // AttributeProto.INTS
}

inline Message integer(std::string_view name, std::int64_t value) {
  return Message().bytes(1, name).number(3, value).number(20, 2);  // AttributeProto.INT
}

struct Graph {
  std::vector<Message> nodes, constants, inputs, outputs;
};

struct Versions {
  std::int64_t format = 6, operators = 11;
};

// ModelProto.
inline std::string model(const Graph& graph, const Versions& versions = {}) {
  Message out;
  for (const Message& item : graph.nodes) out.message(1, item);
  out.bytes(2, "tiny");
  for (const Message& item : graph.constants) out.message(5, item);
  for (const Message& item : graph.inputs) out.message(11, item);
  for (const Message& item : graph.outputs) out.message(12, item);
  const Message operators = Message().bytes(1, "").number(2, versions.operators);
  return Message().number(1, versions.format).message(7, out).message(8, operators).text();
}

// [1, 3, side, side] "picture" to [1, 3] "logits": the mean of each channel.
inline Graph channel_means(std::int64_t side = 8, std::int64_t batch = 1) {
  return {.nodes = {node("ReduceMean", {"picture"}, {"logits"},
                         {integers("axes", {2, 3}), integer("keepdims", 0)})},
          .constants = {},
          .inputs = {value_info("picture", {batch, 3, side, side})},
          .outputs = {value_info("logits", {batch, 3})}};
}

// [1, count, 3, side, side] "pictures" to [1, count] "logits": the mean of each picture.
inline Graph picture_means(std::int64_t count, std::int64_t side = 8) {
  return {.nodes = {node("ReduceMean", {"pictures"}, {"logits"},
                         {integers("axes", {2, 3, 4}), integer("keepdims", 0)})},
          .constants = {},
          .inputs = {value_info("pictures", {1, count, 3, side, side})},
          .outputs = {value_info("logits", {1, count})}};
}

// [1, 3, side, side] "picture" to "cells", which are `values` plus the mean of the picture's values
// times zero: a detector that always says the same.
inline Graph constant_cells(const std::vector<std::int64_t>& shape,
                            const std::vector<float>& values, std::int64_t side = 8) {
  return {.nodes = {node("ReduceMean", {"picture"}, {"mean"},
                         {integers("axes", {0, 1, 2, 3}), integer("keepdims", 1)}),
                    node("Mul", {"mean", "zero"}, {"nothing"}),
                    node("Add", {"values", "nothing"}, {"cells"})},
          .constants = {constant("zero", {1, 1, 1, 1}, {0}), constant("values", shape, values)},
          .inputs = {value_info("picture", {1, 3, side, side})},
          .outputs = {value_info("cells", {-1, -1, -1, -1})}};
}

}  // namespace weir::infer::testing
