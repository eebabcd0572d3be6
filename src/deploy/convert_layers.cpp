#include <algorithm>
#include <array>
#include <cmath>

#include <ATen/ops/cat.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>

#include "onnx_conversion.hpp"

// Layers with weights or windows.
namespace scriba::deploy {
namespace {

using Integers = std::vector<std::int64_t>;

// The same number for every axis of a window, as torch's short form says.
Integers widened(Integers values, std::size_t count) {
  if (values.size() == 1) values.resize(count, values[0]);
  return values;
}

// Before and after.
Integers both_sides(const Integers& padding) {
  Integers out = padding;
  out.insert(out.end(), padding.begin(), padding.end());
  return out;
}

// _convolution(input, weight, bias, stride, padding, dilation, transposed, output_padding, groups, ...)
Operand convolution(const Call& call) {
  const auto kernel = call.weight(1).sizes().slice(2).vec();
  const auto per_axis = [&](std::size_t i) { return widened(call.integers(i), kernel.size()); };
  Names inputs{call.tensor(0), call.tensor(1)};
  if (!call.none(2)) inputs.push_back(call.tensor(2));
  Attributes attributes{{"kernel_shape", kernel},
                        {"strides", per_axis(3)},
                        {"pads", both_sides(per_axis(4))},
                        {"dilations", per_axis(5)},
                        {"group", call.integer(8)}};
  if (!call.flag(6)) return call.out("Conv", inputs, attributes);
  attributes.push_back({"output_padding", per_axis(7)});
  return call.out("ConvTranspose", inputs, attributes);
}

// batch_norm(input, weight, bias, mean, variance, training, momentum, epsilon, ..)
Operand batch_norm(const Call& call) {
  if (call.flag(5)) call.unsupported("a batch norm in training mode");
  if (call.none(1) || call.none(2) || call.none(3) || call.none(4)) call.unsupported("a batch norm without weights or statistics");
  return call.out("BatchNormalization", {call.tensor(0), call.tensor(1), call.tensor(2), call.tensor(3), call.tensor(4)},
                  {{"epsilon", call.number(7)}});
}

std::string mean_over(const Call& call, const std::string& x, const Integers& axes) {
  if (call.graph.opset() >= 18) return call.add("ReduceMean", {x, call.graph.integers(axes)});
  return call.add("ReduceMean", {x}, {{"axes", axes}});
}

// layer_norm(input, normalized_shape, weight, bias, epsilon, ..), in the plain operations that engines know as one.
Operand layer_norm(const Call& call) {
  Integers axes;
  for (auto axis = -static_cast<std::int64_t>(call.integers(1).size()); axis < 0; ++axis) axes.push_back(axis);
  const auto x = call.tensor(0);
  const auto centred = call.add("Sub", {x, mean_over(call, x, axes)});
  const auto variance = mean_over(call, call.add("Mul", {centred, centred}), axes);
  const auto deviation = call.add("Sqrt", {call.add("Add", {variance, call.graph.number(call.number(4), call.out_type())})});
  auto y = call.add("Div", {centred, deviation});
  if (!call.none(2)) y = call.add("Mul", {y, call.tensor(2)});
  if (!call.none(3)) y = call.add("Add", {y, call.tensor(3)});
  return Operand::value(y);
}

// max_pool2d(input, kernel, stride, padding, dilation, ceil_mode)
Operand max_pool(const Call& call) {
  const auto kernel = widened(call.integers(1), 2);
  const auto stride = call.integers(2);
  return call.out("MaxPool", {call.tensor(0)},
                  {{"kernel_shape", kernel},
                   {"strides", stride.empty() ? kernel : widened(stride, 2)},
                   {"pads", both_sides(widened(call.integers(3), 2))},
                   {"dilations", widened(call.integers(4), 2)},
                   {"ceil_mode", std::int64_t{call.flag(5)}}});
}

// avg_pool2d(input, kernel, stride, padding, ceil_mode, count_include_pad, divisor_override)
Operand average_pool(const Call& call) {
  if (!call.none(6)) call.unsupported("an average with a divisor of its own");
  const auto kernel = widened(call.integers(1), 2), padding = widened(call.integers(3), 2);
  const auto stride = call.integers(2);
  const bool padded = std::ranges::any_of(padding, [](auto side) { return side > 0; });
  if (padded && call.flag(4) && call.flag(5)) call.unsupported("an average over padding with windows that end outside");
  // Without padding every pixel counts and nothing else does, also in windows that end outside.
  return call.out("AveragePool", {call.tensor(0)},
                  {{"kernel_shape", kernel},
                   {"strides", stride.empty() ? kernel : widened(stride, 2)},
                   {"pads", both_sides(padding)},
                   {"ceil_mode", std::int64_t{call.flag(4)}},
                   {"count_include_pad", std::int64_t{padded && call.flag(5)}}});
}

Operand adaptive_pool(const Call& call, const char* op) {
  if (!std::ranges::all_of(call.integers(1), [](auto side) { return side == 1; })) call.unsupported("a pooling to another size than 1 x 1");
  return call.out(op, {call.tensor(0)});
}
Operand adaptive_average(const Call& call) { return adaptive_pool(call, "GlobalAveragePool"); }
// Its second output, where the largest are, has no form here.
Operand adaptive_max(const Call& call) { return {.list = {adaptive_pool(call, "GlobalMaxPool")}, .is_list = true}; }

// Resize by factors (`scales`), or else to a size.
Operand resize(const Call& call, std::size_t size, std::size_t scales, const Attributes& attributes) {
  if (!call.none(scales)) {
    std::vector<float> factors{1, 1};
    for (const double factor : call.in[scales].known->toDoubleVector()) factors.push_back(static_cast<float>(factor));
    return call.out("Resize", {call.tensor(0), "", call.graph.constant(at::tensor(factors))}, attributes);
  }
  const auto planes = call.add("Slice", {call.add("Shape", {call.tensor(0)}), call.graph.integers({0}), call.graph.integers({2})});
  const auto to = call.add("Concat", {planes, call.shape(size)}, {{"axis", std::int64_t{0}}});
  return call.out("Resize", {call.tensor(0), "", "", to}, attributes);
}

// upsample_nearest2d.vec(input, output_size, scale_factors)
Operand upsample_nearest(const Call& call) {
  return resize(call, 1, 2,
                {{"mode", std::string("nearest")},
                 {"coordinate_transformation_mode", std::string("asymmetric")},
                 {"nearest_mode", std::string("floor")}});
}

// upsample_bilinear2d.vec(input, output_size, align_corners, scale_factors). "half_pixel" would be right for outputs of one pixel, too, but
// OpenCV 4.6 takes it for something else.
Operand upsample_bilinear(const Call& call) {
  return resize(call, 1, 3,
                {{"mode", std::string("linear")},
                 {"coordinate_transformation_mode", std::string(call.flag(2) ? "align_corners" : "pytorch_half_pixel")}});
}

// x weight^T + bias, of any rank. The weight stays as the state_dict has it.
Operand linear(const Call& call) {
  if (call.rank(0) == 2) {
    Names inputs{call.tensor(0), call.tensor(1)};
    if (!call.none(2)) inputs.push_back(call.tensor(2));
    return call.out("Gemm", inputs, {{"transB", std::int64_t{1}}});
  }
  const auto turned = call.add("Transpose", {call.tensor(1)}, {{"perm", Integers{1, 0}}});
  const auto product = call.add("MatMul", {call.tensor(0), turned});
  return call.none(2) ? Operand::value(product) : call.out("Add", {product, call.tensor(2)});
}

// addmm(bias, x, weight, beta, alpha)
Operand add_product(const Call& call) {
  return call.out("Gemm", {call.tensor(1), call.tensor(2), call.tensor(0)}, {{"alpha", call.number(4)}, {"beta", call.number(3)}});
}

Operand matrix_product(const Call& call) { return call.out("MatMul", {call.tensor(0, call.out_type()), call.tensor(1, call.out_type())}); }

// softmax(query key^T scale + mask) value; scaled_dot_product_attention(query, key, value, mask, dropout, causal, scale, ..)
Operand attention(const Call& call) {
  if (call.number(4) != 0 || call.flag(5)) call.unsupported("an attention with dropout or a causal mask");
  if (!call.none(3) && call.type(3) == at::kBool) call.unsupported("an attention with a boolean mask");
  const auto type = call.out_type();
  const double scale = call.none(6) ? 1 / std::sqrt(static_cast<double>(call.size(0, call.rank(0) - 1))) : call.number(6);
  Integers order;
  for (std::int64_t axis = 0; axis < call.rank(1); ++axis) order.push_back(axis);
  std::swap(order[order.size() - 1], order[order.size() - 2]);
  const auto query = call.add("Mul", {call.tensor(0), call.graph.number(scale, type)});
  auto scores = call.add("MatMul", {query, call.add("Transpose", {call.tensor(1)}, {{"perm", order}})});
  if (!call.none(3)) scores = call.add("Add", {scores, call.tensor(3)});
  return call.out("MatMul", {call.add("Softmax", {scores}, {{"axis", std::int64_t{-1}}}), call.tensor(2)});
}

// grid_sampler(input, grid, interpolation, padding, align_corners)
Operand grid_sample(const Call& call) {
  constexpr std::array<const char*, 3> interpolations{"bilinear", "nearest", "bicubic"}, paddings{"zeros", "border", "reflection"};
  return call.out("GridSample", {call.tensor(0), call.tensor(1)},
                  {{"mode", std::string(interpolations.at(static_cast<std::size_t>(call.integer(2))))},
                   {"padding_mode", std::string(paddings.at(static_cast<std::size_t>(call.integer(3))))},
                   {"align_corners", std::int64_t{call.flag(4)}}});
}

// torch's order of the gates is input, forget, cell, output, ONNX's input, output, forget, cell.
at::Tensor gates_for_onnx(const at::Tensor& weight) {
  const auto gate = weight.detach().chunk(4);
  return at::cat({gate[0], gate[3], gate[1], gate[2]});
}

// True for states that are zeros whatever the batch: ONNX's own, when none are given.
bool is_zero(const torch::jit::Value& value) {
  static const std::array<std::string_view, 7> passes{"aten::slice",      "aten::select", "aten::unsqueeze", "aten::expand",
                                                      "aten::contiguous", "aten::view",   "aten::reshape"};
  const auto& node = *value.node();
  const std::string_view kind = node.kind().toQualString();
  if (kind == "aten::zeros_like" || kind == "aten::zeros") return true;
  return std::ranges::find(passes, kind) != passes.end() && is_zero(*node.input(0));
}

std::string state(const Call& call, std::size_t which, std::int64_t layer, std::int64_t directions) {
  const auto& list = *call.node.input(1)->node();
  if (list.kind() == torch::jit::prim::ListConstruct && is_zero(*list.input(which))) return {};
  const auto states = call.tensors(1).at(which);
  const auto first = layer * directions;
  return call.add("Slice", {states, call.graph.integers({first}), call.graph.integers({first + directions}), call.graph.integers({0})});
}

// lstm(input, [state, cell], weights, has_biases, layers, dropout, training, bidirectional, batch_first) -> output, state, cell. Weights
// are joined and reordered, so they have names of their own.
Operand lstm(const Call& call) {
  if (call.in.size() != 9 || !call.in[2].is_list) call.unsupported("an LSTM over packed sequences");
  const bool biases = call.flag(3), both = call.flag(7), batch_first = call.flag(8);
  const std::int64_t layers = call.integer(4), directions = both ? 2 : 1;
  const std::size_t each = biases ? 4 : 2;
  if (call.in[2].list.size() != each * static_cast<std::size_t>(layers * directions)) call.unsupported("an LSTM with projections");
  auto x = call.tensor(0);
  if (batch_first) x = call.add("Transpose", {x}, {{"perm", Integers{1, 0, 2}}});
  Names last_states, last_cells;
  for (std::int64_t layer = 0; layer < layers; ++layer) {
    std::vector<at::Tensor> input, recurrent, bias;
    for (std::int64_t direction = 0; direction < directions; ++direction) {
      const auto* of = &call.in[2].list[each * static_cast<std::size_t>(layer * directions + direction)];
      input.push_back(gates_for_onnx(call.weight(of[0]))), recurrent.push_back(gates_for_onnx(call.weight(of[1])));
      if (biases) bias.push_back(at::cat({gates_for_onnx(call.weight(of[2])), gates_for_onnx(call.weight(of[3]))}));
    }
    const auto name = [&](const char* what) { return call.graph.scope() + "." + what + "_l" + std::to_string(layer); };
    const auto y = call.graph.add_many(
        "LSTM",
        {x, call.graph.weight(name("onnx_W"), at::stack(input)), call.graph.weight(name("onnx_R"), at::stack(recurrent)),
         biases ? call.graph.weight(name("onnx_B"), at::stack(bias)) : "", "", state(call, 0, layer, directions),
         state(call, 1, layer, directions)},
        3, {{"hidden_size", call.weight(call.in[2].list[1]).size(1)}, {"direction", std::string(both ? "bidirectional" : "forward")}});
    // [T, directions, N, H] -> [T, N, directions H]
    const auto together = call.add("Transpose", {y[0]}, {{"perm", Integers{0, 2, 1, 3}}});
    x = call.add("Reshape", {together, call.graph.integers({0, 0, -1})});
    last_states.push_back(y[1]), last_cells.push_back(y[2]);
  }
  if (batch_first) x = call.add("Transpose", {x}, {{"perm", Integers{1, 0, 2}}});
  const auto joined = [&](const Names& parts) {
    return parts.size() == 1 ? parts[0] : call.add("Concat", parts, {{"axis", std::int64_t{0}}});
  };
  return Operand::many({x, joined(last_states), joined(last_cells)});
}

}  // namespace

const ConverterTable& layer_converters() {
  static const ConverterTable table{
      {"aten::_convolution", convolution},
      {"aten::convolution", convolution},
      {"aten::batch_norm", batch_norm},
      {"aten::layer_norm", layer_norm},
      {"aten::max_pool2d", max_pool},
      {"aten::avg_pool2d", average_pool},
      {"aten::adaptive_avg_pool2d", adaptive_average},
      {"aten::adaptive_max_pool2d", adaptive_max},
      {"aten::upsample_nearest2d", upsample_nearest},
      {"aten::upsample_bilinear2d", upsample_bilinear},
      {"aten::linear", linear},
      {"aten::addmm", add_product},
      {"aten::matmul", matrix_product},
      {"aten::bmm", matrix_product},
      {"aten::mm", matrix_product},
      {"aten::scaled_dot_product_attention", attention},
      {"aten::grid_sampler", grid_sample},
      {"scriba::deform_conv2d", convert_deformable},
      {"aten::lstm", lstm},
  };
  return table;
}

}  // namespace scriba::deploy
