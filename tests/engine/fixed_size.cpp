// Folding what a network computes from sizes, and nodes that are damaged or ask for too much: they stay as they are.
#include "src/engine/fixed_size.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <cstdint>
#include <limits>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include "engine/one_layer.hpp"

using namespace scriba;

namespace {

using Integers = std::vector<std::int64_t>;
using Named = std::vector<std::pair<std::string, at::Tensor>>;

at::Tensor integers(const Integers& values) { return at::tensor(values, at::kLong); }

onnx::NodeProto node(const std::string& op, const std::vector<std::string>& inputs) {
  onnx::NodeProto out;
  out.set_op_type(op);
  for (const auto& input : inputs) out.add_input(input);
  out.add_output("result");
  return out;
}

onnx::NodeProto with(onnx::NodeProto node, const std::string& name, std::int64_t value) {
  auto& attribute = *node.add_attribute();
  attribute.set_name(name);
  attribute.set_type(onnx::AttributeProto::INT);
  attribute.set_i(value);
  return node;
}

// A network with this node before its output.
onnx::ModelProto folded(const onnx::NodeProto& node, const Named& values, const std::vector<int>& size = {1, 3, 32, 64}) {
  onnx::ModelProto model;
  model.set_ir_version(8);
  model.add_opset_import()->set_version(13);
  auto& graph = *model.mutable_graph();
  graph.set_name("net");
  auto& input = *graph.add_input();
  input.set_name("image");
  input.mutable_type()->mutable_tensor_type()->set_elem_type(onnx::TensorProto::FLOAT);
  *graph.add_node() = node;
  auto& last = *graph.add_node();
  last.set_op_type("Identity");
  last.add_input(node.output(0));
  last.add_output("out");
  graph.add_output()->set_name("out");
  io::StateDict tensors;
  for (const auto& [name, value] : values) tensors.add(name, value);
  return engine::with_fixed_size(model, 0, size, tensors);
}

// True, too, where ONNX's own inference of shapes refuses the node: OpenCvDnn makes an Error of that.
bool stays(const onnx::NodeProto& node, const Named& values) {
  try {
    const auto model = folded(node, values);
    return model.graph().initializer_size() == 0 && model.graph().node_size() == 2;
  } catch (const std::runtime_error&) {  // LibTorch's errors are none
    return true;
  }
}

// What the node was folded into.
Integers value(const onnx::NodeProto& node, const Named& values) {
  const auto model = folded(node, values);
  REQUIRE(model.graph().initializer_size() == 1);
  REQUIRE(model.graph().initializer(0).data_type() == onnx::TensorProto::INT64);
  const auto& bytes = model.graph().initializer(0).raw_data();
  Integers out(bytes.size() / sizeof(std::int64_t));
  std::copy(bytes.begin(), bytes.end(), reinterpret_cast<char*>(out.data()));
  return out;
}

constexpr auto kMost = std::numeric_limits<std::int64_t>::max(), kLeast = std::numeric_limits<std::int64_t>::min();

}  // namespace

TEST_CASE("what follows from sizes becomes a value") {
  const Named values{{"a", integers({1, 3, 32, 64})},
                     {"two", integers({2})},
                     {"one", integers({1})},
                     {"three", integers({3})},
                     {"n", at::tensor(std::int64_t{4})},
                     {"zero", at::tensor(std::int64_t{0})},
                     {"step", at::tensor(std::int64_t{2})}};
  CHECK(value(node("Shape", {"image"}), {}) == Integers{1, 3, 32, 64});
  CHECK(value(node("Gather", {"a", "two"}), values) == Integers{32});
  CHECK(value(node("Slice", {"a", "one", "three"}), values) == Integers{3, 32});
  CHECK(value(with(node("Concat", {"two", "three"}), "axis", 0), values) == Integers{2, 3});
  CHECK(value(node("Mul", {"a", "two"}), values) == Integers{2, 6, 64, 128});
  CHECK(value(node("Div", {"a", "two"}), values) == Integers{0, 1, 16, 32});
  CHECK(value(node("Range", {"zero", "n", "step"}), values) == Integers{0, 2});
  CHECK(value(node("Expand", {"two", "three"}), values) == Integers{2, 2, 2});
  CHECK(value(node("Max", {"two", "three"}), values) == Integers{3});
}

TEST_CASE("nodes with fewer or more inputs than their operator has stay") {
  const Named values{{"a", integers({1, 2, 3})}};
  for (const auto* op : {"Gather", "Slice", "Reshape", "Add", "Sub", "Mul", "Div", "Max", "Min", "Range", "Expand"}) {
    CAPTURE(op);
    CHECK(stays(node(op, {"a"}), values));
  }
  CHECK(stays(node("Range", {"a", "a"}), values));
  CHECK(stays(node("Slice", {"a", "a"}), values));
  CHECK(stays(node("Add", {"a", "a", "a"}), values));
  CHECK(stays(node("Identity", {"a", "a"}), values));
}

