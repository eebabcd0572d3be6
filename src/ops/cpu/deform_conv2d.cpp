#include "../deform_conv2d.hpp"

#include <algorithm>

#include <ATen/Dispatch.h>
#include <ATen/Parallel.h>
#include <torch/library.h>

namespace scriba::ops {

namespace {

template <class T>
const T* values(const at::Tensor& tensor) {
  return tensor.defined() ? tensor.const_data_ptr<T>() : nullptr;
}

class Cpu final : public DeformDevice {
 public:
  std::int64_t column_elements() const override { return std::int64_t{1} << 21; }  // 8 MB of floats: about what caches hold

  void sample(const DeformTensors& t, std::int64_t first, at::Tensor& columns) const override {
    AT_DISPATCH_FLOATING_TYPES(columns.scalar_type(), "deform_conv2d", [&] {
      const kernel::DeformSample<scalar_t> functor{
          t.sizes, values<scalar_t>(t.input), values<scalar_t>(t.offset), values<scalar_t>(t.mask), columns.mutable_data_ptr<scalar_t>(),
          first};
      each_place(t.sizes, first, columns.size(0), [&](std::int64_t position, std::int64_t tap, std::int64_t group) {
        const auto begin = group * t.sizes.group_channels();
        functor(position, tap, begin, begin + t.sizes.group_channels());
      });
    });
  }

  // Threads share out channels, not positions, whose pixels overlap; so sums do not depend on the number of threads either.
  void input_gradient(const DeformTensors& t, std::int64_t first, const at::Tensor& grad_columns, at::Tensor& grad_input) const override {
    AT_DISPATCH_FLOATING_TYPES(grad_input.scalar_type(), "deform_conv2d", [&] {
      const kernel::DeformInputGradient<scalar_t> functor{t.sizes,
                                                          values<scalar_t>(t.offset),
                                                          values<scalar_t>(t.mask),
                                                          values<scalar_t>(grad_columns),
                                                          grad_input.mutable_data_ptr<scalar_t>(),
                                                          first};
      constexpr std::int64_t kCacheLine = 16;
      const auto width = t.sizes.group_channels();
      at::parallel_for(0, t.sizes.channels, kCacheLine, [&](std::int64_t begin, std::int64_t end) {
        for (auto position = first; position < first + grad_columns.size(0); ++position)
          for (std::int64_t tap = 0; tap < t.sizes.taps(); ++tap)
            for (auto c = begin; c < end; c = (c / width + 1) * width) functor(position, tap, c, std::min(end, (c / width + 1) * width));
      });
    });
  }

  void offset_gradient(const DeformTensors& t, std::int64_t first, const at::Tensor& grad_columns, at::Tensor& grad_offset,
                       at::Tensor& grad_mask) const override {
    AT_DISPATCH_FLOATING_TYPES(grad_offset.scalar_type(), "deform_conv2d", [&] {
      const kernel::DeformOffsetGradient<scalar_t> functor{t.sizes,
                                                           values<scalar_t>(t.input),
                                                           values<scalar_t>(t.offset),
                                                           values<scalar_t>(t.mask),
                                                           values<scalar_t>(grad_columns),
                                                           grad_offset.mutable_data_ptr<scalar_t>(),
                                                           grad_mask.defined() ? grad_mask.mutable_data_ptr<scalar_t>() : nullptr,
                                                           first};
      each_place(t.sizes, first, grad_columns.size(0), functor);
    });
  }

 private:
  // work(position, tap, offset group) for `count` positions, on all threads.
  template <class Work>
  static void each_place(const kernel::DeformSizes& sizes, std::int64_t first, std::int64_t count, const Work& work) {
    constexpr std::int64_t kElements = 1 << 14;  // worth a thread
    const auto places = sizes.taps() * sizes.offset_groups;
    at::parallel_for(0, count * places, std::max<std::int64_t>(1, kElements / sizes.group_channels()),
                     [&](std::int64_t begin, std::int64_t end) {
                       for (auto i = begin; i < end; ++i)
                         work(first + i / places, i % places / sizes.offset_groups, i % sizes.offset_groups);
                     });
  }
};

at::Tensor forward(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const std::optional<at::Tensor>& mask,
                   const std::optional<at::Tensor>& bias, at::IntArrayRef stride, at::IntArrayRef padding, at::IntArrayRef dilation,
                   std::int64_t groups, std::int64_t offset_groups) {
  return deform_conv2d(Cpu(), input, weight, offset, mask, bias, {stride, padding, dilation, groups, offset_groups});
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> backward(const at::Tensor& grad, const at::Tensor& input,
                                                                    const at::Tensor& weight, const at::Tensor& offset,
                                                                    const std::optional<at::Tensor>& mask, at::IntArrayRef stride,
                                                                    at::IntArrayRef padding, at::IntArrayRef dilation, std::int64_t groups,
                                                                    std::int64_t offset_groups) {
  return deform_conv2d_backward(Cpu(), grad, input, weight, offset, mask, {stride, padding, dilation, groups, offset_groups});
}

}  // namespace

TORCH_LIBRARY_IMPL(scriba, CPU, library) {
  library.impl("deform_conv2d", forward);
  library.impl("deform_conv2d_backward", backward);
}

}  // namespace scriba::ops
