#include "fixed_size.hpp"

#include <algorithm>
#include <cmath>
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
#include <c10/util/Exception.h>
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

// Whether a tensor of these sizes may be made: files can ask for any.
bool fits(at::IntArrayRef sizes) {
  std::int64_t count = 1;
  for (const auto side : sizes) {
    if (side < 0 || side > kLargestFoldedValue) return false;
    count *= side;
    if (count > kLargestFoldedValue) return false;
  }
  return true;
}

bool is_integer(const at::Tensor& value) { return value.scalar_type() == at::kLong || value.scalar_type() == at::kInt; }

Sizes integers(const at::Tensor& values) {
  const auto whole = values.to(at::kLong).contiguous().reshape({-1});
  return {whole.const_data_ptr<std::int64_t>(), whole.const_data_ptr<std::int64_t>() + whole.numel()};
}

// Of Squeeze and Unsqueeze: an input since operator set 13, an attribute before.
std::optional<Sizes> axes(const onnx::NodeProto& node, const std::vector<at::Tensor>& in) {
  if (in.size() > 1) return is_integer(in[1]) ? std::optional(integers(in[1])) : std::nullopt;
  const auto* found = attribute(node, "axes");
  if (!found) return {};
  return Sizes(found->ints().begin(), found->ints().end());
}

std::optional<at::Tensor> gather(const at::Tensor& data, const at::Tensor& index, std::int64_t axis) {
  axis = axis < 0 ? axis + data.dim() : axis;
  if (axis < 0 || axis >= data.dim() || !is_integer(index)) return {};
  auto positions = index.to(at::kLong).reshape({-1});
  positions = positions + (positions < 0).to(at::kLong) * data.size(axis);
  Sizes shape(data.sizes().begin(), data.sizes().begin() + axis);
  shape.insert(shape.end(), index.sizes().begin(), index.sizes().end());
  shape.insert(shape.end(), data.sizes().begin() + axis + 1, data.sizes().end());
  if (!fits(shape)) return {};
  return data.index_select(axis, positions).reshape(shape);
}

std::optional<at::Tensor> slice(const std::vector<at::Tensor>& in) {
  for (std::size_t i = 1; i < in.size(); ++i)
    if (!is_integer(in[i])) return {};
  const auto starts = integers(in[1]), ends = integers(in[2]);
  Sizes along(starts.size()), steps(starts.size(), 1);
  for (std::size_t i = 0; i < along.size(); ++i) along[i] = static_cast<std::int64_t>(i);
  if (in.size() > 3) along = integers(in[3]);
  if (in.size() > 4) steps = integers(in[4]);
  if (ends.size() != starts.size() || along.size() != starts.size() || steps.size() != starts.size()) return {};
  auto out = in[0];
  for (std::size_t i = 0; i < along.size(); ++i) {
    if (steps[i] < 1 || steps[i] > kLargestFoldedValue) return {};
    out = out.slice(along[i], starts[i], ends[i], steps[i]);
  }
  return out;
}

std::optional<at::Tensor> reshaped(const at::Tensor& data, Sizes shape) {
  auto known = shape;  // with 1 for the side that follows from the others
  for (std::size_t i = 0; i < shape.size(); ++i) {
    if (shape[i] == 0) shape[i] = data.size(static_cast<std::int64_t>(i));
    known[i] = shape[i] == -1 ? 1 : shape[i];
  }
  if (!fits(known)) return {};
  return data.reshape(shape);
}

// Add, Sub, Mul, Div, Max, Min.
std::optional<at::Tensor> arithmetic(const std::string& op, const at::Tensor& a, const at::Tensor& b) {
  if (a.scalar_type() != b.scalar_type() || !fits(at::infer_size(a.sizes(), b.sizes()))) return {};
  if (op == "Add") return a + b;
  if (op == "Sub") return a - b;
  if (op == "Mul") return a * b;
  if (op == "Max") return at::maximum(a, b);
  if (op == "Min") return at::minimum(a, b);
  if (!is_integer(a)) return a / b;
  if ((b < 1).any().item<bool>()) return {};  // sizes are not negative
  return at::floor_divide(a, b);
}

std::optional<at::Tensor> range(const at::Tensor& first, const at::Tensor& limit, const at::Tensor& step) {
  const double from = first.item<double>(), to = limit.item<double>(), by = step.item<double>();
  constexpr double most = 1e9;  // of a size
  if (!(std::abs(from) <= most && std::abs(to) <= most && std::abs((to - from) / by) <= kLargestFoldedValue)) return {};
  return at::arange(first.item(), limit.item(), step.item(), first.options());
}

std::optional<at::Tensor> expanded(const at::Tensor& data, const Sizes& shape) {
  const auto whole = at::infer_size(data.sizes(), shape);
  if (!fits(whole)) return {};
  return data.expand(whole).contiguous();
}

