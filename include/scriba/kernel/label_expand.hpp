#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/core/span2d.hpp>
#include <scriba/kernel/label_map.hpp>
#include <scriba/kernel/pixel_runs.hpp>

namespace scriba::kernel {

/// Progressive scale expansion (Wang et al., "Shape robust text detection with progressive scale expansion network", CVPR 2019,
/// section 3.2): instances are the connected pieces of the smallest kernel; they grow breadth first through one kernel after the other
/// up to the whole text. Whoever reaches a pixel first keeps it.
///
/// `kernels`: K logit maps [H, W], 2 to 31 and of one size, the text first and the smallest kernel last; a pixel belongs to a kernel
/// when the logit is above `threshold` in its map and in the text's. Smallest kernels of fewer than `min_kernel_area` pixels start no
/// instance. Time is linear in pixels whatever the number of instances. Throws Error for other numbers of maps or maps that differ in size.
///
/// The order of growth is that of the published implementation, down to one detail that a plain reading would not give: a pixel that
/// passed its label on in one kernel is not asked again in the next.
template <class Each = OneThread>
LabelledText expand_labels(std::span<const Span2d<const float>> kernels, float threshold, std::int64_t min_kernel_area,
                           const Each& each = {});

namespace detail {

// A pixel of text without label: this bit, which makes it negative, and bit k for each kernel k that it belongs to.
constexpr std::int32_t kUnlabelled = std::numeric_limits<std::int32_t>::min();

constexpr std::int32_t member_of(int kernel) { return kUnlabelled | (std::int32_t{1} << kernel); }

// Pixels in the order in which they were reached.
class PixelQueue {
 public:
  std::size_t size() const { return end_; }
  bool empty() const { return end_ == 0; }
  std::int32_t operator[](std::size_t i) const { return pixel_[i]; }
  void clear() { end_ = 0; }
  void push_back(std::int32_t p) { *room_for(1) = p, ++end_; }

  // Where `count` more can be written; set_end() says how many were.
  std::int32_t* room_for(std::size_t count) {
    if (end_ + count > pixel_.size()) pixel_.resize(2 * (end_ + count) + 1024);
    return pixel_.data() + end_;
  }
  void set_end(const std::int32_t* end) { end_ = static_cast<std::size_t>(end - pixel_.data()); }

 private:
  std::vector<std::int32_t> pixel_;
  std::size_t end_ = 0;
};

class LabelExpansion {
 public:
  LabelExpansion(LabelMap& map, int kernels) : map_(map), kernels_(kernels), neighbour_{-map.stride(), map.stride(), -1, 1} {}

  // Grows the seeds of one connected piece of text as far as they get.
  void grow(std::span<const Seeds::Run> seeds) {
    for (const auto& run : seeds) {
      const std::int32_t first = map_.index(run.row, run.begin);
      for (std::int32_t p = first; p < first + run.size(); ++p) map_[p] = run.label;
    }
    frontier_.clear();
    for (const auto& run : seeds) {
      const std::int32_t first = map_.index(run.row, run.begin);
      for (std::int32_t p = first; p < first + run.size(); ++p)
        if (has_room(p)) frontier_.push_back(p);
    }
    for (int kernel = kernels_ - 2; kernel >= 0 && !frontier_.empty(); --kernel) {
      later_.clear();
      for (std::size_t next = 0; next < frontier_.size(); ++next) pass_on(frontier_[next], member_of(kernel));
      std::swap(frontier_, later_);
    }
  }

 private:
  // Two pieces of text have background between them, which the threads that grow them both look at and write back unchanged.
  using Shared = std::atomic_ref<std::int32_t>;

  bool has_room(std::int32_t p) const {
    std::int32_t any = 0;
    for (const std::int32_t step : neighbour_) any |= Shared(map_[p + step]).load(std::memory_order_relaxed);
    return any < 0;
  }

  // Without branches, which could not be predicted: each neighbour is written and counted only when it takes the label.
  void pass_on(std::int32_t p, std::int32_t members) {
    const std::int32_t label = map_[p];
    std::int32_t* free = frontier_.room_for(4);
    std::int32_t* const start = free;
    std::int32_t left = 0;
    for (const std::int32_t step : neighbour_) {
      const Shared neighbour(map_[p + step]);
      const std::int32_t before = neighbour.load(std::memory_order_relaxed);
      const bool takes = (before & members) == members;
      const std::int32_t after = takes ? label : before;
      neighbour.store(after, std::memory_order_relaxed);
      left |= after;
      *free = p + step;
      free += takes;
    }
    frontier_.set_end(free);
    // Pixels in the middle of an instance are not carried along: nothing can change around them any more.
    if (free == start && left < 0) later_.push_back(p);
  }

  LabelMap& map_;
  int kernels_;
  std::array<std::int32_t, 4> neighbour_;  // up, down, left, right: the order decides who is first
  PixelQueue frontier_, later_;
};

}  // namespace detail

template <class Each>
LabelledText expand_labels(std::span<const Span2d<const float>> kernels, float threshold, std::int64_t min_kernel_area, const Each& each) {
  const int count = static_cast<int>(kernels.size());
  if (count < 2 || count > 31)
    throw Error({.what = "cannot expand labels", .where = "kernels", .expected = "2 to 31 maps", .got = std::to_string(kernels.size())});
  for (const auto& kernel : kernels)
    if (kernel.rows != kernels[0].rows || kernel.columns != kernels[0].columns)
      throw Error({.what = "cannot expand labels", .where = "kernels", .expected = "maps of one size", .got = "maps of different sizes"});

  LabelledText out{LabelMap(kernels[0].rows, kernels[0].columns), runs_above(kernels[0], threshold, each), 0};
  each(static_cast<std::int32_t>(out.text.size()), [&](std::int32_t begin, std::int32_t end) {
    for (std::int32_t i = begin; i < end; ++i) {
      const PixelRun& run = out.text[static_cast<std::size_t>(i)];
      std::int32_t* pixel = &out.map[out.map.index(run.row, run.begin)];
      for (std::int32_t x = 0; x < run.size(); ++x) pixel[x] = detail::member_of(0);
      for (int k = 1; k < count; ++k) {
        const float* values = kernels[static_cast<std::size_t>(k)].row(run.row) + run.begin;
        for (std::int32_t x = 0; x < run.size(); ++x) pixel[x] |= is_above(values[x], threshold) ? std::int32_t{1} << k : 0;
      }
    }
  });
  const auto smallest = runs_inside(
      out.text, [&](std::int32_t y, std::int32_t x) { return (out.map.at(y, x) & (std::int32_t{1} << (count - 1))) != 0; }, each);
  const Seeds start = seeds(out.text, smallest, min_kernel_area);
  out.labels = start.labels;
  each(start.pieces(), [&](std::int32_t begin, std::int32_t end) {
    detail::LabelExpansion expansion(out.map, count);
    for (std::int32_t piece = begin; piece < end; ++piece) expansion.grow(start.of(piece));
  });
  clear_unlabelled(out.map, out.text, out.labels, each);
  return out;
}

}  // namespace scriba::kernel
