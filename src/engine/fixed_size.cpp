#include "fixed_size.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include <ATen/ExpandUtils.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/floor_divide.h>
#include <ATen/ops/full.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/tensor.h>
#include <onnx/shape_inference/implementation.h>

namespace scriba::engine {
namespace {

using Sizes = std::vector<std::int64_t>;

std::optional<Sizes> sizes_of(const onnx::ValueInfoProto& info) {
  if (!info.type().tensor_type().has_shape()) return {};
  Sizes out;
  for (const auto& dim : info.type().tensor_type().shape().dim()) {
    if (!dim.has_dim_value()) return {};
    out.push_back(dim.dim_value());
  }
  return out;
}

const onnx::AttributeProto* attribute(const onnx::NodeProto& node, const char* name) {
  for (const auto& one : node.attribute())
    if (one.name() == name) return &one;
  return nullptr;
}

std::int64_t integer(const onnx::NodeProto& node, const char* name, std::int64_t otherwise) {
  const auto* found = attribute(node, name);
  return found ? found->i() : otherwise;
}

Sizes integers(const at::Tensor& values) {
  const auto whole = values.to(at::kLong).contiguous().reshape({-1});
  return {whole.const_data_ptr<std::int64_t>(), whole.const_data_ptr<std::int64_t>() + whole.numel()};
}

// Of Squeeze and Unsqueeze: an input since operator set 13, an attribute before.
std::optional<Sizes> axes(const onnx::NodeProto& node, const std::vector<at::Tensor>& in) {
  if (in.size() > 1) return integers(in[1]);
  const auto* found = attribute(node, "axes");
  if (!found) return {};
  return Sizes(found->ints().begin(), found->ints().end());
}

at::Tensor gather(const at::Tensor& data, const at::Tensor& index, std::int64_t axis) {
  axis = axis < 0 ? axis + data.dim() : axis;
  auto positions = index.to(at::kLong).reshape({-1});
  positions = positions + (positions < 0).to(at::kLong) * data.size(axis);
  Sizes shape(data.sizes().begin(), data.sizes().begin() + axis);
  shape.insert(shape.end(), index.sizes().begin(), index.sizes().end());
  shape.insert(shape.end(), data.sizes().begin() + axis + 1, data.sizes().end());
  return data.index_select(axis, positions).reshape(shape);
}

std::optional<at::Tensor> slice(const std::vector<at::Tensor>& in) {
  if (in.size() < 3) return {};
  const auto starts = integers(in[1]), ends = integers(in[2]);
  Sizes along(starts.size()), steps(starts.size(), 1);
  for (std::size_t i = 0; i < along.size(); ++i) along[i] = static_cast<std::int64_t>(i);
  if (in.size() > 3) along = integers(in[3]);
  if (in.size() > 4) steps = integers(in[4]);
  auto out = in[0];
  for (std::size_t i = 0; i < along.size(); ++i) {
    if (steps[i] < 1) return {};
    out = out.slice(along[i], starts[i], ends[i], steps[i]);
  }
  return out;
}

at::Tensor reshaped(const at::Tensor& data, Sizes shape) {
  for (std::size_t i = 0; i < shape.size(); ++i)
    if (shape[i] == 0) shape[i] = data.size(static_cast<std::int64_t>(i));
  return data.reshape(shape);
}

std::optional<at::Tensor> cast(const onnx::NodeProto& node, const at::Tensor& value) {
  switch (integer(node, "to", 0)) {
    case onnx::TensorProto::FLOAT:
      return value.to(at::kFloat);
    case onnx::TensorProto::INT64:
      return value.to(at::kLong);
    case onnx::TensorProto::INT32:
      return value.to(at::kInt);
    default:
      return {};
  }
}

at::Tensor filled(const onnx::NodeProto& node, const Sizes& shape) {
  const auto* value = attribute(node, "value");
  if (!value) return at::full(shape, 0, at::kFloat);
  const auto& tensor = value->t();
  if (tensor.data_type() == onnx::TensorProto::INT64) {
    std::int64_t number = tensor.int64_data_size() > 0 ? tensor.int64_data(0) : 0;
    if (tensor.raw_data().size() == sizeof number) std::copy_n(tensor.raw_data().data(), sizeof number, reinterpret_cast<char*>(&number));
    return at::full(shape, number, at::kLong);
  }
  float number = tensor.float_data_size() > 0 ? tensor.float_data(0) : 0;
  if (tensor.raw_data().size() == sizeof number) std::copy_n(tensor.raw_data().data(), sizeof number, reinterpret_cast<char*>(&number));
  return at::full(shape, number, at::kFloat);
}

bool is_integer(const at::Tensor& value) { return at::isIntegralType(value.scalar_type(), /*includeBool=*/false); }

// What a node gives for these values; nothing for operators that have nothing to do with sizes.
std::optional<at::Tensor> value_of(const onnx::NodeProto& node, const std::vector<at::Tensor>& in) {
  const auto& op = node.op_type();
  if (op == "Gather") return gather(in[0], in[1], integer(node, "axis", 0));
  if (op == "Slice") return slice(in);
  if (op == "Concat") return at::cat(in, integer(node, "axis", 0));
  if (op == "Identity") return in[0];
  if (op == "Cast") return cast(node, in[0]);
  if (op == "Reshape") return reshaped(in[0], integers(in[1]));
  if (op == "Add") return in[0] + in[1];
  if (op == "Sub") return in[0] - in[1];
  if (op == "Mul") return in[0] * in[1];
  if (op == "Div") return is_integer(in[0]) ? at::floor_divide(in[0], in[1]) : in[0] / in[1];  // sizes are not negative
  if (op == "Max" && in.size() == 2) return at::maximum(in[0], in[1]);
  if (op == "Min" && in.size() == 2) return at::minimum(in[0], in[1]);
  if (op == "Range") return at::arange(in[0].item(), in[1].item(), in[2].item(), in[0].options());
  if (op == "ConstantOfShape") return filled(node, integers(in[0]));
  if (op == "Expand") return in[0].expand(at::infer_size(in[0].sizes(), integers(in[1]))).contiguous();
  if (op == "Squeeze" || op == "Unsqueeze") {
    auto along = axes(node, in);
    if (!along) return {};
    auto out = in[0];
    const auto dims = out.dim() + (op == "Unsqueeze" ? static_cast<std::int64_t>(along->size()) : 0);
    for (auto& axis : *along) axis = axis < 0 ? axis + dims : axis;
    std::ranges::sort(*along);
    if (op == "Squeeze") std::ranges::reverse(*along);
    for (const auto axis : *along) out = op == "Unsqueeze" ? out.unsqueeze(axis) : out.squeeze(axis);
    return out;
  }
  return {};
}

std::optional<at::Tensor> shape_of(const onnx::NodeProto& node, const Sizes& sizes) {
  const auto whole = at::tensor(sizes, at::kLong);
  return whole.slice(0, integer(node, "start", 0), attribute(node, "end") ? std::optional(integer(node, "end", 0)) : std::nullopt);
}

void add_initializer(onnx::GraphProto& graph, const std::string& name, const at::Tensor& value) {
  const auto whole = value.contiguous();
  auto& tensor = *graph.add_initializer();
  tensor.set_name(name);
  for (const auto side : whole.sizes()) tensor.add_dims(side);
  tensor.set_data_type(whole.scalar_type() == at::kFloat  ? onnx::TensorProto::FLOAT
                       : whole.scalar_type() == at::kLong ? onnx::TensorProto::INT64
                                                          : onnx::TensorProto::INT32);
  tensor.set_raw_data(whole.const_data_ptr(), whole.nbytes());
}

// One pass over the graph: true when something was worked out.
bool fold(onnx::GraphProto& graph, std::map<std::string, at::Tensor>& known) {
  std::map<std::string, Sizes> sizes;
  for (const auto* list : {&graph.input(), &graph.value_info()})
    for (const auto& info : *list)
      if (auto found = sizes_of(info)) sizes[info.name()] = *found;
  std::set<std::string> results;
  for (const auto& output : graph.output()) results.insert(output.name());

  bool any = false;
  onnx::GraphProto kept;
  for (auto& node : *graph.mutable_node()) {
    std::optional<at::Tensor> value;
    if (node.output_size() == 1 && !results.contains(node.output(0)) && node.input_size() > 0) {
      std::vector<at::Tensor> in;
      for (const auto& name : node.input())
        if (const auto found = known.find(name); found != known.end()) in.push_back(found->second);
      if (node.op_type() == "Shape" && sizes.contains(node.input(0)))
        value = shape_of(node, sizes[node.input(0)]);
      else if (in.size() == static_cast<std::size_t>(node.input_size()))
        value = value_of(node, in);
    }
    if (!value || value->numel() > kLargestFoldedValue) {
      kept.add_node()->Swap(&node);
      continue;
    }
    known[node.output(0)] = *value;
    add_initializer(graph, node.output(0), *value);
    any = true;
  }
  graph.mutable_node()->Swap(kept.mutable_node());
  return any;
}

}  // namespace

onnx::ModelProto with_fixed_size(onnx::ModelProto model, int input, const std::vector<int>& size, const io::StateDict& tensors) {
  auto& graph = *model.mutable_graph();
  auto* shape = graph.mutable_input(input)->mutable_type()->mutable_tensor_type()->mutable_shape();
  shape->clear_dim();
  for (const int side : size) shape->add_dim()->set_dim_value(side);
  graph.clear_value_info();  // sizes of before
  std::map<std::string, at::Tensor> known;
  for (const auto& [name, tensor] : tensors)
    if (tensor.numel() <= kLargestFoldedValue && (is_integer(tensor) || tensor.scalar_type() == at::kFloat)) known[name] = tensor;
  do onnx::shape_inference::InferShapes(model);
  while (fold(graph, known));
  return model;
}

}  // namespace scriba::engine
