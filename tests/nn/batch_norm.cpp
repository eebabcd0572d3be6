#include <scriba/nn/batch_norm.hpp>

#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("one value a channel is normalised by the running statistics, more by their own") {
  torch::nn::BatchNorm2d bn(3);
  bn->to(at::kDouble);
  golden::randomize(*bn, 2);
  const auto mean = bn->running_mean.clone();
  const auto one = at::randn({1, 3, 1, 1}, at::kDouble);
  bn->train();
  const auto got = nn::normalized(*bn, one);
  CHECK(bn->running_mean.equal(mean));
  bn->eval();
  CHECK(golden::largest_difference(got, bn->forward(one)) < 1e-15);

  bn->train();
  const auto two = nn::normalized(*bn, at::randn({2, 3, 1, 1}, at::kDouble));
  CHECK_FALSE(bn->running_mean.equal(mean));
  CHECK(golden::largest_difference(two.mean(0, true), bn->bias.reshape({1, 3, 1, 1})) < 1e-12);
}
