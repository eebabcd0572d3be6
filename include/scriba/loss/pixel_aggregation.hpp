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

// [N, P] values added up for each id: [N, ids].
inline at::Tensor sum_of_instances(const at::Tensor& value, const at::Tensor& id, std::int64_t ids) {
  return at::zeros({value.size(0), ids}, value.options()).scatter_add(1, id, value);
}

// sum(value, 1) / count where count > 0; 0 elsewhere, with zero gradient.
inline at::Tensor mean_of(const at::Tensor& value, const at::Tensor& member) {
  return (value * member).sum(-1) / member.sum(-1).clamp_min(1);
}

}  // namespace detail

/// How well the similarity vectors of PAN tell texts apart: Wang et al., "Pixel Aggregation Network", ICCV 2019, equations 4 to 6.
///
/// aggregation: log(max(|F(p) - G| - margin, 0)^2 + 1) of each pixel p of a text to the mean G of its kernel; mean over pixels, texts,
/// images. discrimination: log(max(margin - |G_i - G_j|, 0)^2 + 1) of each pair of kernels; mean over pairs, images. Images without text
/// (without a pair) do not count; when none is left the term is 0, with zero gradient.
///
/// `similarity`: [N, C, H, W]. `text_instance`, `kernel_instance`: [N, H, W], int64, 0 is background, the same number for a text and its
/// kernel; texts without a pixel of kernel take no part. `mask`: [N, H, W], 0 where pixels do not count. All images and texts at once: time
/// and memory are linear in pixels, plus pairs of texts. Throws Error for other shapes, or ids below 0.
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

  const auto inside = (mask.flatten(1) > 0.5).to(at::kLong);
  auto text = text_instance.flatten(1).to(at::kLong), kernel = kernel_instance.flatten(1).to(at::kLong);
  const auto visible_text = text * inside, visible_kernel = kernel * inside;
  if (options.form == LossForm::corrected) text = visible_text, kernel = visible_kernel;

  const auto feature = similarity.flatten(2);  // [N, C, P]
  const auto one = at::ones_like(feature.select(1, 0));
  const auto pixels = [&](const at::Tensor& id) { return detail::sum_of_instances(one, id, ids); };
  const auto is_text = at::arange(ids, similarity.options()) > 0;
  const auto has_kernel = ((pixels(visible_kernel) > 0) & is_text).to(feature.scalar_type());  // [N, ids]
  const auto has_text = ((pixels(visible_text) > 0) & is_text).to(feature.scalar_type());
  const auto for_each_channel = [&](const at::Tensor& id) { return id.unsqueeze(1).expand({samples, channels, -1}); };
  const auto mean = at::zeros({samples, channels, ids}, feature.options()).scatter_add(2, for_each_channel(kernel), feature) /
                    pixels(kernel).clamp_min(1).unsqueeze(1);

  const auto from_mean = at::linalg_vector_norm(feature - mean.gather(2, for_each_channel(text)), 2, {1});  // [N, P]
  const auto pull = (from_mean - options.aggregation_margin).clamp_min(0).square().log1p();
  const auto pull_of_text = detail::sum_of_instances(pull, text, ids) / pixels(text).clamp_min(1);  // [N, ids]
  const auto both = has_kernel * has_text;
  const auto kernels = has_kernel.sum(1), texts = has_text.sum(1);
  const auto counts = options.form == LossForm::reference ? (kernels > 0) & (kernels == texts) : both.sum(1) > 0;

  const auto between = at::cdist(mean.transpose(1, 2), mean.transpose(1, 2), 2, /*compute_mode=*/2);  // [N, ids, ids], as differences
  const auto push = (options.discrimination_margin - between).clamp_min(0).square().log1p();
  const auto pair = has_kernel.unsqueeze(1) * has_kernel.unsqueeze(2) * (1 - at::eye(ids, feature.options()));
  return {.aggregation = detail::mean_of(detail::mean_of(pull_of_text, both), counts.to(feature.scalar_type())),
          .discrimination = detail::mean_of(detail::mean_of(push.flatten(1), pair.flatten(1)), (kernels > 1).to(feature.scalar_type()))};
}

}  // namespace scriba::loss
