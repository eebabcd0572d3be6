#include <scriba/nn/deform_conv.hpp>

#include <ATen/autocast_mode.h>
#include <torch/csrc/jit/frontend/tracer.h>
#include <torch/csrc/jit/runtime/graph_executor.h>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using nn::deform_conv2d;
using nn::DeformConv2dOptions;

namespace {

struct Case {
  const char* name;
  std::array<std::int64_t, 4> input;   // N, C, H, W
  std::array<std::int64_t, 3> weight;  // O, kh, kw
  DeformConv2dOptions options;
  bool mask = true, bias = true;
};

const std::vector<Case> kCases{
    {"3 x 3", {2, 4, 6, 5}, {3, 3, 3}, {.padding = {1, 1}}},
    {"first version", {1, 2, 5, 7}, {4, 3, 3}, {.padding = {1, 1}}, false, false},
    {"everything", {2, 8, 9, 8}, {4, 3, 2}, {.stride = {2, 1}, .padding = {2, 1}, .dilation = {1, 2}, .groups = 2, .offset_groups = 4}},
    {"offset groups across groups", {1, 6, 5, 5}, {6, 2, 2}, {.stride = {2, 2}, .groups = 3, .offset_groups = 2}},
    {"depthwise 1 x 1", {1, 3, 4, 4}, {3, 1, 1}, {.groups = 3}, true, false},
    {"one pixel", {1, 1, 1, 1}, {1, 3, 3}, {.padding = {1, 1}}},
};

struct Tensors {
  at::Tensor input, weight, offset, mask, bias;
  at::Tensor operator()(const DeformConv2dOptions& options) const { return deform_conv2d(input, weight, offset, mask, bias, options); }
};

std::array<std::int64_t, 2> out_sizes(const Case& c) {
  std::array<std::int64_t, 2> out{};
  for (std::size_t i = 0; i < 2; ++i)
    out[i] = (c.input[2 + i] + 2 * c.options.padding[i] - c.options.dilation[i] * (c.weight[1 + i] - 1) - 1) / c.options.stride[i] + 1;
  return out;
}

// Offsets of a few pixels: some taps look past the borders.
Tensors random_tensors(const Case& c) {
  torch::manual_seed(3);
  const auto [height, width] = out_sizes(c);
  const auto places = c.options.offset_groups * c.weight[1] * c.weight[2];
  const auto [out, kh, kw] = c.weight;
  return {at::randn(c.input, at::kDouble), at::randn({out, c.input[1] / c.options.groups, kh, kw}, at::kDouble),
          1.5 * at::randn({c.input[0], 2 * places, height, width}, at::kDouble),
          c.mask ? at::rand({c.input[0], places, height, width}, at::kDouble) : at::Tensor(),
          c.bias ? at::randn({out}, at::kDouble) : at::Tensor()};
}

// The definition, loop by loop.
at::Tensor plain(const Tensors& t, const DeformConv2dOptions& o) {
  const auto channels = t.input.size(1), in = t.weight.size(1), kh = t.weight.size(2), kw = t.weight.size(3);
  auto out = at::zeros({t.input.size(0), t.weight.size(0), t.offset.size(2), t.offset.size(3)}, at::kDouble);
  const auto x = t.input.accessor<double, 4>(), w = t.weight.accessor<double, 4>(), shift = t.offset.accessor<double, 4>();
  auto y = out.accessor<double, 4>();
  const auto pixel = [&](std::int64_t n, std::int64_t c, std::int64_t row, std::int64_t column) {
    return row < 0 || row >= x.size(2) || column < 0 || column >= x.size(3) ? 0. : x[n][c][row][column];
  };
  for (std::int64_t n = 0; n < y.size(0); ++n)
    for (std::int64_t f = 0; f < y.size(1); ++f)
      for (std::int64_t i = 0; i < y.size(2); ++i)
        for (std::int64_t j = 0; j < y.size(3); ++j) {
          double sum = t.bias.defined() ? t.bias[f].item<double>() : 0;
          for (std::int64_t c = 0; c < in; ++c)
            for (std::int64_t tap = 0; tap < kh * kw; ++tap) {
              const auto channel = f / (y.size(1) / o.groups) * in + c;
              const auto place = channel / (channels / o.offset_groups) * kh * kw + tap;
              const double row = static_cast<double>(i * o.stride[0] - o.padding[0] + tap / kw * o.dilation[0]) + shift[n][2 * place][i][j];
              const double column =
                  static_cast<double>(j * o.stride[1] - o.padding[1] + tap % kw * o.dilation[1]) + shift[n][2 * place + 1][i][j];
              const auto top = static_cast<std::int64_t>(std::floor(row)), left = static_cast<std::int64_t>(std::floor(column));
              const double down = row - std::floor(row), right = column - std::floor(column);
              const double value =
                  (1 - down) * (1 - right) * pixel(n, channel, top, left) + (1 - down) * right * pixel(n, channel, top, left + 1) +
                  down * (1 - right) * pixel(n, channel, top + 1, left) + down * right * pixel(n, channel, top + 1, left + 1);
              sum += w[f][c][tap / kw][tap % kw] * value * (t.mask.defined() ? t.mask[n][place][i][j].item<double>() : 1);
            }
          y[n][f][i][j] = sum;
        }
  return out;
}

// An image without fractions, so that sums are exact in any order.
at::Tensor whole_numbers(at::IntArrayRef sizes) { return at::randint(-8, 9, sizes).to(at::kFloat); }

}  // namespace

