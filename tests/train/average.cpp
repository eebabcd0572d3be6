#include <scriba/train/average.hpp>

#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("the average follows the weights, faster at first, and statistics with them") {
  torch::nn::BatchNorm2d norm(1);
  const auto set = [&](double value) {
    const torch::NoGradGuard no_gradients;
    norm->weight.fill_(value);
    norm->running_mean.fill_(10 * value);
  };
  set(0);
  train::Average average(*norm, 0.5);
  set(1);
  norm->num_batches_tracked.fill_(7);
  average.update(0);  // keeps 1/10
  CHECK(average.weights().at("weight").item<double>() == doctest::Approx(0.9));
  CHECK(average.weights().at("running_mean").item<double>() == doctest::Approx(9));
  CHECK(average.weights().at("num_batches_tracked").item<std::int64_t>() == 7);
  average.update(100);  // keeps a half
  CHECK(average.weights().at("weight").item<double>() == doctest::Approx(0.95));
  CHECK(norm->weight.item<double>() == 1);
}

TEST_CASE("averaged weights stand in for the network's and go again") {
  torch::nn::Linear layer(2, 1);
  const auto trained = layer->weight.detach().clone();
  train::Average average(*layer, 0.9);
  {
    const torch::NoGradGuard no_gradients;
    layer->weight.add_(1);
  }
  const auto later = layer->weight.detach().clone();
  {
    const train::Average::InPlace in_place(average);
    CHECK(torch::equal(layer->weight, trained));
    CHECK(layer->weight.requires_grad());
  }
  CHECK(torch::equal(layer->weight, later));
  CHECK(torch::equal(average.weights().at("weight"), trained));
}

TEST_CASE("a decay out of range and weights of another network are refused") {
  torch::nn::Linear layer(2, 1);
  CHECK_THROWS_AS(train::Average(*layer, 1), Error);
  CHECK_THROWS_AS(train::Average(*layer, -0.1), Error);
  train::Average average(*layer, 0.9);
  CHECK_THROWS_AS(average.set_weights({}), Error);
  io::StateDict wrong;
  wrong.add("weight", torch::ones({2, 2}));
  wrong.add("bias", torch::ones({1}));
  CHECK_THROWS_AS(average.set_weights(wrong), Error);
}
