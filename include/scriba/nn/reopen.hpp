#pragma once

#include <functional>
#include <string>

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <c10/util/StringUtil.h>
#include <torch/nn/modules/batchnorm.h>

#include <scriba/core/error.hpp>
#include <scriba/nn/form.hpp>

namespace scriba::nn {

/// A group of layers in training form that can take over what its deployed form computes: the way back from fold(), for training on from
/// published weights. See train::load_deployed().
class Reopenable {
 public:
  /// A tensor of the deployed group by its name in there, "conv.weight" for example; null where there is none.
  using Find = std::function<const at::Tensor*(const std::string& name)>;

  virtual ~Reopenable() = default;
  /// Sets every parameter so that evaluation gives what the deployed group gives. Branches that the deployed form does not have begin at
  /// zero and may learn. False, and nothing happens, when the tensors are not there.
  virtual bool reopen(const Find& deployed) = 0;
};

/// The convolution `name` of a deployed group, its bias undefined when it has none. Throws Error when its weight is not of the shape of
/// `like`; an undefined weight means that there is none.
inline Kernel find_kernel(const Reopenable::Find& deployed, const std::string& name, const at::Tensor& like) {
  const auto *weight = deployed(name + ".weight"), *bias = deployed(name + ".bias");
  if (!weight) return {};
  if (weight->sizes() != like.sizes())
    throw Error({.what = "deployed weights do not fit the network",
                 .where = name,
                 .expected = c10::str("shape ", like.sizes()),
                 .got = c10::str("shape ", weight->sizes())});
  return {*weight, bias ? *bias : at::Tensor()};
}

/// Makes bn(x) = x + bias in evaluation.
inline void pass_on(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& bias = {}) {
  const at::NoGradGuard no_gradients;
  bn.running_mean.zero_();
  bn.running_var.fill_(1 - bn.options.eps());
  bn.weight.fill_(1);
  if (bias.defined())
    bn.bias.copy_(bias);
  else
    bn.bias.zero_();
}

/// Makes bn(x) = 0; its weight still receives a gradient.
inline void silence(torch::nn::BatchNorm2dImpl& bn) {
  pass_on(bn);
  const at::NoGradGuard no_gradients;
  bn.weight.zero_();
}

}  // namespace scriba::nn
