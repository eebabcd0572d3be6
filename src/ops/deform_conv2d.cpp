// The operator's schema, and what its kernels have in common: columns, piece by piece, and a matrix product for each piece.
#include "deform_conv2d.hpp"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/zeros_like.h>
#include <c10/util/StringUtil.h>
#include <torch/library.h>

#include <scriba/core/error.hpp>
#include <scriba/nn/deform_conv.hpp>

TORCH_LIBRARY(scriba, library) {
  library.def(
      "deform_conv2d(Tensor input, Tensor weight, Tensor offset, Tensor? mask, Tensor? bias, int[2] stride, int[2] padding, "
      "int[2] dilation, int groups, int offset_groups) -> Tensor");
  library.def(
      "deform_conv2d_backward(Tensor grad, Tensor input, Tensor weight, Tensor offset, Tensor? mask, int[2] stride, int[2] padding, "
      "int[2] dilation, int groups, int offset_groups) -> (Tensor, Tensor, Tensor, Tensor)");
}

namespace scriba {

namespace {

using kernel::DeformSizes;

[[noreturn]] void refuse(const char* argument, std::string expected, std::string got) {
  throw Error({.what = "cannot deform_conv2d", .where = argument, .expected = std::move(expected), .got = std::move(got)});
}

void require_shape(const char* argument, const at::Tensor& tensor, at::IntArrayRef shape) {
  if (tensor.sizes() != shape) refuse(argument, c10::str("shape ", shape), c10::str("shape ", tensor.sizes()));
}

void require_axes(const char* argument, const at::Tensor& tensor) {
  if (tensor.dim() != 4) refuse(argument, "4 axes", c10::str("shape ", tensor.sizes()));
}

void require_at_least(const char* argument, at::IntArrayRef values, std::int64_t least) {
  if (std::ranges::any_of(values, [&](std::int64_t value) { return value < least; }))
    refuse(argument, "numbers from " + std::to_string(least) + " on", c10::str(values));
}

void require_divides(const char* argument, std::int64_t parts, std::int64_t channels) {
  if (channels % parts != 0) refuse(argument, "a divisor of " + std::to_string(channels) + " channels", std::to_string(parts));
}

std::int64_t out_size(std::int64_t size, std::int64_t kernel, std::int64_t stride, std::int64_t padding, std::int64_t dilation) {
  const auto reach = size + 2 * padding - dilation * (kernel - 1) - 1;
  if (reach < 0)
    refuse("weight", "a kernel that fits into the input", std::to_string(kernel) + " taps for " + std::to_string(size) + " pixels");
  return reach / stride + 1;
}

void require_like(const char* argument, const at::Tensor& tensor, const at::Tensor& input) {
  if (tensor.scalar_type() != input.scalar_type() || tensor.device() != input.device())
    refuse(argument, c10::str(input.scalar_type(), " on ", input.device(), ", as the input"),
           c10::str(tensor.scalar_type(), " on ", tensor.device()));
}

DeformSizes checked_sizes(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const at::Tensor& mask,
                          const at::Tensor& bias, const ops::DeformSettings& settings) {
  require_axes("input", input), require_axes("weight", weight), require_axes("offset", offset);
  if (input.scalar_type() != at::kFloat && input.scalar_type() != at::kDouble)
    refuse("input", "float or double", c10::str(input.scalar_type()));
  require_like("weight", weight, input), require_like("offset", offset, input);
  require_at_least("stride", settings.stride, 1), require_at_least("padding", settings.padding, 0);
  require_at_least("dilation", settings.dilation, 1);
  require_at_least("groups", settings.groups, 1), require_at_least("offset_groups", settings.offset_groups, 1);
  require_at_least("size of weight", weight.sizes(), 1), require_at_least("size of input", input.sizes().slice(1), 1);
  const auto channels = input.size(1);
  require_divides("groups", settings.groups, channels), require_divides("groups", settings.groups, weight.size(0));
  require_divides("offset_groups", settings.offset_groups, channels);
  require_shape("weight", weight, {weight.size(0), channels / settings.groups, weight.size(2), weight.size(3)});

  DeformSizes sizes{.channels = channels, .height = input.size(2), .width = input.size(3), .offset_groups = settings.offset_groups};
  for (std::size_t i = 0; i < 2; ++i) {
    sizes.kernel[i] = weight.size(static_cast<std::int64_t>(2 + i));
    sizes.stride[i] = settings.stride[i], sizes.padding[i] = settings.padding[i], sizes.dilation[i] = settings.dilation[i];
  }
  sizes.out_height = out_size(sizes.height, sizes.kernel[0], sizes.stride[0], sizes.padding[0], sizes.dilation[0]);
  sizes.out_width = out_size(sizes.width, sizes.kernel[1], sizes.stride[1], sizes.padding[1], sizes.dilation[1]);
  const auto places = sizes.offset_groups * sizes.taps();
  require_shape("offset", offset, {input.size(0), 2 * places, sizes.out_height, sizes.out_width});
  if (mask.defined()) {
    require_like("mask", mask, input);
    require_shape("mask", mask, {input.size(0), places, sizes.out_height, sizes.out_width});
  }
  if (bias.defined()) {
    require_like("bias", bias, input);
    require_shape("bias", bias, {weight.size(0)});
  }
  return sizes;
}

at::Tensor channels_innermost(const at::Tensor& x) { return x.defined() ? x.permute({0, 2, 3, 1}).contiguous() : x; }

// Rows of columns as matrices and the weights as matrices: one of each for every group, [groups, rows, taps x channels / groups] and
// [groups, out channels / groups, taps x channels / groups].
class Product {
 public:
  Product(const at::Tensor& weight, std::int64_t groups, const DeformSizes& sizes)
      : groups_(groups), taps_(sizes.taps()), channels_(sizes.channels), out_(weight.size(0)), shape_(weight.sizes().vec()) {
    weight_ = weight.permute({0, 2, 3, 1}).reshape({groups_, out_ / groups_, -1});
  }

