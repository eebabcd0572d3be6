#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/initialize.hpp>

#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("initialize_by_fan_in sets convolutions and batch norms at any depth, and nothing else") {
  torch::manual_seed(3);
  torch::nn::Module module;
  auto unit = std::make_shared<torch::nn::Module>();
  unit->register_module("deep", std::make_shared<nn::ConvUnit>(nn::ConvUnitOptions{.in = 64, .out = 80, .kernel = {3, 3}}));
  module.register_module("unit", unit);
  module.register_module("up", torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(32, 48, 2)));
  module.register_module("linear", torch::nn::Linear(4, 4));
  const auto linear = module.named_parameters()["linear.weight"].clone();
  nn::initialize_by_fan_in(module);
  const auto parameters = module.named_parameters();
  CHECK(parameters["unit.deep.conv.weight"].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (64 * 9))).epsilon(0.02));
  CHECK(parameters["up.weight"].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (48 * 4))).epsilon(0.03));
  CHECK(parameters["unit.deep.bn.bias"].equal(at::full({80}, 1e-4)));
  CHECK(parameters["unit.deep.bn.weight"].equal(at::ones({80})));
  CHECK(parameters["linear.weight"].equal(linear));
}
