#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>

#include <ATen/ops/scalar_tensor.h>

#include "onnx_conversion.hpp"

// Element by element, and sums along axes.
namespace scriba::deploy {
namespace {

// Two operands in the type of the result; numbers become tensors of it.
std::string left(const Call& call) { return call.tensor(0, call.out_type()); }

// An operand times alpha, where the operation has one.
std::string scaled(const Call& call, const std::string& operand) {
  if (call.in.size() < 3 || call.none(2) || call.in[2].known->isString() || call.number(2) == 1) return operand;
  return call.add("Mul", {operand, call.graph.number(call.number(2), call.out_type())});
}
std::string right(const Call& call) { return scaled(call, call.tensor(1, call.out_type())); }

Operand add(const Call& call) { return call.out("Add", {left(call), right(call)}); }
Operand subtract(const Call& call) { return call.out("Sub", {left(call), right(call)}); }
// other - alpha self
Operand subtract_from(const Call& call) { return call.out("Sub", {call.tensor(1, call.out_type()), scaled(call, left(call))}); }

// OpenCV 4.6 takes x * HardSigmoid(whatever) for the hard swish of x, and reads the gate of a squeeze-and-excitation wrong. The other way
// round it does not.
Operand multiply(const Call& call) {
  const auto a = left(call), b = call.tensor(1, call.out_type());
  return b.find("/HardSigmoid") != std::string::npos ? call.out("Mul", {b, a}) : call.out("Mul", {a, b});
}

Operand divide(const Call& call) {
  if (call.in.size() > 2 && !call.none(2)) call.unsupported("a division that rounds");
  return call.out("Div", {left(call), call.tensor(1, call.out_type())});
}

Operand power(const Call& call) { return call.out("Pow", {left(call), call.tensor(1, call.out_type())}); }
Operand square(const Call& call) { return call.out("Mul", {left(call), left(call)}); }
Operand larger(const Call& call) { return call.out("Max", {left(call), call.tensor(1, call.out_type())}); }
Operand smaller(const Call& call) { return call.out("Min", {left(call), call.tensor(1, call.out_type())}); }

// input + value t1 t2
Operand add_product(const Call& call) {
  auto product = call.add("Mul", {call.tensor(1, call.out_type()), call.tensor(2, call.out_type())});
  if (call.number(3) != 1) product = call.add("Mul", {product, call.graph.number(call.number(3), call.out_type())});
  return call.out("Add", {left(call), product});
}

Operand relu(const Call& call) { return call.out("Relu", {call.tensor(0)}); }
Operand sigmoid(const Call& call) { return call.out("Sigmoid", {call.tensor(0)}); }
Operand hyperbolic_tangent(const Call& call) { return call.out("Tanh", {call.tensor(0)}); }
Operand square_root(const Call& call) { return call.out("Sqrt", {call.tensor(0)}); }
Operand logarithm(const Call& call) { return call.out("Log", {call.tensor(0)}); }
Operand exponential(const Call& call) { return call.out("Exp", {call.tensor(0)}); }
Operand negative(const Call& call) { return call.out("Neg", {call.tensor(0)}); }
Operand absolute(const Call& call) { return call.out("Abs", {call.tensor(0)}); }
Operand reciprocal(const Call& call) { return call.out("Reciprocal", {call.tensor(0)}); }
Operand swish(const Call& call) {
  const auto x = call.tensor(0);
  return call.out("Mul", {x, call.add("Sigmoid", {x})});
}
Operand leaky_relu(const Call& call) { return call.out("LeakyRelu", {call.tensor(0)}, {{"alpha", call.number(1)}}); }

// clamp(x / 6 + 1/2, 0, 1): ONNX's own slope is another one.
std::string hard_sigmoid_of(const Call& call, const std::string& x) {
  return call.add("HardSigmoid", {x}, {{"alpha", 1.0 / 6}, {"beta", 0.5}});
}
Operand hard_sigmoid(const Call& call) { return Operand::value(hard_sigmoid_of(call, call.tensor(0))); }
// In two nodes, which importers without HardSwish read, too.
Operand hard_swish(const Call& call) {
  const auto x = call.tensor(0);
  return call.out("Mul", {x, hard_sigmoid_of(call, x)});
}

// x (1 + erf(x / sqrt 2)) / 2
Operand gelu(const Call& call) {
  if (call.in.size() > 1 && call.in[1].known && call.in[1].known->toStringRef() != "none") call.unsupported("the gelu by tanh");
  const auto type = call.out_type();
  const auto x = call.tensor(0);
  const auto erf = call.add("Erf", {call.add("Mul", {x, call.graph.number(std::sqrt(0.5), type)})});
  const auto factor = call.add("Add", {erf, call.graph.number(1, type)});
  return call.out("Mul", {call.add("Mul", {x, factor}), call.graph.number(0.5, type)});
}

// A number that the graph holds.
std::optional<double> number_of(const torch::jit::Value& value) {
  const auto known = torch::jit::toIValue(&value);
  if (!known) return {};
  if (known->isScalar()) return known->toScalar().toDouble();
  if (known->isTensor() && known->toTensor().dim() == 0) return known->toTensor().item<double>();
  return {};
}

// clamp(slope x + shift, 0, 1), nn::hard_sigmoid: one operation of ONNX, which engines are fast at.
std::optional<Operand> as_hard_sigmoid(const Call& call) {
  if (call.none(1) || call.none(2) || call.number(1) != 0 || call.number(2) != 1) return {};
  const auto& add = *call.node.input(0)->node();
  if (std::string_view(add.kind().toQualString()) != "aten::add" || add.inputs().size() != 3) return {};
  const auto& mul = *add.input(0)->node();
  if (std::string_view(mul.kind().toQualString()) != "aten::mul") return {};
  const auto slope = number_of(*mul.input(1)), shift = number_of(*add.input(1)), alpha = number_of(*add.input(2));
  const auto& x = call.lookup(mul.input(0));
  if (!slope || !shift || alpha != 1.0 || x.known || x.is_list) return {};
  return call.out("HardSigmoid", {x.name}, {{"alpha", *slope}, {"beta", *shift}});
}

Operand clamp(const Call& call) {
  if (auto hard_sigmoid = as_hard_sigmoid(call)) return *hard_sigmoid;
  const auto bound = [&](std::size_t i) { return call.none(i) ? std::string() : call.graph.number(call.number(i), call.out_type()); };
  return call.out("Clip", {left(call), bound(1), bound(2)});
}

Operand softmax(const Call& call) { return call.out("Softmax", {left(call)}, {{"axis", call.integer(1)}}); }
Operand log_softmax(const Call& call) { return call.out("LogSoftmax", {left(call)}, {{"axis", call.integer(1)}}); }

Operand cast(const Call& call) {
  if (call.type(0) == call.out_type()) return call.in[0];
  return call.out("Cast", {call.tensor(0)}, {{"to", std::int64_t{onnx_type(call.out_type())}}});
}

// sum(x, dtype) and sum(x, dim, keepdim, dtype)
bool has_axes(const Call& call) { return call.in.size() > 3; }

std::vector<std::int64_t> axes(const Call& call) {
  if (has_axes(call) && !call.none(1)) return call.integers(1);
  std::vector<std::int64_t> all;
  for (std::int64_t axis = 0; axis < call.rank(0); ++axis) all.push_back(axis);
  return all;
}

std::int64_t keeps_axes(const Call& call) { return has_axes(call) && call.flag(2) ? 1 : 0; }

// mean(x, dim, keepdim, dtype): the axes are an attribute up to operator set 17. The mean of a map is a pooling, which more importers read.
Operand mean(const Call& call) {
  auto over = axes(call);
  const auto keep = keeps_axes(call);
  for (auto& axis : over) axis = axis < 0 ? axis + call.rank(0) : axis;
  std::ranges::sort(over);
  if (keep && call.rank(0) == 4 && over == std::vector<std::int64_t>{2, 3}) return call.out("GlobalAveragePool", {left(call)});
  if (call.graph.opset() >= 18) return call.out("ReduceMean", {left(call), call.graph.integers(over)}, {{"keepdims", keep}});
  return call.out("ReduceMean", {left(call)}, {{"axes", over}, {"keepdims", keep}});
}

Operand sum(const Call& call) {
  return call.out("ReduceSum", {left(call), call.graph.integers(axes(call))}, {{"keepdims", keeps_axes(call)}});
}

Operand cumulative_sum(const Call& call) {
  return call.out("CumSum", {left(call), call.graph.constant(at::scalar_tensor(call.integer(1), at::kLong))});
}

}  // namespace

const ConverterTable& arithmetic_converters() {
  static const ConverterTable table{
      {"aten::add", add},
      {"aten::sub", subtract},
      {"aten::rsub", subtract_from},
      {"aten::mul", multiply},
      {"aten::div", divide},
      {"aten::pow", power},
      {"aten::square", square},
      {"aten::maximum", larger},
      {"aten::minimum", smaller},
      {"aten::addcmul", add_product},
      {"aten::relu", relu},
      {"aten::sigmoid", sigmoid},
      {"aten::tanh", hyperbolic_tangent},
      {"aten::sqrt", square_root},
      {"aten::log", logarithm},
      {"aten::exp", exponential},
      {"aten::neg", negative},
      {"aten::abs", absolute},
      {"aten::reciprocal", reciprocal},
      {"aten::silu", swish},
      {"aten::leaky_relu", leaky_relu},
      {"aten::hardsigmoid", hard_sigmoid},
      {"aten::hardswish", hard_swish},
      {"aten::gelu", gelu},
      {"aten::clamp", clamp},
      {"aten::hardtanh", clamp},
      {"aten::softmax", softmax},
      {"aten::_softmax", softmax},
      {"aten::log_softmax", log_softmax},
      {"aten::to", cast},
      {"aten::type_as", cast},
      {"aten::mean", mean},
      {"aten::sum", sum},
      {"aten::cumsum", cumulative_sum},
  };
  return table;
}

}  // namespace scriba::deploy
