// What the kernels of scriba::deform_conv2d share, whatever device they are for.
#pragma once

#include <cstdint>
#include <optional>
#include <tuple>

#include <ATen/core/Tensor.h>

#include <scriba/kernel/deform_sample.hpp>

namespace scriba::ops {

/// The arguments of the operator after its tensors.
struct DeformSettings {
  at::IntArrayRef stride, padding, dilation;
  std::int64_t groups, offset_groups;
};

/// Tensors of one call in the kernels' layout, kernel/deform_sample.hpp.
struct DeformTensors {
  kernel::DeformSizes sizes;
  at::Tensor input, offset, mask;  // mask undefined for ones
};

/// Runs the functors on one device. `columns` and `grad_columns` are [positions, taps, channels], their first position is `first`.
class DeformDevice {
 public:
  virtual ~DeformDevice() = default;
  virtual std::int64_t column_elements() const = 0;  // at once: what memory is spent on columns
  virtual void sample(const DeformTensors& tensors, std::int64_t first, at::Tensor& columns) const = 0;
  virtual void input_gradient(const DeformTensors& tensors, std::int64_t first, const at::Tensor& grad_columns,
                              at::Tensor& grad_input) const = 0;
  virtual void offset_gradient(const DeformTensors& tensors, std::int64_t first, const at::Tensor& grad_columns, at::Tensor& grad_offset,
                               at::Tensor& grad_mask) const = 0;
};

/// Throws Error when the arguments do not belong together.
at::Tensor deform_conv2d(const DeformDevice& device, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
                         const std::optional<at::Tensor>& mask, const std::optional<at::Tensor>& bias, const DeformSettings& settings);

/// Gradients of input, weight, offset and mask (undefined without a mask) from that of the output.
std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> deform_conv2d_backward(const DeformDevice& device, const at::Tensor& grad,
                                                                                  const at::Tensor& input, const at::Tensor& weight,
                                                                                  const at::Tensor& offset,
                                                                                  const std::optional<at::Tensor>& mask,
                                                                                  const DeformSettings& settings);

}  // namespace scriba::ops
