#include <algorithm>
#include <limits>

#include <ATen/ops/full.h>
#include <ATen/ops/scalar_tensor.h>

#include "onnx_conversion.hpp"

// Sizes, slices, reshaping, joining.
namespace scriba::deploy {
namespace {

std::string shape_of(const Call& call, std::size_t i = 0) { return call.add("Shape", {call.tensor(i)}); }

// Sizes of axes first .. last - 1, [n].
std::string sizes(const Call& call, std::int64_t first, std::int64_t last) {
  return call.add("Slice", {shape_of(call), call.graph.integers({first}), call.graph.integers({last})});
}

Operand same(const Call& call) { return call.in[0]; }

Operand dropout(const Call& call) {
  if (call.flag(2)) call.unsupported("a dropout in training mode");
  return call.in[0];
}

// The size of an axis, [1]; of all axes, [rank].
Operand size(const Call& call) {
  if (call.in.size() < 2) return call.out("Shape", {call.tensor(0)});
  return call.out("Gather", {shape_of(call), call.graph.integers({call.integer(1)})});
}

// Elements of a list as the outputs of a node.
Operand unpack(const Call& call) {
  const auto& list = call.in[0];
  if (list.is_list) return list;
  Operand out{.is_list = true};
  if (!list.known || !list.known->isList()) call.unsupported("a list whose length depends on the input");
  for (const auto& one : list.known->toListRef()) out.list.push_back({.known = one});
  return out;
}

Operand make_list(const Call& call) { return {.list = call.in, .is_list = true}; }

Operand reshape(const Call& call) { return call.out("Reshape", {call.tensor(0), call.shape(1)}); }

// Axes first .. last of x as `middle`, [n]; the others as they are.
Operand with_axes(const Call& call, std::int64_t first, std::int64_t last, const std::vector<std::int64_t>& middle) {
  const auto rank = call.rank(0);
  if (last == rank - 1) {  // 0: as it was
    std::vector<std::int64_t> shape(static_cast<std::size_t>(first), 0);
    shape.insert(shape.end(), middle.begin(), middle.end());
    return call.out("Reshape", {call.tensor(0), call.graph.integers(shape)});
  }
  Names parts;
  if (first > 0) parts.push_back(sizes(call, 0, first));
  parts.push_back(call.graph.integers(middle));
  parts.push_back(sizes(call, last + 1, rank));
  return call.out("Reshape", {call.tensor(0), call.add("Concat", parts, {{"axis", std::int64_t{0}}})});
}

Operand flatten(const Call& call) {
  const auto first = call.axis(1), last = call.axis(2);
  return first == last ? call.in[0] : with_axes(call, first, last, {-1});
}

Operand unflatten(const Call& call) {
  const auto axis = call.axis(1);
  return with_axes(call, axis, axis, call.integers(2));
}

Operand permute(const Call& call) {
  auto order = call.integers(1);
  for (auto& axis : order) axis += axis < 0 ? call.rank(0) : 0;
  return call.out("Transpose", {call.tensor(0)}, {{"perm", order}});
}

Operand transpose(const Call& call) {
  std::vector<std::int64_t> order;
  for (std::int64_t axis = 0; axis < call.rank(0); ++axis) order.push_back(axis);
  const bool two = call.in.size() < 3;  // t()
  if (!two || order.size() == 2)
    std::swap(order.at(static_cast<std::size_t>(two ? 0 : call.axis(1))), order.at(static_cast<std::size_t>(two ? 1 : call.axis(2))));
  return call.out("Transpose", {call.tensor(0)}, {{"perm", order}});
}

Operand unsqueeze(const Call& call) { return call.out("Unsqueeze", {call.tensor(0), call.graph.integers({call.axis(1, 0, 1)})}); }

Operand squeeze(const Call& call) {
  if (call.in.size() < 2) return call.out("Squeeze", {call.tensor(0)});
  return call.out("Squeeze", {call.tensor(0), call.graph.integers(call.integers(1))});
}

Operand select(const Call& call) {
  const auto index = call.graph.constant(at::scalar_tensor(call.integer(2), at::kLong));
  return call.out("Gather", {call.tensor(0), index}, {{"axis", call.axis(1)}});
}

Operand slice(const Call& call) {
  const auto bound = [&](std::size_t i, std::int64_t without) { return call.none(i) ? call.graph.integers({without}) : call.shape(i); };
  return call.out("Slice", {call.tensor(0), bound(2, 0), bound(3, std::numeric_limits<std::int64_t>::max()),
                            call.graph.integers({call.axis(1)}), bound(4, 1)});
}

Operand narrow(const Call& call) {
  const auto first = call.integer(2);
  return call.out("Slice", {call.tensor(0), call.graph.integers({first}), call.graph.integers({first + call.integer(3)}),
                            call.graph.integers({call.axis(1)})});
}

// Parts of an axis whose size does not change with the input: channels.
Operand chunk(const Call& call) {
  const auto axis = call.axis(2), size = call.size(0, axis), each = (size + call.integer(1) - 1) / call.integer(1);
  if (axis != 1) call.unsupported("chunks of another axis than the channels'");
  std::vector<std::int64_t> parts;
  for (std::int64_t left = size; left > 0; left -= each) parts.push_back(std::min(each, left));
  return Operand::many(call.graph.add_many("Split", {call.tensor(0), call.graph.integers(parts)}, parts.size(), {{"axis", axis}}));
}

Operand concatenate(const Call& call) { return call.out("Concat", call.tensors(0), {{"axis", call.integer(1)}}); }

Operand stack(const Call& call) {
  Names parts;
  for (const auto& one : call.tensors(0)) parts.push_back(call.add("Unsqueeze", {one, call.graph.integers({call.integer(1)})}));
  return call.out("Concat", parts, {{"axis", call.integer(1)}});
}

// -1: as it is, which ONNX writes as 1.
Operand expand(const Call& call) {
  auto shape = call.in[1];
  if (!shape.is_list) {
    auto to = call.integers(1);
    std::ranges::replace(to, -1, 1);
    return call.out("Expand", {call.tensor(0), call.graph.integers(to)});
  }
  auto changed = call;
  for (auto& one : changed.in[1].list)
    if (one.known && one.known->toInt() == -1) one.known = c10::IValue(1);
  return call.out("Expand", {call.tensor(0), changed.shape(1)});
}

Operand expand_as(const Call& call) { return call.out("Expand", {call.tensor(0), shape_of(call, 1)}); }

Operand filled_like(const Call& call, double value) {
  return call.out("ConstantOfShape", {shape_of(call)}, {{"value", at::full({1}, value, at::TensorOptions(call.out_type()))}});
}
Operand zeros_like(const Call& call) { return filled_like(call, 0); }
Operand ones_like(const Call& call) { return filled_like(call, 1); }

// torch lists the last axis first, a pair an axis; ONNX all beginnings, then all ends.
Operand pad(const Call& call) {
  const auto pairs = call.integers(1);
  const auto rank = static_cast<std::size_t>(call.rank(0));
  std::vector<std::int64_t> pads(2 * rank, 0);
  for (std::size_t i = 0; i < pairs.size() / 2; ++i) {
    pads[rank - 1 - i] = pairs[2 * i];
    pads[2 * rank - 1 - i] = pairs[2 * i + 1];
  }
  return call.out("Pad", {call.tensor(0), call.graph.integers(pads), call.graph.number(call.number(2), call.out_type())},
                  {{"mode", std::string("constant")}});
}

// [N, g C, H, W]: the g groups of channels are dealt out one by one.
Operand channel_shuffle(const Call& call) {
  const auto groups = call.integer(1);
  const auto apart = call.add("Reshape", {call.tensor(0), call.graph.integers({0, groups, call.size(0, 1) / groups, -1})});
  const auto dealt = call.add("Transpose", {apart}, {{"perm", std::vector<std::int64_t>{0, 2, 1, 3}}});
  return call.out("Reshape", {dealt, shape_of(call)});
}

}  // namespace

const ConverterTable& shape_converters() {
  static const ConverterTable table{
      {"aten::size", size},
      {"prim::NumToTensor", same},
      {"aten::Int", same},
      {"aten::ScalarImplicit", same},
      {"aten::contiguous", same},
      {"aten::clone", same},
      {"aten::detach", same},
      {"aten::alias", same},
      {"aten::dropout", dropout},
      {"aten::feature_dropout", dropout},
      {"prim::ListConstruct", make_list},
      {"prim::TupleConstruct", make_list},
      {"prim::ListUnpack", unpack},
      {"prim::TupleUnpack", unpack},
      {"aten::reshape", reshape},
      {"aten::view", reshape},
      {"aten::flatten", flatten},
      {"aten::unflatten", unflatten},
      {"aten::permute", permute},
      {"aten::transpose", transpose},
      {"aten::t", transpose},
      {"aten::unsqueeze", unsqueeze},
      {"aten::squeeze", squeeze},
      {"aten::select", select},
      {"aten::slice", slice},
      {"aten::narrow", narrow},
      {"aten::chunk", chunk},
      {"aten::cat", concatenate},
      {"aten::concat", concatenate},
      {"aten::stack", stack},
      {"aten::expand", expand},
      {"aten::expand_as", expand_as},
      {"aten::zeros_like", zeros_like},
      {"aten::ones_like", ones_like},
      {"aten::constant_pad_nd", pad},
      {"aten::channel_shuffle", channel_shuffle},
  };
  return table;
}

}  // namespace scriba::deploy