TEST_CASE("slices whose lists have different lengths, and steps beyond all sizes, stay") {
  const Named values{
      {"a", at::zeros({2, 2}, at::kLong)}, {"one", integers({1})},        {"two", integers({1, 1})}, {"axes", integers({0, 1})},
      {"most", integers({kMost})},         {"least", integers({kLeast})}, {"axis", integers({0})}};
  CHECK(stays(node("Slice", {"a", "two", "one"}), values));
  CHECK(stays(node("Slice", {"a", "one", "two", "axis"}), values));
  CHECK(stays(node("Slice", {"a", "one", "one", "axes"}), values));
  CHECK(stays(node("Slice", {"a", "two", "two", "axes", "one"}), values));
  CHECK(stays(node("Slice", {"a", "one", "one", "axis", "most"}), values));
  CHECK(stays(node("Slice", {"a", "one", "one", "axis", "least"}), values));
  CHECK(stays(node("Slice", {"a", "one", "one", "most"}), values));
}

TEST_CASE("values that LibTorch refuses, and wrong types, stay") {
  const Named values{{"a", integers({1, 2})},       {"b", integers({1, 2, 3})},          {"zero", integers({0})},
                     {"least", integers({kLeast})}, {"minus", integers({-1})},           {"number", at::scalar_tensor(5, at::kLong)},
                     {"half", at::tensor({0.5f})},  {"bytes", at::zeros({4}, at::kByte)}};
  CHECK(stays(node("Add", {"a", "b"}), values));
  CHECK(stays(node("Add", {"a", "half"}), values));
  CHECK(stays(node("Div", {"a", "zero"}), values));
  CHECK(stays(node("Div", {"least", "minus"}), values));  // overflows
  CHECK(stays(node("Gather", {"number", "zero"}), values));
  CHECK(stays(node("Gather", {"a", "b"}), values));
  CHECK(stays(node("Gather", {"a", "half"}), values));
  CHECK(stays(with(node("Gather", {"a", "zero"}), "axis", kLeast), values));
  CHECK(stays(node("Reshape", {"a", "b"}), values));
  CHECK(stays(node("Reshape", {"a", "half"}), values));
  CHECK(stays(with(node("Concat", {"a", "b"}), "axis", 7), values));
  CHECK(stays(node("Range", {"a", "b", "b"}), values));
  CHECK(stays(node("Range", {"zero", "minus", "zero"}), values));
  CHECK(stays(node("Unsqueeze", {"a", "least"}), values));
  CHECK(stays(node("Identity", {"bytes"}), values));  // would be written as 32-bit integers
}

TEST_CASE("nothing larger than the limit is made") {
  const auto side = engine::kLargestFoldedValue;
  const Named values{
      {"a", at::zeros({side, 1}, at::kLong)},      {"b", at::zeros({1, side}, at::kLong)}, {"huge", integers({1LL << 20, 1LL << 20})},
      {"wraps", integers({1LL << 32, 1LL << 32})}, {"none", at::zeros({0}, at::kLong)},    {"minus", integers({-3})},
      {"zero", at::tensor(std::int64_t{0})},       {"one", at::tensor(std::int64_t{1})},   {"most", at::tensor(kMost)},
      {"line", at::zeros({side}, at::kLong)}};
  for (const auto* op : {"Add", "Sub", "Mul", "Max", "Min"}) CHECK(stays(node(op, {"a", "b"}), values));
  CHECK(stays(node("ConstantOfShape", {"huge"}), values));
  CHECK(stays(node("ConstantOfShape", {"wraps"}), values));
  CHECK(stays(node("ConstantOfShape", {"minus"}), values));
  CHECK(stays(node("Expand", {"one", "huge"}), values));
  CHECK(stays(node("Reshape", {"none", "wraps"}), values));
  CHECK(stays(node("Range", {"zero", "most", "one"}), values));
  CHECK(stays(node("Gather", {"b", "line"}), values));
  CHECK(stays(with(node("Concat", {"line", "line"}), "axis", 0), values));
  CHECK(stays(node("Unsqueeze", {"one", "line"}), values));
}

TEST_CASE("sizes that the file gives for its outputs do not count, open ones written as -1 among them") {
  auto model = engine_tests::one_layer("Identity", 1);
  for (auto* port : {model.mutable_graph()->mutable_input(0), model.mutable_graph()->mutable_output(0)})
    port->mutable_type()->mutable_tensor_type()->mutable_shape()->mutable_dim(0)->set_dim_value(-1);
  const auto fixed = engine::with_fixed_size(model, 0, {7, 3}, {});
  const auto& shape = fixed.graph().output(0).type().tensor_type().shape();
  REQUIRE(shape.dim_size() == 2);
  CHECK(shape.dim(0).dim_value() == 7);
}
