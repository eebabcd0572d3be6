#include "../deform_conv2d.hpp"

#include <ATen/Dispatch.h>
#include <c10/cuda/CUDAException.h>
#include <c10/cuda/CUDAGuard.h>
#include <c10/cuda/CUDAStream.h>
#include <torch/library.h>

#include "deform_conv2d_launch.hpp"

namespace scriba::ops {

namespace {

template <class T>
const T* values(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<T>() : nullptr;
}

class Cuda final : public DeformDevice {
 public:
  std::int64_t column_elements() const override { return std::int64_t{1} << 26; }  // 256 MB of floats

  void sample(const DeformTensors& t, std::int64_t first, at::Tensor& columns) const override {
    AT_DISPATCH_FLOATING_TYPES(columns.scalar_type(), "deform_conv2d", [&] {
      start(kernel::DeformSample<scalar_t>{t.sizes, values<scalar_t>(t.input), values<scalar_t>(t.offset), values<scalar_t>(t.mask),
                                           columns.mutable_data_ptr<scalar_t>(), first},
            columns.size(0));
    });
  }

  void input_gradient(const DeformTensors& t, std::int64_t first, const at::Tensor& grad_columns, at::Tensor& grad_input) const override {
    AT_DISPATCH_FLOATING_TYPES(grad_input.scalar_type(), "deform_conv2d", [&] {
      start(kernel::DeformInputGradient<scalar_t, cuda::AtomicAdd>{t.sizes, values<scalar_t>(t.offset), values<scalar_t>(t.mask),
                                                                   values<scalar_t>(grad_columns), grad_input.mutable_data_ptr<scalar_t>(),
                                                                   first},
            grad_columns.size(0));
    });
  }

  void offset_gradient(const DeformTensors& t, std::int64_t first, const at::Tensor& grad_columns, at::Tensor& grad_offset,
                       at::Tensor& grad_mask) const override {
    AT_DISPATCH_FLOATING_TYPES(grad_offset.scalar_type(), "deform_conv2d", [&] {
      start(kernel::DeformOffsetGradient<scalar_t>{t.sizes, values<scalar_t>(t.input), values<scalar_t>(t.offset), values<scalar_t>(t.mask),
                                                   values<scalar_t>(grad_columns), grad_offset.mutable_data_ptr<scalar_t>(),
                                                   grad_mask.defined() ? grad_mask.mutable_data_ptr<scalar_t>() : nullptr, first},
            grad_columns.size(0));
    });
  }

 private:
  template <class Functor>
  static void start(const Functor& functor, std::int64_t positions) {
    C10_CUDA_CHECK(cuda::launch(functor, positions, c10::cuda::getCurrentCUDAStream()));
  }
};

at::Tensor forward(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const std::optional<at::Tensor>& mask,
                   const std::optional<at::Tensor>& bias, at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                   std::int64_t groups, std::int64_t offset_groups) {
  const c10::cuda::CUDAGuard device(input.device());
  return deform_conv2d(Cuda(), input, weight, offset, mask, bias, {stride, padding, dilation, groups, offset_groups});
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> backward(const at::Tensor& grad, const at::Tensor& input,
                                                                    const at::Tensor& weight, const at::Tensor& offset,
                                                                    const std::optional<at::Tensor>& mask, at::IntArrayRef stride,
                                                                    at::IntArrayRef padding, at::IntArrayRef dilation, std::int64_t groups,
                                                                    std::int64_t offset_groups) {
  const c10::cuda::CUDAGuard device(input.device());
  return deform_conv2d_backward(Cuda(), grad, input, weight, offset, mask, {stride, padding, dilation, groups, offset_groups});
}

}  // namespace

TORCH_LIBRARY_IMPL(scriba, CUDA, library) {
  library.impl("deform_conv2d", forward);
  library.impl("deform_conv2d_backward", backward);
}

}  // namespace scriba::ops