TEST_CASE("deform_conv2d is its definition") {
  for (const auto& c : kCases) {
    CAPTURE(std::string(c.name));
    const auto tensors = random_tensors(c);
    const auto expected = plain(tensors, c.options);
    CHECK(golden::largest_difference(tensors(c.options), expected) < 1e-12);
    auto channels_last = tensors;
    channels_last.input = tensors.input.contiguous(at::MemoryFormat::ChannelsLast);
    channels_last.weight = tensors.weight.contiguous(at::MemoryFormat::ChannelsLast);
    CHECK(golden::largest_difference(channels_last(c.options), expected) < 1e-12);
    auto single = tensors;
    for (auto* tensor : {&single.input, &single.weight, &single.offset, &single.mask, &single.bias})
      if (tensor->defined()) *tensor = tensor->to(at::kFloat);
    CHECK(golden::largest_difference(single(c.options), expected) < 1e-4);
  }
}

TEST_CASE("gradients of every tensor are those of finite differences") {
  for (const auto& c : kCases) {
    const auto tensors = random_tensors(c);
    const auto weights = at::randn_like(tensors(c.options));
    for (at::Tensor Tensors::*member : {&Tensors::input, &Tensors::weight, &Tensors::offset, &Tensors::mask, &Tensors::bias}) {
      if (!(tensors.*member).defined()) continue;
      CAPTURE(std::string(c.name));
      const auto loss = [&](const at::Tensor& x) {
        auto changed = tensors;
        changed.*member = x;
        return (changed(c.options) * weights).sum();
      };
      CHECK(gradients::largest_error(loss, tensors.*member) < 1e-7);
    }
  }
}

TEST_CASE("without offsets it is a convolution, exactly") {
  torch::manual_seed(5);
  const auto x = whole_numbers({2, 6, 9, 11}), weight = whole_numbers({4, 3, 3, 3}), bias = whole_numbers({4});
  const DeformConv2dOptions options{.stride = {2, 1}, .padding = {1, 0}, .dilation = {1, 2}, .groups = 2};
  const auto expected = at::conv2d(x, weight, bias, {2, 1}, {1, 0}, {1, 2}, 2);
  const auto offset = at::zeros({2, 18, expected.size(2), expected.size(3)});
  CHECK(deform_conv2d(x, weight, offset, {}, bias, options).equal(expected));
  CHECK(deform_conv2d(x, weight, offset, at::ones({2, 9, expected.size(2), expected.size(3)}), bias, options).equal(expected));
}

