#pragma once

#include <cmath>

#include <c10/core/GradMode.h>
#include <torch/nn/init.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>

namespace scriba::nn {

/// How the published necks and heads of detectors begin: normal weights with variance 2 / fan in (He et al., "Delving Deep into
/// Rectifiers", ICCV 2015, equation 10) in every convolution of `module`, 1e-4 as the bias of every batch norm.
inline void initialize_by_fan_in(torch::nn::Module& module) {
  for (const auto& child : module.modules(/*include_self=*/false)) {
    if (const auto* conv = child->as<torch::nn::Conv2d>()) torch::nn::init::kaiming_normal_(conv->weight);
    if (const auto* up = child->as<torch::nn::ConvTranspose2d>()) torch::nn::init::kaiming_normal_(up->weight);
    if (const auto* norm = child->as<torch::nn::BatchNorm2d>()) torch::nn::init::constant_(norm->bias, 1e-4);
  }
}

/// Normal weights with variance 2 / (k k out): He et al., "Delving Deep into Rectifiers", ICCV 2015, equation 14, as the published
/// residual networks use it.
template <class Conv>
void initialize_by_fan_out(Conv& conv) {
  const at::NoGradGuard no_gradients;
  conv.weight.normal_(0, std::sqrt(2.0 / static_cast<double>(conv.weight.numel() / conv.weight.size(1))));
}

}  // namespace scriba::nn
