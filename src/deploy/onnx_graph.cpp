#include "onnx_graph.hpp"

#include <bit>

#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>
#include <c10/util/StringUtil.h>

#include <scriba/core/error.hpp>

namespace scriba::deploy {
namespace {

static_assert(std::endian::native == std::endian::little, "raw_data is little-endian");

void fill(onnx::TensorProto& proto, const at::Tensor& tensor) {
  const auto plain = tensor.detach().to(at::kCPU).contiguous();
  for (const auto size : plain.sizes()) proto.add_dims(size);
  proto.set_data_type(onnx_type(plain.scalar_type()));
  proto.set_raw_data(plain.data_ptr(), plain.nbytes());
}

void set(onnx::AttributeProto& proto, const Attribute& attribute) {
  using Proto = onnx::AttributeProto;
  proto.set_name(attribute.name);
  if (const auto* integer = std::get_if<std::int64_t>(&attribute.value)) {
    proto.set_type(Proto::INT), proto.set_i(*integer);
  } else if (const auto* number = std::get_if<double>(&attribute.value)) {
    proto.set_type(Proto::FLOAT), proto.set_f(static_cast<float>(*number));
  } else if (const auto* text = std::get_if<std::string>(&attribute.value)) {
    proto.set_type(Proto::STRING), proto.set_s(*text);
  } else if (const auto* integers = std::get_if<std::vector<std::int64_t>>(&attribute.value)) {
    proto.set_type(Proto::INTS);
    for (const auto value : *integers) proto.add_ints(value);
  } else {
    proto.set_type(Proto::TENSOR);
    fill(*proto.mutable_t(), std::get<at::Tensor>(attribute.value));
  }
}

}  // namespace

int onnx_type(at::ScalarType type) {
  switch (type) {
    case at::kFloat:
      return onnx::TensorProto::FLOAT;
    case at::kDouble:
      return onnx::TensorProto::DOUBLE;
    case at::kHalf:
      return onnx::TensorProto::FLOAT16;
    case at::kLong:
      return onnx::TensorProto::INT64;
    case at::kInt:
      return onnx::TensorProto::INT32;
    case at::kBool:
      return onnx::TensorProto::BOOL;
    default:
      throw Error({.what = "cannot write a tensor into an ONNX file",
                   .expected = "float, double, half, int64, int32 or bool",
                   .got = c10::toString(type)});
  }
}

onnx::TypeProto tensor_type(at::ScalarType type, const std::vector<std::int64_t>& dims, const std::string& label, const Names& names) {
  onnx::TypeProto proto;
  proto.mutable_tensor_type()->set_elem_type(onnx_type(type));
  auto& shape = *proto.mutable_tensor_type()->mutable_shape();
  for (std::size_t axis = 0; axis < dims.size(); ++axis) {
    auto& dim = *shape.add_dim();
    if (dims[axis] >= 0)
      dim.set_dim_value(dims[axis]);
    else
      dim.set_dim_param(axis < names.size() ? names[axis] : label + "_" + std::to_string(axis));
  }
  return proto;
}

std::string OnnxGraph::fresh(const std::string& base) {
  std::string name = base;
  for (int i = 1; !names_.insert(name).second; ++i) name = base + "_" + std::to_string(i);
  return name;
}

Names OnnxGraph::add_many(const std::string& op, const Names& inputs, std::size_t outputs, const Attributes& attributes) {
  auto& node = *graph_.add_node();
  node.set_op_type(op);
  const std::string name = fresh((scope_.empty() ? "" : scope_ + "/") + op);
  node.set_name(name);
  for (const auto& input : inputs) node.add_input(input);
  while (node.input_size() > 0 && node.input(node.input_size() - 1).empty()) node.mutable_input()->RemoveLast();
  for (const auto& attribute : attributes) set(*node.add_attribute(), attribute);
  Names out;
  for (std::size_t i = 0; i < outputs; ++i)
    *node.add_output() = out.emplace_back(outputs == 1 ? name + ":0" : name + ":" + std::to_string(i));
  return out;
}

void OnnxGraph::store(const std::string& name, const at::Tensor& tensor) {
  auto& proto = *graph_.add_initializer();
  proto.set_name(name);
  fill(proto, tensor);
}

std::string OnnxGraph::weight(const std::string& name, const at::Tensor& tensor) {
  if (const auto known = weights_.find(name); known != weights_.end()) return known->second;
  const auto file_name = fresh(name);
  constexpr double kLargestHalf = 65504;
  const bool half = half_weights_ && tensor.scalar_type() == at::kFloat && tensor.dim() >= 2 && tensor.numel() > 0 &&
                    tensor.detach().abs().max().item<double>() <= kLargestHalf;
  store(file_name, half ? tensor.detach().to(at::kHalf) : tensor);
  return weights_[name] = half ? add("Cast", {file_name}, {{"to", std::int64_t{onnx::TensorProto::FLOAT}}}) : file_name;
}

std::string OnnxGraph::constant(const at::Tensor& tensor) {
  const auto plain = tensor.detach().to(at::kCPU).contiguous();
  std::string key = c10::str(plain.scalar_type(), plain.sizes());
  key.append(static_cast<const char*>(plain.data_ptr()), plain.nbytes());
  auto [known, added] = constants_.try_emplace(std::move(key));
  if (added) store(known->second = fresh("constant_" + std::to_string(constants_.size())), plain);
  return known->second;
}

std::string OnnxGraph::integers(const std::vector<std::int64_t>& values) { return constant(at::tensor(values, at::kLong)); }

std::string OnnxGraph::number(double value, at::ScalarType type) { return constant(at::scalar_tensor(value, at::TensorOptions(type))); }

void OnnxGraph::input(const std::string& name, const onnx::TypeProto& type) {
  auto& port = *graph_.add_input();
  port.set_name(fresh(name));
  *port.mutable_type() = type;
}

void OnnxGraph::output(const std::string& value, const std::string& name, const onnx::TypeProto& type) {
  auto& port = *graph_.add_output();
  port.set_name(name);
  *port.mutable_type() = type;
  // The node that makes it gives it the name, unless it makes another output already or is no node.
  const auto [first, unnamed] = outputs_.try_emplace(value, name);
  bool made = false;
  for (const auto& node : graph_.node())
    for (const auto& output : node.output()) made = made || output == value;
  if (!unnamed || !made) {
    auto& node = *graph_.add_node();
    node.set_op_type("Identity");
    node.set_name(fresh(name + "/Identity"));
    node.add_input(unnamed ? value : first->second);
    node.add_output(name);
    return;
  }
  for (auto& node : *graph_.mutable_node()) {
    for (auto& input : *node.mutable_input())
      if (input == value) input = name;
    for (auto& output : *node.mutable_output())
      if (output == value) output = name;
  }
}

onnx::GraphProto OnnxGraph::finished(const std::string& name) {
  std::set<std::string> needed;
  for (const auto& output : graph_.output()) needed.insert(output.name());
  std::vector<bool> kept(static_cast<std::size_t>(graph_.node_size()));
  for (int i = graph_.node_size() - 1; i >= 0; --i) {
    const auto& node = graph_.node(i);
    for (const auto& output : node.output())
      kept[static_cast<std::size_t>(i)] = kept[static_cast<std::size_t>(i)] || needed.contains(output);
    if (kept[static_cast<std::size_t>(i)]) needed.insert(node.input().begin(), node.input().end());
  }
  onnx::GraphProto out;
  out.set_name(name);
  *out.mutable_input() = graph_.input();
  *out.mutable_output() = graph_.output();
  for (int i = 0; i < graph_.node_size(); ++i)
    if (kept[static_cast<std::size_t>(i)]) *out.add_node() = graph_.node(i);
  for (const auto& initializer : graph_.initializer())
    if (needed.contains(initializer.name())) *out.add_initializer() = initializer;
  return out;
}

}  // namespace scriba::deploy
