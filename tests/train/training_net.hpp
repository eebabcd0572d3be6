#pragma once
// A small network with everything that a checkpoint must hold: convolution, batch norm, dropout.

#include <torch/torch.h>

#include <memory>

#include <scriba/train/trainer.hpp>

namespace training {

struct Net : torch::nn::Module {
  Net() {
    conv = register_module("conv", torch::nn::Conv2d(torch::nn::Conv2dOptions(2, 4, 3).padding(1)));
    norm = register_module("norm", torch::nn::BatchNorm2d(4));
    last = register_module("last", torch::nn::Conv2d(4, 1, 1));
  }
  at::Tensor forward(const at::Tensor& x) {
    return last->forward(torch::dropout(torch::relu(norm->forward(conv->forward(x))), 0.3, is_training()));
  }
  torch::nn::Conv2d conv{nullptr}, last{nullptr};
  torch::nn::BatchNorm2d norm{nullptr};
};

inline std::shared_ptr<Net> net() {
  torch::manual_seed(3);
  return std::make_shared<Net>();
}

/// The batch of a step depends on its number alone, as a Loader's does.
inline at::Tensor batch(std::int64_t step) {
  auto generator = at::make_generator<at::CPUGeneratorImpl>(static_cast<std::uint64_t>(step));
  return at::randn({2, 2, 8, 8}, generator);
}

inline scriba::LossTerms loss(Net& net, const at::Tensor& x) {
  const auto error = (net.forward(x) - x.sum(1, true)).square().mean();
  return {error, {{"squares", error}}};
}

}  // namespace training
