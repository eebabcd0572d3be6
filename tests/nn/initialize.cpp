#include <scriba/nn/conv_unit.hpp>
#include <scriba/nn/initialize.hpp>

#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("initialize_by_fan_in sets convolutions and batch norms at any depth, and nothing else") {
  torch::manual_seed(3);
  torch::nn::Sequential module(torch::nn::Sequential(nn::ConvUnit({.in = 64, .out = 80, .kernel = {3, 3}})),
                               torch::nn::ConvTranspose2d(torch::nn::ConvTranspose2dOptions(32, 48, 2)), torch::nn::Linear(4, 4));
  const auto linear = module->named_parameters()["2.weight"].clone();
  nn::initialize_by_fan_in(*module);
  const auto parameters = module->named_parameters();
  CHECK(parameters["0.0.conv.weight"].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (64 * 9))).epsilon(0.02));
  CHECK(parameters["1.weight"].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (48 * 4))).epsilon(0.03));
  CHECK(parameters["0.0.bn.bias"].equal(at::full({80}, 1e-4)));
  CHECK(parameters["0.0.bn.weight"].equal(at::ones({80})));
  CHECK(parameters["2.weight"].equal(linear));
}