TEST_CASE("whole offsets shift the image") {
  torch::manual_seed(6);
  const auto x = whole_numbers({1, 3, 8, 9}), weight = whole_numbers({2, 3, 3, 3});
  auto offset = at::zeros({1, 18, 8, 9});
  offset.slice(1, 0, 18, 2).fill_(2), offset.slice(1, 1, 18, 2).fill_(-1);  // what is two rows below and one column to the left
  const auto shifted = at::constant_pad_nd(x, {1, 0, 0, 2}).slice(2, 2).slice(3, 0, 9);
  const auto got = deform_conv2d(x, weight, offset, {}, {}, {.padding = {1, 1}});
  // Borders differ: the shifted image ends where the image does not.
  CHECK(got.slice(2, 1, 7).slice(3, 1, 8).equal(at::conv2d(shifted, weight, {}, 1, 1).slice(2, 1, 7).slice(3, 1, 8)));
}

TEST_CASE("masks scale what a tap sees; places that are none see nothing") {
  torch::manual_seed(7);
  const auto x = whole_numbers({1, 4, 6, 6}), weight = whole_numbers({3, 4, 3, 3});
  const auto offset = at::zeros({1, 18, 6, 6}), plain_conv = at::conv2d(x, weight, {}, 1, 1);
  const DeformConv2dOptions options{.padding = {1, 1}};
  CHECK(deform_conv2d(x, weight, offset, at::full({1, 9, 6, 6}, 0.5), {}, options).equal(0.5 * plain_conv));
  CHECK(deform_conv2d(x, weight, offset, at::zeros({1, 9, 6, 6}), at::ones({3}), options).equal(at::ones_like(plain_conv)));
  for (const double odd : {std::nan(""), HUGE_VAL, -1e30})
    CHECK(deform_conv2d(x, weight, at::full_like(offset, odd), {}, {}, options).equal(at::zeros_like(plain_conv)));
}

TEST_CASE("large maps are worked through in pieces, by any number of threads, to the same result") {
  torch::manual_seed(8);
  // 2 x 4900 positions of 64 channels and 9 taps are several times the columns that are held at once.
  const Case c{"large", {2, 64, 70, 70}, {5, 3, 3}, {.padding = {1, 1}}};
  const auto tensors = random_tensors(c);
  const auto gradient = [&] {
    return gradients::of(
        [&](const at::Tensor& x) { return deform_conv2d(x, tensors.weight, tensors.offset, tensors.mask, {}, c.options).square().sum(); },
        tensors.input);
  };
  const int threads = at::get_num_threads();
  at::set_num_threads(1);
  const auto one = tensors(c.options), one_gradient = gradient();
  at::set_num_threads(2);
  CHECK(golden::largest_difference(tensors(c.options), one) < 1e-12);
  CHECK(golden::largest_difference(gradient(), one_gradient) < 1e-9);
  at::set_num_threads(threads);
  const auto part = [&](const at::Tensor& x) { return x.slice(0, 1); };
  const Tensors second{part(tensors.input), tensors.weight, part(tensors.offset), part(tensors.mask), tensors.bias};
  CHECK(golden::largest_difference(second(c.options), part(one)) < 1e-12);
}

TEST_CASE("no samples") {
  for (const bool masked : {false, true}) {
    auto x = at::zeros({0, 4, 6, 6}).requires_grad_();
    auto weight = at::ones({2, 4, 3, 3}).requires_grad_();
    const auto out = deform_conv2d(x, weight, at::zeros({0, 18, 4, 4}), masked ? at::zeros({0, 9, 4, 4}) : at::Tensor(), at::ones({2}));
    CHECK(out.sizes() == at::IntArrayRef({0, 2, 4, 4}));
    out.sum().backward();
    CHECK(x.grad().sizes() == x.sizes());
    CHECK(weight.grad().equal(at::zeros({2, 4, 3, 3})));
  }
}