std::optional<at::Tensor> squeezed(const onnx::NodeProto& node, const std::vector<at::Tensor>& in) {
  const bool adds = node.op_type() == "Unsqueeze";
  auto along = axes(node, in);
  constexpr std::size_t most = 16;
  if (!along || along->size() > most) return {};
  auto out = in[0];
  const auto dims = out.dim() + (adds ? static_cast<std::int64_t>(along->size()) : 0);
  for (auto& axis : *along) axis = axis < 0 ? axis + dims : axis;
  std::ranges::sort(*along);
  if (!adds) std::ranges::reverse(*along);
  for (const auto axis : *along) out = adds ? out.unsqueeze(axis) : out.squeeze(axis);
  return out;
}

std::optional<at::Tensor> joined(const std::vector<at::Tensor>& in, std::int64_t axis) {
  std::int64_t count = 0;
  for (const auto& part : in) count += part.numel();
  if (count > kLargestFoldedValue) return {};
  return at::cat(in, axis);
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

std::optional<at::Tensor> filled(const onnx::NodeProto& node, const Sizes& shape) {
  if (!fits(shape)) return {};
  const auto* value = attribute(node, "value");
  if (!value) return at::full(shape, 0, at::kFloat);
  const auto& tensor = value->t();
  if (tensor.data_type() == onnx::TensorProto::INT64) {
    std::int64_t number = tensor.int64_data_size() > 0 ? tensor.int64_data(0) : 0;
    if (tensor.raw_data().size() == sizeof number) std::copy_n(tensor.raw_data().data(), sizeof number, reinterpret_cast<char*>(&number));
    return at::full(shape, number, at::kLong);
  }
  if (tensor.data_type() != onnx::TensorProto::FLOAT) return {};
  float number = tensor.float_data_size() > 0 ? tensor.float_data(0) : 0;
  if (tensor.raw_data().size() == sizeof number) std::copy_n(tensor.raw_data().data(), sizeof number, reinterpret_cast<char*>(&number));
  return at::full(shape, number, at::kFloat);
}

// How many inputs an operator needs at least and takes at most; nothing for operators that have nothing to do with sizes.
struct Arity {
  std::size_t least = 0, most = 0;
};
std::optional<Arity> arity(const std::string& op) {
  static const std::map<std::string, Arity> known{
      {"Add", {2, 2}},      {"Cast", {1, 1}},   {"Concat", {1, 1 << 16}}, {"ConstantOfShape", {1, 1}},
      {"Div", {2, 2}},      {"Expand", {2, 2}}, {"Gather", {2, 2}},       {"Identity", {1, 1}},
      {"Max", {2, 2}},      {"Min", {2, 2}},    {"Mul", {2, 2}},          {"Range", {3, 3}},
      {"Reshape", {2, 2}},  {"Slice", {3, 5}},  {"Squeeze", {1, 2}},      {"Sub", {2, 2}},
      {"Unsqueeze", {1, 2}}};
  const auto found = known.find(op);
  return found == known.end() ? std::nullopt : std::optional(found->second);
}

// What a node gives for these values; nothing when that is too large, the node is damaged or its operator is another one.
std::optional<at::Tensor> computed(const onnx::NodeProto& node, const std::vector<at::Tensor>& in) {
  const auto& op = node.op_type();
  const auto inputs = arity(op);
  if (!inputs || in.size() < inputs->least || in.size() > inputs->most) return {};
  if (op == "Gather") return gather(in[0], in[1], integer(node, "axis", 0));
  if (op == "Slice") return slice(in);
  if (op == "Concat") return joined(in, integer(node, "axis", 0));
  if (op == "Identity") return in[0];
  if (op == "Cast") return cast(node, in[0]);
  if (op == "Range") return range(in[0], in[1], in[2]);
  if (op == "Squeeze" || op == "Unsqueeze") return squeezed(node, in);
  if (op == "ConstantOfShape") return is_integer(in[0]) ? filled(node, integers(in[0])) : std::nullopt;
  if (op == "Reshape") return is_integer(in[1]) ? reshaped(in[0], integers(in[1])) : std::nullopt;
  if (op == "Expand") return is_integer(in[1]) ? expanded(in[0], integers(in[1])) : std::nullopt;
  return arithmetic(op, in[0], in[1]);
}

// The same; nothing, too, for values that LibTorch's operator refuses: whoever runs the network will say what is wrong with it.
std::optional<at::Tensor> value_of(const onnx::NodeProto& node, const std::vector<at::Tensor>& in) {
  try {
    return computed(node, in);
  } catch (const c10::Error&) {
    return {};
  }
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
  for (auto& output : *graph.mutable_output()) output.mutable_type()->mutable_tensor_type()->clear_shape();
  std::map<std::string, at::Tensor> known;
  for (const auto& [name, tensor] : tensors)
    if (tensor.numel() <= kLargestFoldedValue && (is_integer(tensor) || tensor.scalar_type() == at::kFloat)) known[name] = tensor;
  do onnx::shape_inference::InferShapes(model);
  while (fold(graph, known));
  return model;
}

}  // namespace scriba::engine
