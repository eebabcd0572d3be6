#include <ATen/ops/scalar_tensor.h>
#include <ATen/ops/tensor.h>

#include "onnx_conversion.hpp"

// Deformable convolutions, which have an operator from set 19 on that few engines know, in operators that most of them know.
namespace scriba::deploy {
namespace {

using Integers = std::vector<std::int64_t>;

// scriba::deform_conv2d(input, weight, offset, mask, bias, stride, padding, dilation, groups, offset_groups)
enum Argument : std::size_t { kInput, kWeight, kOffset, kMask, kBias, kStride, kPadding, kDilation, kGroups, kOffsetGroups };

Operand as_operator(const Call& call) {
  const auto optional = [&](std::size_t i) { return call.none(i) ? std::string() : call.tensor(i); };
  auto pads = call.integers(kPadding);
  pads.insert(pads.end(), {pads[0], pads[1]});
  return call.out("DeformConv", {call.tensor(kInput), call.tensor(kWeight), call.tensor(kOffset), optional(kBias), optional(kMask)},
                  {{"kernel_shape", call.weight(kWeight).sizes().slice(2).vec()},
                   {"strides", call.integers(kStride)},
                   {"pads", pads},
                   {"dilations", call.integers(kDilation)},
                   {"group", call.integer(kGroups)},
                   {"offset_group", call.integer(kOffsetGroups)}});
}

// Writes the operations of one convolution; K taps, results H' x W'.
class Sampled {
 public:
  explicit Sampled(const Call& call) : call_(call), weight_(call.weight(kWeight).sizes().vec()), taps_(weight_[2] * weight_[3]) {
    if (call.integer(kOffsetGroups) != 1) call.unsupported("several groups of offsets (they have a form as the operator DeformConv)");
    in_shape_ = call.add("Shape", {call.tensor(kInput)});
    out_shape_ = call.add("Shape", {call.tensor(kOffset)});
  }

  Operand convolution() {
    // [N, C, K H', W'] -> [N, C, K, H', W']: for every place of the result what lies under each tap.
    const auto samples =
        call_.add("GridSample", {call_.tensor(kInput), grid()},
                  {{"mode", std::string("bilinear")}, {"padding_mode", std::string("zeros")}, {"align_corners", std::int64_t{0}}});
    const auto channels = weight_[1] * call_.integer(kGroups);
    auto columns = call_.add("Reshape", {samples, shape({0, channels, taps_}, 2, 4)});
    if (!call_.none(kMask)) columns = call_.add("Mul", {columns, call_.add("Unsqueeze", {call_.tensor(kMask), integers({1})})});
    columns = call_.add("Reshape", {columns, shape({0, channels * taps_}, 2, 4)});
    // What is left is a convolution of 1 x 1 over taps and channels.
    Names inputs{columns, call_.add("Reshape", {call_.tensor(kWeight), integers({weight_[0], weight_[1] * taps_, 1, 1})})};
    if (!call_.none(kBias)) inputs.push_back(call_.tensor(kBias));
    return call_.out("Conv", inputs, {{"kernel_shape", Integers{1, 1}}, {"group", call_.integer(kGroups)}});
  }

 private:
  std::string integers(const Integers& values) const { return call_.graph.integers(values); }

  // One size of a shape, [1].
  std::string size(const std::string& of, std::int64_t axis) const { return call_.add("Gather", {of, integers({axis})}); }

  // `begin`, then sizes first .. last - 1 of the result.
  std::string shape(const Integers& begin, std::int64_t first, std::int64_t last) const {
    const auto sizes = call_.add("Slice", {out_shape_, integers({first}), integers({last})});
    return call_.add("Concat", {integers(begin), sizes}, {{"axis", std::int64_t{0}}});
  }

  // Where the taps are along an axis (0: rows, 1: columns), [N, K, H', W'] in -1 .. 1 from edge to edge of the input.
  std::string places(std::size_t axis) const {
    const auto& call = call_;
    const auto type = call.out_type();
    const auto along = static_cast<std::int64_t>(axis);
    const auto stride = call.integers(kStride)[axis], padding = call.integers(kPadding)[axis], dilation = call.integers(kDilation)[axis];
    std::vector<float> tap;
    for (std::int64_t k = 0; k < taps_; ++k)
      tap.push_back(static_cast<float>((axis == 0 ? k / weight_[3] : k % weight_[3]) * dilation - padding));
    // [N, 2 K, H', W'] -> [N, K, 2, H', W']: of each tap its row, then its column.
    const auto pairs = call.add("Reshape", {call.tensor(kOffset), shape({0, taps_, 2}, 2, 4)});
    const auto offset = call.add("Gather", {pairs, call.graph.constant(at::scalar_tensor(along, at::kLong))}, {{"axis", std::int64_t{2}}});
    const auto count = call.add("Squeeze", {size(out_shape_, 2 + along)});
    const auto zero = call.graph.constant(at::scalar_tensor(0, at::kLong)), one = call.graph.constant(at::scalar_tensor(1, at::kLong));
    const auto steps = call.add("Cast", {call.add("Range", {zero, count, one})}, {{"to", std::int64_t{onnx_type(type)}}});
    const auto strided = call.add("Mul", {steps, call.graph.number(static_cast<double>(stride), type)});
    const auto line = call.add("Reshape", {strided, integers(axis == 0 ? Integers{1, 1, -1, 1} : Integers{1, 1, 1, -1})});
    const auto taps = call.graph.constant(at::tensor(tap).reshape({1, taps_, 1, 1}).to(type));
    const auto pixel = call.add("Add", {call.add("Add", {line, taps}), offset});
    // (2 p + 1) / size - 1
    const auto pixels = call.add("Cast", {size(in_shape_, 2 + along)}, {{"to", std::int64_t{onnx_type(type)}}});
    const auto twice = call.add("Add", {call.add("Mul", {pixel, call.graph.number(2, type)}), call.graph.number(1, type)});
    return call.add("Sub", {call.add("Div", {twice, pixels}), call.graph.number(1, type)});
  }

  // [N, K H', W', 2], columns before rows.
  std::string grid() const {
    const auto last = [&](const std::string& x) { return call_.add("Unsqueeze", {x, integers({4})}); };
    const auto both = call_.add("Concat", {last(places(1)), last(places(0))}, {{"axis", std::int64_t{4}}});
    const auto to = call_.add("Concat", {integers({0, -1}), size(out_shape_, 3), integers({2})}, {{"axis", std::int64_t{0}}});
    return call_.add("Reshape", {both, to});
  }

  const Call& call_;
  Integers weight_;  // its shape, [O, C / groups, kh, kw]
  std::int64_t taps_;
  std::string in_shape_, out_shape_;
};

}  // namespace

Operand convert_deformable(const Call& call) { return call.graph.opset() >= 19 ? as_operator(call) : Sampled(call).convolution(); }

}  // namespace scriba::deploy
