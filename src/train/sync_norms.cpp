#include <scriba/train/sync_norms.hpp>

#include <utility>

#include <ATen/core/grad_mode.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/batch_norm_update_stats.h>
#include <ATen/ops/native_batch_norm_backward.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>
#include <torch/csrc/autograd/custom_function.h>

namespace scriba::train {

namespace {

using torch::autograd::AutogradContext, torch::autograd::variable_list;

// What a batch norm's processes agree on: of each channel the mean and the variance, and how many values they are of.
struct Statistics {
  at::Tensor mean, variance;  // [C], of the type of the norm's parameters
  double count;
};

// Doubles: the variance is a difference of large numbers.
Statistics statistics(const ProcessGroup& group, const at::Tensor& x, at::ScalarType type) {
  const auto channels = x.size(1);
  const auto ignored = at::zeros({channels}, x.options().dtype(type));
  const auto [mean, variance] = at::batch_norm_update_stats(x, ignored, ignored.clone(), /*momentum=*/0);
  const double here = static_cast<double>(x.numel() / channels);
  const auto sums = at::zeros({2 * channels + 1}, x.options().dtype(at::kDouble));
  sums.narrow(0, 0, channels).copy_(mean.to(at::kDouble) * here);
  sums.narrow(0, channels, channels).copy_((variance.to(at::kDouble) + mean.to(at::kDouble).square()) * here);
  sums.narrow(0, 2 * channels, 1).fill_(here);
  group.all_reduce(sums);
  const double count = sums[2 * channels].item<double>();
  const auto total_mean = sums.narrow(0, 0, channels) / count;
  const auto total_variance = (sums.narrow(0, channels, channels) / count - total_mean.square()).clamp_min(0);
  return {total_mean.to(type), total_variance.to(type), count};
}

// For the graph of a backward pass, which may outlive the SyncNorms.
struct HeldGroup final : torch::CustomClassHolder {
  explicit HeldGroup(ProcessGroup g) : group(std::move(g)) {}
  ProcessGroup group;
};

// y = weight (x - mean) / sqrt(variance + epsilon) + bias, where mean and variance depend on x of all processes.
class Normalize : public torch::autograd::Function<Normalize> {
 public:
  static at::Tensor forward(AutogradContext* context, const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                            const at::Tensor& mean, const at::Tensor& variance, double count, double epsilon, const ProcessGroup& group) {
    context->save_for_backward({x, weight, mean, variance});
    context->saved_data["count"] = count;
    context->saved_data["epsilon"] = epsilon;
    context->saved_data["group"] = c10::IValue::make_capsule(c10::make_intrusive<HeldGroup>(group));
    return at::batch_norm(x, weight, bias, mean, variance, /*training=*/false, 0, epsilon, false);
  }

  static variable_list backward(AutogradContext* context, const variable_list& gradients) {
    const auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1], &mean = saved[2], &variance = saved[3];
    const double count = context->saved_data["count"].toDouble(), epsilon = context->saved_data["epsilon"].toDouble();
    const auto held = c10::static_intrusive_pointer_cast<HeldGroup>(context->saved_data["group"].toCapsule());
    // As if mean and variance were constants; the sums over positions are the gradients of weight and bias.
    auto [of_x, of_weight, of_bias] = at::native_batch_norm_backward(gradients[0].contiguous(x.suggest_memory_format()), x, weight, mean,
                                                                     variance, {}, {}, /*train=*/false, epsilon, {true, true, true});
    const auto sums = at::stack({of_weight, of_bias}).to(at::kDouble);
    held->group.all_reduce(sums);
    // What goes through mean and variance: a linear function of x in each channel.
    const auto inverse = (variance.to(at::kDouble) + epsilon).rsqrt();
    const auto scale = weight.to(at::kDouble) * inverse / count;
    const auto slope = -scale * inverse * sums[0];
    const auto shift = -scale * sums[1] - slope * mean.to(at::kDouble);
    const auto in_channel = [&](const at::Tensor& one) { return one.to(x.scalar_type()).view({1, -1, 1, 1}); };
    return {of_x.addcmul_(x, in_channel(slope)).add_(in_channel(shift)), of_weight, of_bias, {}, {}, {}, {}, {}};
  }
};

}  // namespace

at::Tensor SyncNorms::normalized(torch::nn::BatchNorm2dImpl& bn, const at::Tensor& x) {
  const auto input = x.contiguous(x.suggest_memory_format());
  const auto all = statistics(group_, input.detach(), bn.weight.scalar_type());
  if (all.count < 2)  // no variance to normalise by, see nn::normalized()
    return at::batch_norm(x, bn.weight, bn.bias, bn.running_mean, bn.running_var, /*training=*/false, 0, bn.options.eps(), false);
  {
    const at::NoGradGuard no_gradients;
    bn.num_batches_tracked.add_(1);
    const double momentum = bn.options.momentum().value_or(1 / bn.num_batches_tracked.item<double>());
    bn.running_mean.lerp_(all.mean, momentum);
    bn.running_var.lerp_(all.variance * (all.count / (all.count - 1)), momentum);
  }
  return Normalize::apply(input, bn.weight, bn.bias, all.mean, all.variance, all.count, bn.options.eps(), group_);
}

}  // namespace scriba::train
