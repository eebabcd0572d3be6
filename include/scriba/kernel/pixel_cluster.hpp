#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/core/span2d.hpp>
#include <scriba/kernel/label_map.hpp>
#include <scriba/kernel/pixel_runs.hpp>

namespace scriba::kernel {

/// What becomes of kernels that are too small to be an instance.
enum class SmallKernels {
  dropped,             ///< before growth: their text is left to their neighbours
  grown_then_dropped,  ///< after growth, with the text that they took: the published implementation
};

struct PixelClusterOptions {
  float threshold = 1;               ///< a pixel is text, or kernel, above this logit
  float distance = 6;                ///< a pixel joins an instance when its vector is nearer than this to the kernel's mean
  std::int64_t min_kernel_area = 5;  ///< pixels
  SmallKernels small_kernels = SmallKernels::dropped;
};

/// Pixel aggregation (Wang et al., "Efficient and accurate arbitrary-shaped text detection with pixel aggregation network", ICCV 2019,
/// section 3.4): instances are the connected kernels; they grow breadth first over text whose similarity vector is near to the mean
/// vector of the kernel. Whoever reaches a pixel first keeps it.
///
/// `text`, `kernel`: logit maps [H, W]; `similarity`: the D maps [H, W] of the vectors' components, D >= 1. Time is linear in pixels
/// whatever the number of instances. A vector that is not finite joins no instance and counts in no mean. Throws Error when maps differ
/// in size or there are no components.
template <class Each = OneThread>
LabelledText cluster_pixels(Span2d<const float> text, Span2d<const float> kernel, std::span<const Span2d<const float>> similarity,
                            const PixelClusterOptions& options, const Each& each = {});

namespace detail {

// Similarity vectors of the pixels of text, one after the other: growth reads a whole vector at a time.
struct SimilarityVectors {
  std::size_t dimensions{};
  std::vector<float> value;  // [pixels of text, dimensions]

  const float* of(std::size_t pixel) const { return value.data() + pixel * dimensions; }
};

// The mean vector of each kernel. Rows of different labels can be written at the same time.
class KernelMeans {
 public:
  KernelMeans(std::int32_t labels, std::size_t dimensions)
      : dimensions_(dimensions),
        sum_(static_cast<std::size_t>(labels) * (dimensions + 1)),
        mean_(static_cast<std::size_t>(labels) * dimensions) {}

  void add(std::int32_t label, const float* vector) {
    for (std::size_t d = 0; d < dimensions_; ++d)
      if (!std::isfinite(vector[d])) return;
    double* sum = sum_.data() + static_cast<std::size_t>(label - 1) * (dimensions_ + 1);
    for (std::size_t d = 0; d < dimensions_; ++d) sum[d] += static_cast<double>(vector[d]);
    sum[dimensions_] += 1;
  }

  // NaN, from which nothing is near, for a kernel without a finite vector.
  void divide(std::int32_t label) {
    const double* sum = sum_.data() + static_cast<std::size_t>(label - 1) * (dimensions_ + 1);
    float* mean = mean_.data() + static_cast<std::size_t>(label - 1) * dimensions_;
    for (std::size_t d = 0; d < dimensions_; ++d) mean[d] = static_cast<float>(sum[d] / sum[dimensions_]);
  }

  const float* of(std::int32_t label) const { return mean_.data() + static_cast<std::size_t>(label - 1) * dimensions_; }

 private:
  std::size_t dimensions_;
  std::vector<double> sum_;  // [labels, dimensions + 1], the number of vectors last
  std::vector<float> mean_;  // [labels, dimensions]
};

class PixelClustering {
 public:
  // `map`: in a pixel of text without label, the bitwise complement of the pixel's number among all pixels of text: negative.
  PixelClustering(LabelMap& map, const SimilarityVectors& vectors, KernelMeans& means, float distance)
      : map_(map),
        vectors_(vectors),
        means_(means),
        square_(distance > 0 ? distance * distance : 0),
        neighbour_{-1, 1, -map.stride(), map.stride()} {}

