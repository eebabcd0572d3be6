#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>
#include <ATen/ops/aminmax.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cdist.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/zeros.h>

#include <scriba/core/error.hpp>
#include <scriba/loss/form.hpp>
#include <scriba/loss/require_shape.hpp>

namespace scriba::loss {

struct PixelAggregationOptions {
  double aggregation_margin = 0.5;     ///< pixels this close to the mean of their kernel are close enough
  double discrimination_margin = 3.0;  ///< kernels with means this far apart are far enough
  LossForm form = LossForm::corrected;
};

struct PixelAggregationTerms {
  at::Tensor aggregation;     ///< 0-d
  at::Tensor discrimination;  ///< 0-d
};

namespace detail {

// The largest id in either map. One question to the device for the whole batch.
inline std::int64_t largest_instance(const at::Tensor& first, const at::Tensor& second) {
  const auto [low1, high1] = at::aminmax(first);
  const auto [low2, high2] = at::aminmax(second);
  const auto range = at::stack({low1, low2, high1, high2}).to(at::kCPU, at::kLong);
  const auto* value = range.const_data_ptr<std::int64_t>();
  const auto low = std::min(value[0], value[1]), high = std::max(value[2], value[3]);
  // Tables of all pairs of ids are made: numbers that are not a count of texts must not size them.
  constexpr std::int64_t kMost = 1 << 14;
  if (low < 0 || high > kMost)
    throw Error({.what = "instance maps number the texts of each image",
                 .where = "text_instance, kernel_instance",
                 .expected = "0 for background, then 1 to at most " + std::to_string(kMost),
                 .got = std::to_string(low < 0 ? low : high)});
  return high;
}

// The pixels of one instance map, those of all images in a row. An instance's number is image * ids + id.
struct InstancePixels {
  at::Tensor place;     // [K], which of the batch's pixels
  at::Tensor instance;  // [K], number of the instance it belongs to
  at::Tensor count;     // [N * ids], pixels of each instance
  at::Tensor visible;   // [N * ids], how many of them are inside the mask
};

// [..., K] values added up for each instance: [..., instances].
inline at::Tensor sum_by_instance(const at::Tensor& value, const at::Tensor& instance, std::int64_t instances) {
  auto shape = value.sizes().vec();
  shape.back() = instances;
  return at::zeros(shape, value.options()).scatter_add(-1, instance.expand_as(value), value);
}

inline InstancePixels instance_pixels(const at::Tensor& map, const at::Tensor& inside, std::int64_t ids, LossForm form,
                                      const at::TensorOptions& options) {
  const auto flat = map.flatten(1).to(at::kLong);  // [N, P]
  const auto belongs = form == LossForm::reference ? flat > 0 : (flat > 0) & inside;
  InstancePixels out;
  out.place = belongs.flatten().nonzero().squeeze(1);
  const auto first = at::arange(map.size(0), flat.options()).unsqueeze(1) * ids;
  out.instance = (flat + first).flatten().index_select(0, out.place);
  const auto seen = inside.flatten().index_select(0, out.place).to(options.dtype());
  out.count = sum_by_instance(at::ones_like(seen), out.instance, map.size(0) * ids);
  out.visible = sum_by_instance(seen, out.instance, map.size(0) * ids);
  return out;
}

// sum(value, 1) / count where count > 0; 0 elsewhere, with zero gradient.
inline at::Tensor mean_of(const at::Tensor& value, const at::Tensor& member) {
  return (value * member).sum(-1) / member.sum(-1).clamp_min(1);
}

}  // namespace detail

/// How well the similarity vectors of PAN tell texts apart: Wang et al., "Pixel Aggregation Network", ICCV 2019, equations 4 to 6.
///
/// - aggregation: log(max(|F(p) - G| - margin, 0)^2 + 1) of each pixel p of a text to the mean G of its kernel; mean over pixels, texts,
///   images.
/// - discrimination: log(max(margin - |G_i - G_j|, 0)^2 + 1) of each pair of kernels; mean over pairs, images.
///
/// Images without text (without a pair) do not count; when none is left the term is 0, with zero gradient.
///
/// `similarity`: [N, C, H, W]. `text_instance`, `kernel_instance`: [N, H, W], int64, 0 is background, the same number for a text and its
/// kernel; texts without a pixel of kernel take no part. `mask`: [N, H, W], 0 where pixels do not count. Throws Error for other shapes or
/// ids. All images and texts at once: time and memory are linear in pixels, plus pairs of texts; the device is asked three times a batch.
///
/// `LossForm::reference`: the mask tells only which texts exist, their pixels count even where it is 0; images in which texts and kernels
/// are not equally many have no aggregation term.
inline PixelAggregationTerms pixel_aggregation(const at::Tensor& similarity, const at::Tensor& text_instance,
                                               const at::Tensor& kernel_instance, const at::Tensor& mask,
                                               const PixelAggregationOptions& options = {}) {
  const auto samples = similarity.size(0), channels = similarity.size(1);
  const std::vector<std::int64_t> map_shape{samples, similarity.size(2), similarity.size(3)};
  require_shape("text_instance", text_instance, map_shape);
  require_shape("kernel_instance", kernel_instance, map_shape);
  require_shape("mask", mask, map_shape);
  const auto ids = detail::largest_instance(text_instance, kernel_instance) + 1;

  const auto inside = mask.flatten(1) > 0.5;
  const auto text = detail::instance_pixels(text_instance, inside, ids, options.form, similarity.options());
  const auto kernel = detail::instance_pixels(kernel_instance, inside, ids, options.form, similarity.options());

  const auto feature = similarity.transpose(0, 1).flatten(1);  // [C, pixels of the batch]
  const auto of = [&](const detail::InstancePixels& pixels) { return feature.gather(1, pixels.place.expand({channels, -1})); };
  const auto mean = detail::sum_by_instance(of(kernel), kernel.instance, samples * ids) / kernel.count.clamp_min(1);       // [C, N * ids]
  const auto from_mean = at::linalg_vector_norm(of(text) - mean.gather(1, text.instance.expand({channels, -1})), 2, {0});  // [K]
  const auto pull = (from_mean - options.aggregation_margin).clamp_min(0).square().log1p();
  const auto pull_of_text = detail::sum_by_instance(pull, text.instance, samples * ids) / text.count.clamp_min(1);

  const auto present = [&](const detail::InstancePixels& pixels) { return (pixels.visible > 0).to(feature.dtype()).view({samples, ids}); };
  const auto has_text = present(text), has_kernel = present(kernel), both = has_text * has_kernel;
  const auto texts = has_text.sum(1), kernels = has_kernel.sum(1);
  const auto counts = options.form == LossForm::reference ? (kernels > 0) & (kernels == texts) : both.sum(1) > 0;

  const auto centre = mean.view({channels, samples, ids}).permute({1, 2, 0});          // [N, ids, C]
  const auto between = at::cdist(centre, centre, 2, /*compute_mode: differences*/ 2);  // [N, ids, ids]
  const auto push = (options.discrimination_margin - between).clamp_min(0).square().log1p();
  const auto pair = has_kernel.unsqueeze(1) * has_kernel.unsqueeze(2) * (1 - at::eye(ids, feature.options()));
  return {.aggregation = detail::mean_of(detail::mean_of(pull_of_text.view({samples, ids}), both), counts.to(feature.dtype())),
          .discrimination = detail::mean_of(detail::mean_of(push.flatten(1), pair.flatten(1)), (kernels > 1).to(feature.dtype()))};
}

}  // namespace scriba::loss