TEST_CASE("what does not belong together is refused with the reason") {
  const auto x = at::zeros({1, 4, 6, 6}), weight = at::zeros({2, 4, 3, 3}), offset = at::zeros({1, 18, 4, 4});
  const auto refused = [](const char* says, const at::Tensor& in, const at::Tensor& w, const at::Tensor& o, const at::Tensor& mask = {},
                          const at::Tensor& bias = {}, const DeformConv2dOptions& options = {}) {
    CHECK_THROWS_WITH_AS(deform_conv2d(in, w, o, mask, bias, options), doctest::Contains(says), Error);
  };
  refused("cannot deform_conv2d: input: expected 4 axes, got shape [4, 6, 6]", x[0], weight, offset);
  refused("weight: expected shape [2, 4, 3, 3], got shape [2, 3, 3, 3]", x, at::zeros({2, 3, 3, 3}), offset);
  refused("offset: expected shape [1, 18, 4, 4], got shape [1, 18, 6, 6]", x, weight, at::zeros({1, 18, 6, 6}));
  refused("offset: expected shape [1, 36, 4, 4]", x, weight, offset, {}, {}, {.offset_groups = 2});
  refused("mask: expected shape [1, 9, 4, 4], got shape [1, 18, 4, 4]", x, weight, offset, offset);
  refused("bias: expected shape [2], got shape [3]", x, weight, offset, {}, at::zeros({3}));
  refused("groups: expected a divisor of 4 channels, got 3", x, weight, offset, {}, {}, {.groups = 3});
  refused("offset_groups: expected a divisor of 4 channels", x, weight, offset, {}, {}, {.offset_groups = 3});
  refused("stride: expected numbers from 1 on", x, weight, offset, {}, {}, {.stride = {0, 1}});
  refused("padding: expected numbers from 0 on", x, weight, offset, {}, {}, {.padding = {-1, 0}});
  refused("weight: expected a kernel that fits into the input, got 7 taps for 6 pixels", x, at::zeros({2, 4, 7, 7}), offset);
  refused("offset: expected Float on cpu, as the input, got Double on cpu", x, weight, offset.to(at::kDouble));
  refused("input: expected float or double, got Half", x.to(at::kHalf), weight.to(at::kHalf), offset.to(at::kHalf));
}

TEST_CASE("there are no second derivatives") {
  auto x = at::ones({1, 1, 3, 3}).requires_grad_();
  const auto out = deform_conv2d(x, at::ones({1, 1, 3, 3}), at::zeros({1, 18, 1, 1}), {}, {});
  CHECK_THROWS_WITH(torch::autograd::grad({out.sum()}, {x}, {}, true, true), doctest::Contains("first derivatives only"));
}

TEST_CASE("in autocast it computes in float, and in inference mode it computes") {
  torch::manual_seed(9);
  const auto x = whole_numbers({1, 4, 6, 6}), weight = whole_numbers({2, 4, 3, 3}), offset = at::zeros({1, 18, 4, 4});
  const auto expected = at::conv2d(x, weight);
  {
    const c10::InferenceMode inference;
    CHECK(deform_conv2d(x, weight, offset, {}, {}).equal(expected));
    CHECK(deform_conv2d(x + 0, weight, offset, {}, {}).equal(expected));
  }
  at::autocast::set_autocast_enabled(at::kCPU, true);
  at::autocast::set_autocast_dtype(at::kCPU, at::kBFloat16);
  auto leaf = x.clone().requires_grad_();
  const auto out = deform_conv2d(leaf, weight, offset.to(at::kBFloat16), at::ones({1, 9, 4, 4}, at::kBFloat16), {});
  at::autocast::clear_cache();
  at::autocast::set_autocast_enabled(at::kCPU, false);
  CHECK((out.scalar_type() == at::kFloat));
  CHECK(out.equal(expected));
  out.sum().backward();
  CHECK(leaf.grad().isfinite().all().item<bool>());
}

TEST_CASE("a traced graph holds the operator and works at another size") {
  const torch::NoGradGuard no_gradients;
  const auto weight = at::randn({2, 4, 3, 3});
  const auto run = [&](const torch::jit::Stack& in) {
    return torch::jit::Stack{deform_conv2d(in[0].toTensor(), weight, in[1].toTensor(), in[2].toTensor(), {}, {.padding = {1, 1}})};
  };
  const auto inputs = [](std::int64_t n, std::int64_t height, std::int64_t width) {
    return torch::jit::Stack{at::randn({n, 4, height, width}), at::randn({n, 18, height, width}), at::rand({n, 9, height, width})};
  };
  const auto traced = torch::jit::tracer::trace(inputs(1, 6, 6), run, [](const torch::autograd::Variable&) { return ""; });
  CHECK(traced.first->graph->toString().find("scriba::deform_conv2d") != std::string::npos);
  torch::jit::GraphExecutor executor(traced.first->graph, "deform");
  auto stack = inputs(2, 5, 9);
  const auto expected = run(stack)[0].toTensor();
  executor.run(stack);
  CHECK(stack.at(0).toTensor().equal(expected));
}

