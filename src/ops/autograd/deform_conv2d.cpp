#include <optional>
#include <tuple>

#include <ATen/core/LegacyTypeDispatch.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/csrc/autograd/custom_function.h>
#include <torch/library.h>

#include <scriba/core/error.hpp>

namespace scriba::ops {

namespace {

using at::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;
using MaybeTensor = std::optional<Tensor>;

Tensor call_forward(const Tensor& input, const Tensor& weight, const Tensor& offset, const MaybeTensor& mask, const MaybeTensor& bias,
                    at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, std::int64_t groups,
                    std::int64_t offset_groups) {
  static const auto call = c10::Dispatcher::singleton().findSchemaOrThrow("scriba::deform_conv2d", "").typed<decltype(call_forward)>();
  return call.call(input, weight, offset, mask, bias, stride, padding, dilation, groups, offset_groups);
}

std::tuple<Tensor, Tensor, Tensor, Tensor> call_backward(const Tensor& grad, const Tensor& input, const Tensor& weight,
                                                         const Tensor& offset, const MaybeTensor& mask, at::IntArrayRef stride,
                                                         at::IntArrayRef padding, at::IntArrayRef dilation, std::int64_t groups,
                                                         std::int64_t offset_groups) {
  static const auto call =
      c10::Dispatcher::singleton().findSchemaOrThrow("scriba::deform_conv2d_backward", "").typed<decltype(call_backward)>();
  return call.call(grad, input, weight, offset, mask, stride, padding, dilation, groups, offset_groups);
}

struct Function final : torch::autograd::Function<Function> {
  static variable_list forward(AutogradContext* context, const Tensor& input, const Tensor& weight, const Tensor& offset,
                               const MaybeTensor& mask, const MaybeTensor& bias, at::IntArrayRef stride, at::IntArrayRef padding,
                               at::IntArrayRef dilation, std::int64_t groups, std::int64_t offset_groups) {
    const at::AutoDispatchBelowADInplaceOrView below;
    context->save_for_backward({input, weight, offset, mask.value_or(Tensor())});
    auto& saved = context->saved_data;
    saved["stride"] = stride, saved["padding"] = padding, saved["dilation"] = dilation;
    saved["groups"] = groups, saved["offset_groups"] = offset_groups, saved["bias"] = bias.has_value();
    return {call_forward(input, weight, offset, mask, bias, stride, padding, dilation, groups, offset_groups)};
  }

  static variable_list backward(AutogradContext* context, const variable_list& grads) {
    if (at::GradMode::is_enabled()) throw Error({.what = "deform_conv2d has first derivatives only", .got = "create_graph = true"});
    const auto tensors = context->get_saved_variables();
    auto& saved = context->saved_data;
    const auto& mask = tensors[3];
    const auto [input, weight, offset, mask_gradient] = call_backward(
        grads[0], tensors[0], tensors[1], tensors[2], mask.defined() ? MaybeTensor(mask) : std::nullopt, saved["stride"].toIntVector(),
        saved["padding"].toIntVector(), saved["dilation"].toIntVector(), saved["groups"].toInt(), saved["offset_groups"].toInt());
    const auto bias = saved["bias"].toBool() ? grads[0].sum({0, 2, 3}) : Tensor();
    return {input, weight, offset, mask_gradient, bias, {}, {}, {}, {}, {}};
  }
};

Tensor differentiable(const Tensor& input, const Tensor& weight, const Tensor& offset, const MaybeTensor& mask, const MaybeTensor& bias,
                      at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, std::int64_t groups,
                      std::int64_t offset_groups) {
  return Function::apply(input, weight, offset, mask, bias, stride, padding, dilation, groups, offset_groups)[0];
}

}  // namespace

TORCH_LIBRARY_IMPL(scriba, Autograd, library) { library.impl("deform_conv2d", differentiable); }

}  // namespace scriba::ops
