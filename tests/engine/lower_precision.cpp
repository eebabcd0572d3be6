#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include <ATen/Context.h>
#include <torch/csrc/jit/ir/ir.h>
#include <torch/csrc/jit/serialization/import.h>

#include <scriba/engine/lower_precision.hpp>
#include "deploy/networks.hpp"
#include "io/temporary_folder.hpp"
#include "support/error_message.hpp"

using namespace scriba;
using namespace scriba::engine;

namespace {

std::vector<at::Tensor> results(torch::jit::Module module, const at::Tensor& batch) {
  const torch::NoGradGuard no_gradients;
  const torch::jit::GraphOptimizerEnabledGuard as_it_is(false);
  const auto result = module.forward({batch});
  if (result.isTensor()) return {result.toTensor()};
  std::vector<at::Tensor> out;
  for (const auto& element : result.toTupleRef().elements()) out.push_back(element.toTensor());
  return out;
}

// Largest difference as a part of how far the values lie apart.
double difference(const std::vector<at::Tensor>& got, const std::vector<at::Tensor>& expected) {
  double largest = got.size() == expected.size() ? 0 : 1e9;
  for (std::size_t i = 0; i < std::min(got.size(), expected.size()); ++i) {
    if (got[i].sizes() != expected[i].sizes()) return 1e9;
    const double off = (got[i].to(at::kFloat) - expected[i]).abs().max().item<double>();
    largest = deploy_tests::worse(largest, off / (expected[i].max() - expected[i].min()).item<double>());
  }
  return largest;
}

int count(const torch::jit::Module& module, const char* kind) {
  int found = 0;
  for (const auto* node : module.get_method("forward").graph()->nodes()) found += std::string(node->kind().toQualString()) == kind;
  return found;
}

Calibration images(std::vector<at::Tensor> batches) {
  return {.batch = [batches = std::move(batches)](std::size_t i) { return i < batches.size() ? std::optional(batches[i]) : std::nullopt; }};
}

// Two convolutions of one input and one of their sum: two tensors go into three convolutions.
struct SmallImpl : torch::nn::Module {
  torch::nn::Conv2d a{torch::nn::Conv2dOptions(2, 3, 3).padding(1)}, b{torch::nn::Conv2dOptions(2, 3, 1)},
      c{torch::nn::Conv2dOptions(3, 1, 3)};
  torch::nn::ConvTranspose2d up{torch::nn::ConvTranspose2dOptions(1, 1, 2).stride(2)};
  SmallImpl() {
    register_module("a", a), register_module("b", b), register_module("c", c), register_module("up", up);
    eval();
  }
  at::Tensor forward(const at::Tensor& image) { return up(c((a(image) + b(image)).relu())); }
};

torch::jit::Module small() {
  torch::manual_seed(1);
  const auto module = std::make_shared<SmallImpl>();
  return deploy::trace(*module,
                       [&](const at::Tensor& image) {
                         return NamedTensors{{"out", module->forward(image)}};
                       },
                       torch::rand({1, 2, 8, 8}), {})
      .module;
}

}  // namespace

namespace {

void check_float16(const deploy_tests::Network& network, const std::vector<deploy_tests::Sizes>& sizes) {
  CAPTURE(network.name);
  const auto traced = network.traced();
  for (const auto& module : {traced.module, deploy::frozen(traced).module}) {
    const auto half = in_float16(module);
    for (const auto& size : sizes) {
      const auto batch = torch::rand(size);
      const auto got = results(half, batch.to(at::kHalf));
      for (const auto& one : got) CHECK((one.scalar_type() == at::kHalf));
      CHECK(difference(got, results(module, batch)) < 6e-2);
    }
  }
  CHECK((results(traced.module, traced.example)[0].scalar_type() == at::kFloat));  // left as it was
}

}  // namespace

TEST_CASE("networks in float16 give nearly what they give in float32, at other sizes, too") {
  for (const auto& network : {deploy_tests::detector("sast-resnet50"), deploy_tests::detector("db-mobilenet-v3-small")})
    check_float16(network, network.unseen);
}

TEST_CASE("one range for each tensor that goes into convolutions, near its largest magnitude") {
  const auto module = small();
  const auto ranges = calibrated_ranges(module, images({torch::rand({2, 2, 8, 8}), 3 * torch::rand({1, 2, 16, 8}) - 3}));
  REQUIRE(ranges.size() == 2);
  CHECK(ranges[0] > 2.5);
  CHECK(ranges[0] <= 3);
  CHECK(ranges[1] > 0);
  // The same from the frozen form.
  const auto frozen = calibrated_ranges(torch::jit::freeze(module.clone()), images({torch::full({1, 2, 8, 8}, -0.5)}));
  REQUIRE(frozen.size() == 2);
  CHECK(frozen[0] == doctest::Approx(0.5).epsilon(1e-3));
}

