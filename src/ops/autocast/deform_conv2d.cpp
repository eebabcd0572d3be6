// In autocast the operator computes in float, whatever its neighbours use: places are pixels, and half precision cannot count them.
#include <optional>

#include <ATen/autocast_mode.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <torch/library.h>

namespace scriba::ops {

namespace {

using at::Tensor;
using MaybeTensor = std::optional<Tensor>;

template <c10::DeviceType Device>
Tensor in_float(const Tensor& input, const Tensor& weight, const Tensor& offset, const MaybeTensor& mask, const MaybeTensor& bias,
                at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation, std::int64_t groups,
                std::int64_t offset_groups) {
  static const auto call = c10::Dispatcher::singleton().findSchemaOrThrow("scriba::deform_conv2d", "").typed<decltype(in_float<Device>)>();
  const c10::impl::ExcludeDispatchKeyGuard no_autocast(
      c10::DispatchKeySet(Device == c10::DeviceType::CPU ? c10::DispatchKey::AutocastCPU : c10::DispatchKey::AutocastCUDA));
  const auto cast = [](const Tensor& tensor) { return at::autocast::cached_cast(at::kFloat, tensor, Device); };
  const auto cast_if = [&](const MaybeTensor& tensor) { return tensor ? MaybeTensor(cast(*tensor)) : std::nullopt; };
  return call.call(cast(input), cast(weight), cast(offset), cast_if(mask), cast_if(bias), stride, padding, dilation, groups, offset_groups);
}

}  // namespace

TORCH_LIBRARY_IMPL(scriba, AutocastCPU, library) { library.impl("deform_conv2d", in_float<c10::DeviceType::CPU>); }
TORCH_LIBRARY_IMPL(scriba, AutocastCUDA, library) { library.impl("deform_conv2d", in_float<c10::DeviceType::CUDA>); }

}  // namespace scriba::ops