  // Grows the seeds of one connected piece of text.
  void grow(std::span<const Seeds::Run> seeds) {
    for (const auto& run : seeds)
      for_each_pixel(run, [&](std::int32_t p) {
        means_.add(run.label, vectors_.of(static_cast<std::size_t>(~map_[p])));
        map_[p] = run.label;
      });
    frontier_.clear();
    for (const auto& run : seeds) {
      means_.divide(run.label);
      for_each_pixel(run, [&](std::int32_t p) { join_frontier(p); });
    }
    for (std::size_t next = 0; next < frontier_.size(); ++next) {
      const std::int32_t p = frontier_[next], label = map_[p];
      const float* centre = means_.of(label);
      for (const std::int32_t step : neighbour_) {
        const std::int32_t q = p + step;
        if (map_[q] >= 0 || !near(centre, vectors_.of(static_cast<std::size_t>(~map_[q])))) continue;
        map_[q] = label;
        join_frontier(q);
      }
    }
  }

 private:
  template <class Action>
  void for_each_pixel(const PixelRun& run, const Action& action) const {
    const std::int32_t first = map_.index(run.row, run.begin);
    for (std::int32_t p = first; p < first + run.size(); ++p) action(p);
  }

  // Pixels with no unlabelled text around them have nobody to pass their label to.
  void join_frontier(std::int32_t p) {
    if ((map_[p + neighbour_[0]] | map_[p + neighbour_[1]] | map_[p + neighbour_[2]] | map_[p + neighbour_[3]]) < 0) frontier_.push_back(p);
  }

  bool near(const float* a, const float* b) const {
    float sum = 0;
    for (std::size_t d = 0; d < vectors_.dimensions; ++d) sum += (a[d] - b[d]) * (a[d] - b[d]);
    return sum < square_;
  }

  LabelMap& map_;
  const SimilarityVectors& vectors_;
  KernelMeans& means_;
  float square_;
  std::array<std::int32_t, 4> neighbour_;  // left, right, up, down: the order decides who is first
  std::vector<std::int32_t> frontier_;
};

}  // namespace detail

template <class Each>
LabelledText cluster_pixels(Span2d<const float> text, Span2d<const float> kernel, std::span<const Span2d<const float>> similarity,
                            const PixelClusterOptions& options, const Each& each) {
  if (similarity.empty())
    throw Error({.what = "cannot cluster pixels", .where = "similarity", .expected = "a map at least", .got = "none"});
  const auto same_size = [&](const Span2d<const float>& map) { return map.rows == text.rows && map.columns == text.columns; };
  if (!same_size(kernel) || !std::all_of(similarity.begin(), similarity.end(), same_size))
    throw Error({.what = "cannot cluster pixels", .expected = "maps of one size", .got = "maps of different sizes"});

  LabelledText out{LabelMap(text.rows, text.columns), runs_above(text, options.threshold, each), 0};
  std::vector<std::size_t> number(out.text.size() + 1, 0);  // of the first pixel of each run
  for (std::size_t i = 0; i < out.text.size(); ++i) number[i + 1] = number[i] + static_cast<std::size_t>(out.text[i].size());
  const std::size_t dimensions = similarity.size();
  detail::SimilarityVectors vectors{dimensions, std::vector<float>(number.back() * dimensions)};
  each(static_cast<std::int32_t>(out.text.size()), [&](std::int32_t begin, std::int32_t end) {
    for (auto i = static_cast<std::size_t>(begin); i < static_cast<std::size_t>(end); ++i) {
      const PixelRun& run = out.text[i];
      const auto size = static_cast<std::size_t>(run.size());
      std::int32_t* pixel = &out.map[out.map.index(run.row, run.begin)];
      for (std::size_t x = 0; x < size; ++x) pixel[x] = ~static_cast<std::int32_t>(number[i] + x);
      float* vector = vectors.value.data() + number[i] * dimensions;
      for (std::size_t d = 0; d < dimensions; ++d) {
        const float* values = similarity[d].row(run.row) + run.begin;
        for (std::size_t x = 0; x < size; ++x) vector[x * dimensions + d] = values[x];
      }
    }
  });
  const auto kernels = runs_inside(
      out.text, [&](std::int32_t y, std::int32_t x) { return is_above(kernel.row(y)[x], options.threshold); }, each);
  const Seeds start = seeds(out.text, kernels, options.min_kernel_area, options.small_kernels == SmallKernels::grown_then_dropped);
  out.labels = start.labels;
  detail::KernelMeans means(start.labels + start.small_labels, dimensions);
  each(start.pieces(), [&](std::int32_t begin, std::int32_t end) {
    detail::PixelClustering clustering(out.map, vectors, means, options.distance);
    for (std::int32_t piece = begin; piece < end; ++piece) clustering.grow(start.of(piece));
  });
  clear_unlabelled(out.map, out.text, out.labels, each);
  return out;
}

}  // namespace scriba::kernel
