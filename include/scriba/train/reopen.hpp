#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <c10/core/GradMode.h>
#include <torch/nn/module.h>
#include <torch/nn/modules/batchnorm.h>

#include <scriba/core/error.hpp>
#include <scriba/io/weights.hpp>
#include <scriba/nn/batch_norm.hpp>
#include <scriba/nn/reopen.hpp>

/// Published weights are folded: batch norms are gone, branches are one kernel. Training goes better with both, so these bring them back.
namespace scriba::train {

/// Weights of a deployed network into the same network in training form; evaluation gives the same. Branches that the deployed file cannot
/// know begin at zero (parallel kernels) or stay as they were made (DB's threshold branch). Let calibrate_batch_norms() see some images
/// afterwards, or training starts with a jump.
///
/// Throws Error when a tensor that both forms have is missing or has another shape, or when no group of layers fits.
inline void load_deployed(torch::nn::Module& model, const io::StateDict& deployed) {
  const at::NoGradGuard no_gradients;
  std::vector<std::string> groups;
  bool any = false;
  for (const auto& module : model.named_modules("", /*include_self=*/false)) {
    const std::string prefix = module.key() + ".";
    auto* group = dynamic_cast<nn::Reopenable*>(module.value().get());
    if (!group || std::ranges::any_of(groups, [&](const auto& outer) { return prefix.starts_with(outer); })) continue;
    groups.push_back(prefix);
    any = group->reopen([&](const std::string& name) { return deployed.find(prefix + name); }) || any;
  }
  const auto fail = [](const std::string& name, std::string expected, std::string got) {
    throw Error({.what = "cannot train on from deployed weights", .where = name, .expected = std::move(expected), .got = std::move(got)});
  };
  if (!any) fail("the network", "groups of layers that the weights fit", "none");
  std::vector<io::StateDict::Entry> all;
  io::detail::collect(model, "", all);
  for (const auto& [name, tensor] : all) {
    if (std::ranges::any_of(groups, [&](const auto& prefix) { return name.starts_with(prefix); })) continue;
    const auto* value = deployed.find(name);
    if (!value) fail(name, "a tensor of this name", "none");
    if (value->sizes() != tensor.sizes())
      fail(name, "shape " + io::detail::shape_text(tensor.sizes()), "shape " + io::detail::shape_text(value->sizes()));
    at::Tensor(tensor).copy_(*value);
  }
}

namespace detail {

// Mean and variance of each channel of what goes into each batch norm, over all images that were seen.
class NormStatistics final : public nn::NormObserver {
 public:
  struct Sums {
    at::Tensor sum, squares;  // [C], double
    double count{};
  };

  void see(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x) override {
    auto& sums = sums_[&bn];
    const auto values = x.to(at::kDouble);
    const auto sum = values.sum({0, 2, 3}), squares = values.square().sum({0, 2, 3});
    sums.sum = sums.count > 0 ? sums.sum + sum : sum;
    sums.squares = sums.count > 0 ? sums.squares + squares : squares;
    sums.count += static_cast<double>(x.numel() / x.size(1));
  }

  const std::map<torch::nn::BatchNorm2dImpl*, Sums>& sums() const { return sums_; }

 private:
  std::map<torch::nn::BatchNorm2dImpl*, Sums> sums_;
};

}  // namespace detail

/// Gives every batch norm the statistics of what it sees while `run()` puts images through the network, and changes weight and bias so that
/// evaluation stays the same. Afterwards batch statistics give nearly the same, too: training goes on where the weights left off.
///
/// `run` calls forward() of the model, in evaluation mode, on this thread; some dozens of images as in training are enough.
template <class Run>
void calibrate_batch_norms(torch::nn::Module& model, const Run& run) {
  const at::NoGradGuard no_gradients;
  const bool training = model.is_training();
  model.eval();
  detail::NormStatistics seen;
  run();
  for (const auto& [bn, sums] : seen.sums()) {
    const auto mean = sums.sum / sums.count;
    const auto variance = (sums.squares / sums.count - mean.square()).clamp_min(0);
    const double epsilon = bn->options.eps();
    // bn(x) = scale x + shift, before and after.
    const auto scale = bn->weight.to(at::kDouble) / (bn->running_var.to(at::kDouble) + epsilon).sqrt();
    const auto shift = bn->bias.to(at::kDouble) - bn->running_mean.to(at::kDouble) * scale;
    bn->running_mean.copy_(mean);
    bn->running_var.copy_(variance);
    bn->weight.copy_(scale * (variance + epsilon).sqrt());
    bn->bias.copy_(shift + mean * scale);
  }
  model.train(training);
}

}  // namespace scriba::train