namespace {

class Block final : public torch::nn::Cloneable<Block> {
 public:
  explicit Block(nn::Form form) : form_(form) { reset(); }
  void reset() override { conv_.register_in(*this, "conv2", "bn2", nn::square_conv(4, 6, 3, 2), form_); }
  at::Tensor forward(const at::Tensor& x) { return conv_.forward(x); }
  void fold() {
    conv_.fold(*this);
    form_ = nn::Form::deployed;
  }

 private:
  nn::Form form_;
  nn::DeformConvNorm conv_;
};

}  // namespace

TEST_CASE("a block's deformable convolution begins as half a convolution, and learns offsets") {
  torch::manual_seed(10);
  Block block(nn::Form::training);
  const auto names = block.named_parameters();
  CHECK(names["conv2_offset.weight"].sizes() == at::IntArrayRef({27, 4, 3, 3}));
  CHECK(names["conv2_offset.bias"].sizes() == at::IntArrayRef({27}));
  CHECK(names["conv2_offset.weight"].count_nonzero().item<std::int64_t>() == 0);
  CHECK(names.size() == 5);
  const auto x = at::randn({2, 4, 9, 7});
  const auto convolution = 0.5 * at::conv2d(x, names["conv2.weight"], {}, 2, 1);
  CHECK(golden::largest_difference(block.forward(x), at::batch_norm(convolution, {}, {}, {}, {}, true, 0, 1e-5, false)) < 1e-5);
  (block.forward(x) * at::randn({2, 6, 5, 4})).sum().backward();
  for (const auto& item : names) CHECK_MESSAGE(item.value().grad().count_nonzero().item<std::int64_t>() > 0, item.key());
}

TEST_CASE("fold keeps what a deformable convolution computes, and so does a copy") {
  const torch::NoGradGuard no_gradients;
  Block block(nn::Form::training);
  block.to(at::kDouble);
  golden::randomize(block, 12);
  block.eval();
  const auto x = at::randn({2, 4, 9, 7}, at::kDouble), expected = block.forward(x);
  const auto copy = std::dynamic_pointer_cast<Block>(block.clone());
  block.fold();
  CHECK(golden::largest_difference(block.forward(x), expected) < 1e-10);
  CHECK(block.buffers().empty());
  CHECK(copy->forward(x).equal(expected));
  CHECK(golden::largest_difference(std::dynamic_pointer_cast<Block>(block.clone())->forward(x), expected) < 1e-10);
}

TEST_CASE("a GPU computes what the CPU does") {
  if (!torch::cuda::is_available()) {
    MESSAGE("skipped: no CUDA device");
    return;
  }
  for (const auto& c : kCases) {
    CAPTURE(std::string(c.name));
    std::array<Tensors, 2> both{random_tensors(c), random_tensors(c)};
    std::array<at::Tensor, 2> out;
    for (std::size_t i = 0; i < 2; ++i) {
      for (at::Tensor Tensors::*member : {&Tensors::input, &Tensors::weight, &Tensors::offset, &Tensors::mask, &Tensors::bias})
        if ((both[i].*member).defined()) both[i].*member = (both[i].*member).to(i == 0 ? at::kCPU : at::kCUDA).requires_grad_();
      out[i] = both[i](c.options);
      out[i].square().sum().backward();
    }
    CHECK(golden::largest_difference(out[1].cpu(), out[0]) < 1e-10);
    for (at::Tensor Tensors::*member : {&Tensors::input, &Tensors::weight, &Tensors::offset, &Tensors::mask, &Tensors::bias})
      if ((both[0].*member).defined()) CHECK(golden::largest_difference((both[1].*member).grad().cpu(), (both[0].*member).grad()) < 1e-9);
  }
}