  // [rows, taps, channels] -> [rows, out channels]
  at::Tensor of(const at::Tensor& columns) const { return joined(at::bmm(split(columns), weight_.transpose(1, 2)), {out_}); }

  // [rows, out channels] -> [rows, taps, channels]
  at::Tensor grad_columns(const at::Tensor& grad) const {
    const auto rows = grad.size(0);
    return at::bmm(split_out(grad), weight_)
        .reshape({groups_, rows, taps_, channels_ / groups_})
        .permute({1, 2, 0, 3})
        .reshape({rows, taps_, channels_})
        .contiguous();  // reshape may leave a view
  }

  at::Tensor zero_grad() const { return at::zeros_like(weight_, at::MemoryFormat::Contiguous); }
  void add_grad_weight(at::Tensor& sum, const at::Tensor& columns, const at::Tensor& grad) const {
    sum.baddbmm_(split_out(grad).transpose(1, 2), split(columns));
  }
  // The sum in the shape of the weight.
  at::Tensor grad_weight(const at::Tensor& sum) const {
    return sum.reshape({shape_[0], shape_[2], shape_[3], shape_[1]}).permute({0, 3, 1, 2}).contiguous();
  }

 private:
  at::Tensor split(const at::Tensor& columns) const {
    const auto rows = columns.size(0);
    return columns.reshape({rows, taps_, groups_, channels_ / groups_}).permute({2, 0, 1, 3}).reshape({groups_, rows, -1});
  }
  at::Tensor split_out(const at::Tensor& grad) const { return grad.reshape({grad.size(0), groups_, out_ / groups_}).transpose(0, 1); }
  static at::Tensor joined(const at::Tensor& by_group, at::IntArrayRef tail) {
    return by_group.transpose(0, 1).reshape({by_group.size(1), tail[0]});
  }