TEST_CASE("8-bit convolutions round inputs and weights to equal steps") {
  const auto module = small();
  const auto rounded = in_int8(module, {1, 4});
  CHECK(count(rounded, "aten::fake_quantize_per_tensor_affine") == 2);
  CHECK(count(rounded, "aten::fake_quantize_per_channel_affine") == 3);
  CHECK(count(module, "aten::fake_quantize_per_tensor_affine") == 0);

  // The same by hand.
  const torch::NoGradGuard no_gradients;
  const auto steps = [](const at::Tensor& x, const at::Tensor& step) { return (x / step).round().clamp(-128, 127) * step; };
  const auto weight = [&](const char* name) {
    const auto w = module.attr(name).toModule().attr("weight").toTensor();
    return steps(w, w.flatten(1).abs().amax(1).div(127).view({-1, 1, 1, 1}));
  };
  const auto bias = [&](const char* name) { return module.attr(name).toModule().attr("bias").toTensor(); };
  const auto batch = 1.5 * torch::rand({2, 2, 10, 12});  // beyond the range, so that some is cut off
  const auto image = steps(batch, torch::tensor(1 / 127.0));
  const auto sum = (torch::conv2d(image, weight("a"), bias("a"), 1, 1) + torch::conv2d(image, weight("b"), bias("b"))).relu();
  const auto out = torch::conv2d(steps(sum, torch::tensor(4 / 127.0)), weight("c"), bias("c"));
  const auto up = module.attr("up").toModule();
  const auto expected = torch::conv_transpose2d(out, up.attr("weight").toTensor(), up.attr("bias").toTensor(), 2);
  // A value in the middle between two steps may go either way.
  CHECK(results(rounded, batch)[0].sub(expected).abs().max().item<double>() < 2e-2);
  CHECK(results(rounded, batch)[0].sub(expected).abs().mean().item<double>() < 1e-4);
}

TEST_CASE("calibrated networks in 8 bits stay close to themselves") {
  for (const auto& network : {deploy_tests::detector("pan-resnet18"), deploy_tests::recognizer("crnn-mobilenet-v3-small")}) {
    CAPTURE(network.name);
    network.fold();
    const auto module = network.traced().module;
    const auto rounded = in_int8(module, calibrated_ranges(module, images({torch::rand(network.unseen.back())})));
    CHECK(count(rounded, "aten::fake_quantize_per_channel_affine") >= 18);
    for (const auto& size : network.unseen) {
      const auto batch = torch::rand(size);
      const auto off = difference(results(rounded, batch), results(module, batch));
      CHECK(off < 0.25);
      CHECK(off > 0);
    }
    const TemporaryFolder folder;
    rounded.save((folder / "int8.pt").string());  // and come back from files
    const auto batch = torch::rand(network.example);
    CHECK(difference(results(torch::jit::load((folder / "int8.pt").string()), batch), results(rounded, batch)) == 0);
  }
}

TEST_CASE("the range with the smallest error cuts off what is rare") {
  std::vector<double> even(1000, 1);
  CHECK(engine::detail::best_range(even, 5) > 4.9);
  CHECK(engine::detail::best_range(even, 5) <= 5);
  std::vector<double> tail(1000, 0);  // a million values up to 1, one of 10
  for (int i = 0; i < 100; ++i) tail[i] = 10'000;
  tail[999] = 1;
  const auto cut = engine::detail::best_range(tail, 10);
  CHECK(cut >= 1);
  CHECK(cut < 2);
  tail[999] = 10'000;  // no longer rare
  CHECK(engine::detail::best_range(tail, 10) > 9);
  CHECK(engine::detail::best_range({1}, 3) == doctest::Approx(3));
}

TEST_CASE("bad calibrations are errors") {
  const auto module = small();
  CHECK(message([&] { calibrated_ranges(module, images({})); }) == "cannot calibrate a network: expected at least one batch, got none");
  CHECK(message([&] {
          calibrated_ranges(module, images({torch::rand({1, 5, 8, 8})}));
        }).starts_with("the network does not take this batch: batch 0 of the calibration, [1, 5, 8, 8]: got "));
  const auto infinite = torch::full({1, 2, 8, 8}, std::numeric_limits<float>::infinity());
  CHECK(message([&] {
          calibrated_ranges(module, images({torch::rand({1, 2, 8, 8}), infinite}));
        }) == "cannot calibrate a network: what goes into convolution 0: expected finite values, got inf");
  CHECK(message([&] { calibrated_ranges(module, images({torch::full({1, 2, 8, 8}, std::nan(""))})); }).find("finite") != std::string::npos);
  CHECK(message([&] { in_int8(module, {1}); }) == "cannot lower the precision of a network: expected 2 ranges, got 1");
  const auto zeros = calibrated_ranges(module, images({torch::zeros({1, 2, 8, 8})}));
  for (const auto range : zeros) CHECK(range > 0);
  CHECK(results(in_int8(module, zeros), torch::zeros({1, 2, 8, 8}))[0].isfinite().all().item<bool>());

  std::size_t asked = 0;
  Calibration many{.batch =
                       [&](std::size_t i) {
                         return asked = std::max(asked, i + 1), std::optional(torch::rand({1, 2, 8, 8}));
                       },
                   .most_batches = 3};
  calibrated_ranges(module, many);
  CHECK(asked == 3);
}
