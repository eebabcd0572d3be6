#include <scriba/train/bfloat16.hpp>

#include "support/tensors.hpp"

#include <scriba/zoo/pp_ocr.hpp>

using namespace scriba;

TEST_CASE("convolutions run in half the bits and everything is as before afterwards") {
  torch::nn::Conv2d conv(2, 3, 3);
  const auto x = at::rand({1, 2, 8, 8});
  {
    const train::Bfloat16 half(at::kCPU);
    CHECK((conv->forward(x).scalar_type() == at::kBFloat16));
    const train::Bfloat16 again(at::kCPU);
    CHECK((conv->forward(x).scalar_type() == at::kBFloat16));
  }
  CHECK_FALSE(at::autocast::is_autocast_enabled(at::kCPU));
  CHECK((conv->forward(x).scalar_type() == at::kFloat));
}

TEST_CASE("a network in bfloat16 gives floats near to the others, and gradients") {
  zoo::PpOcrV6Detector model;
  golden::randomize(model, 3);
  model.train();
  const auto batch = at::rand({2, 3, 64, 64});
  const auto exact = train::forward(model, batch, false), half = train::forward(model, batch, true);
  CHECK((half.shrink.scalar_type() == at::kFloat));
  CHECK((half.threshold.scalar_type() == at::kFloat));
  CHECK((exact.shrink - half.shrink).abs().mean().item<double>() < 0.05);
  half.shrink.sum().backward();
  for (const auto& parameter : model.backbone()->parameters()) CHECK((parameter.grad().scalar_type() == at::kFloat));
}