  std::int64_t groups_, taps_, channels_, out_;
  std::vector<std::int64_t> shape_;
  at::Tensor weight_;
};

// work(first, count) for pieces of all output positions whose columns fit into the device's share.
template <class Work>
void in_pieces(const ops::DeformDevice& device, const DeformSizes& sizes, std::int64_t samples, const Work& work) {
  const auto positions = samples * sizes.out_height * sizes.out_width;
  const auto most = std::max<std::int64_t>(1, device.column_elements() / (sizes.taps() * sizes.channels));
  for (std::int64_t first = 0; first < positions; first += most) work(first, std::min(most, positions - first));
}

at::Tensor back(const at::Tensor& channels_innermost) { return channels_innermost.permute({0, 3, 1, 2}); }

}  // namespace

namespace ops {

at::Tensor deform_conv2d(const DeformDevice& device, const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset,
                         const std::optional<at::Tensor>& mask, const std::optional<at::Tensor>& bias, const DeformSettings& settings) {
  const auto mask_or_none = mask.value_or(at::Tensor()), bias_or_none = bias.value_or(at::Tensor());
  const auto sizes = checked_sizes(input, weight, offset, mask_or_none, bias_or_none, settings);
  const DeformTensors tensors{sizes, channels_innermost(input), channels_innermost(offset), channels_innermost(mask_or_none)};
  const Product product(weight, settings.groups, sizes);
  const auto samples = input.size(0);
  auto out = at::empty({samples, sizes.out_height, sizes.out_width, weight.size(0)}, input.options());
  auto rows = out.view({-1, weight.size(0)});
  in_pieces(device, sizes, samples, [&](std::int64_t first, std::int64_t count) {
    auto columns = at::empty({count, sizes.taps(), sizes.channels}, input.options());
    device.sample(tensors, first, columns);
    rows.narrow(0, first, count).copy_(product.of(columns));
  });
  if (bias_or_none.defined()) out.add_(bias_or_none);
  return back(out);
}

std::tuple<at::Tensor, at::Tensor, at::Tensor, at::Tensor> deform_conv2d_backward(const DeformDevice& device, const at::Tensor& grad,
                                                                                  const at::Tensor& input, const at::Tensor& weight,
                                                                                  const at::Tensor& offset,
                                                                                  const std::optional<at::Tensor>& mask,
                                                                                  const DeformSettings& settings) {
  const auto mask_or_none = mask.value_or(at::Tensor());
  const auto sizes = checked_sizes(input, weight, offset, mask_or_none, {}, settings);
  const auto samples = input.size(0);
  require_shape("grad", grad, {samples, weight.size(0), sizes.out_height, sizes.out_width});
  const DeformTensors tensors{sizes, channels_innermost(input), channels_innermost(offset), channels_innermost(mask_or_none)};
  const Product product(weight, settings.groups, sizes);
  const auto grad_rows = channels_innermost(grad).view({-1, weight.size(0)});
  auto grad_input = at::zeros_like(tensors.input), grad_offset = at::zeros_like(tensors.offset), grad_weight = product.zero_grad();
  auto grad_mask = mask_or_none.defined() ? at::zeros_like(tensors.mask) : at::Tensor();
  in_pieces(device, sizes, samples, [&](std::int64_t first, std::int64_t count) {
    auto columns = at::empty({count, sizes.taps(), sizes.channels}, input.options());
    device.sample(tensors, first, columns);
    const auto grad_piece = grad_rows.narrow(0, first, count);
    product.add_grad_weight(grad_weight, columns, grad_piece);
    const auto grad_columns = product.grad_columns(grad_piece);
    device.input_gradient(tensors, first, grad_columns, grad_input);
    device.offset_gradient(tensors, first, grad_columns, grad_offset, grad_mask);
  });
  return {back(grad_input), product.grad_weight(grad_weight), back(grad_offset), grad_mask.defined() ? back(grad_mask) : grad_mask};
}

}  // namespace ops

namespace nn {

at::Tensor deform_conv2d(const at::Tensor& input, const at::Tensor& weight, const at::Tensor& offset, const at::Tensor& mask,
                         const at::Tensor& bias, const DeformConv2dOptions& options) {
  using Operator =
      at::Tensor(const at::Tensor&, const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&,
                 const std::optional<at::Tensor>&, at::IntArrayRef, at::IntArrayRef, at::IntArrayRef, std::int64_t, std::int64_t);
  static const auto call = c10::Dispatcher::singleton().findSchemaOrThrow("scriba::deform_conv2d", "").typed<Operator>();
  const auto given = [](const at::Tensor& tensor) { return tensor.defined() ? std::optional(tensor) : std::nullopt; };
  return call.call(input, weight, offset, given(mask), given(bias), options.stride, options.padding, options.dilation, options.groups,
                   options.offset_groups);
}

}  // namespace nn
}  // namespace scriba
