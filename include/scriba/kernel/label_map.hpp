#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include <scriba/core/error.hpp>
#include <scriba/kernel/pixel_runs.hpp>

namespace scriba::kernel {

/// [rows, columns] of int32 labels, 0 is background. A border of one background pixel lies around them, so that the four neighbours of
/// every pixel can be looked at without asking where the map ends.
class LabelMap {
 public:
  /// Throws Error when the map has more pixels than an int32 can count.
  LabelMap(std::int32_t rows, std::int32_t columns) : rows_(std::max(rows, 0)), columns_(std::max(columns, 0)), stride_(columns_ + 2) {
    const std::int64_t pixels = (std::int64_t{rows_} + 2) * (std::int64_t{columns_} + 2);
    if (pixels > std::numeric_limits<std::int32_t>::max())
      throw Error({.what = "cannot label a map", .expected = "fewer than 2^31 pixels", .got = std::to_string(pixels)});
    pixel_.resize(static_cast<std::size_t>(pixels));
  }

  std::int32_t rows() const { return rows_; }
  std::int32_t columns() const { return columns_; }

  /// Where pixel (row, column) is; its neighbours above and below are `stride()` away.
  std::int32_t index(std::int32_t row, std::int32_t column) const { return (row + 1) * stride_ + column + 1; }
  std::int32_t stride() const { return stride_; }

  std::int32_t& operator[](std::int32_t index) { return pixel_[static_cast<std::size_t>(index)]; }
  std::int32_t operator[](std::int32_t index) const { return pixel_[static_cast<std::size_t>(index)]; }
  std::int32_t at(std::int32_t row, std::int32_t column) const { return (*this)[index(row, column)]; }

  /// The labels without the border.
  Span2d<const std::int32_t> view() const { return {pixel_.data() + stride_ + 1, rows_, columns_, stride_}; }

 private:
  std::int32_t rows_, columns_, stride_;
  std::vector<std::int32_t> pixel_;
};

/// Text with the instance of each of its pixels.
struct LabelledText {
  LabelMap map;                ///< 1 .. labels, 0 where there is no text or no kernel reached it
  std::vector<PixelRun> text;  ///< the pixels of text: no label lies outside
  std::int32_t labels{};       ///< numbered in the raster order of the kernels' first pixels
};

/// Where instances start to grow: kernels, sorted by the connected piece of text that they lie in. No label ever leaves its piece, so
/// pieces can grow at the same time and the result is that of one queue for all.
struct Seeds {
  struct Run : PixelRun {
    std::int32_t label{};
  };
  std::vector<Run> run;            ///< in raster order inside each piece
  std::vector<std::size_t> first;  ///< piece i has the runs first[i] up to first[i + 1]
  std::int32_t labels{};           ///< kernels of at least the least area are 1 .. labels
  std::int32_t small_labels{};     ///< smaller ones are labels + 1 .. labels + small_labels, or left out

  std::int32_t pieces() const { return static_cast<std::int32_t>(first.size()) - 1; }
  std::span<const Run> of(std::int32_t piece) const {
    const auto i = static_cast<std::size_t>(piece);
    return std::span(run).subspan(first[i], first[i + 1] - first[i]);
  }
};

/// Labels the connected kernels. Every run of `kernels` lies inside one of `text`.
inline Seeds seeds(std::span<const PixelRun> text, std::span<const PixelRun> kernels, std::int64_t least_area, bool keep_small = false) {
  const ConnectedRuns kernel = connected_runs(kernels), piece = connected_runs(text);
  std::vector<std::int64_t> area(static_cast<std::size_t>(kernel.pieces), 0);
  for (std::size_t i = 0; i < kernels.size(); ++i) area[static_cast<std::size_t>(kernel.piece[i])] += kernels[i].size();
  Seeds out;
  std::vector<std::int32_t> label(area.size(), 0);
  for (std::size_t k = 0; k < area.size(); ++k)
    if (area[k] >= least_area) label[k] = ++out.labels;
  for (std::size_t k = 0; k < area.size() && keep_small; ++k)
    if (area[k] < least_area) label[k] = out.labels + ++out.small_labels;

  // Counting sort by piece. Both lists are in raster order, so the run of text around a kernel's run is found by walking on.
  std::vector<std::int32_t> piece_of(kernels.size());
  out.first.assign(static_cast<std::size_t>(piece.pieces) + 1, 0);
  for (std::size_t i = 0, t = 0; i < kernels.size(); ++i) {
    while (text[t].row < kernels[i].row || text[t].end <= kernels[i].begin) ++t;
    piece_of[i] = piece.piece[t];
    if (label[static_cast<std::size_t>(kernel.piece[i])]) ++out.first[static_cast<std::size_t>(piece_of[i]) + 1];
  }
  std::partial_sum(out.first.begin(), out.first.end(), out.first.begin());
  out.run.resize(out.first.back());
  std::vector<std::size_t> next(out.first.begin(), out.first.end() - 1);
  for (std::size_t i = 0; i < kernels.size(); ++i)
    if (const auto l = label[static_cast<std::size_t>(kernel.piece[i])])
      out.run[next[static_cast<std::size_t>(piece_of[i])]++] = {kernels[i], l};
  return out;
}

/// Clears what is left of text that no instance reached, and labels above `labels`.
template <class Each>
void clear_unlabelled(LabelMap& map, std::span<const PixelRun> text, std::int32_t labels, const Each& each) {
  each(static_cast<std::int32_t>(text.size()), [&](std::int32_t begin, std::int32_t end) {
    for (std::int32_t i = begin; i < end; ++i) {
      const PixelRun& run = text[static_cast<std::size_t>(i)];
      const std::int32_t first = map.index(run.row, run.begin);
      for (std::int32_t p = first; p < first + run.size(); ++p)
        if (map[p] < 0 || map[p] > labels) map[p] = 0;
    }
  });
}

}  // namespace scriba::kernel
