#pragma once

#include <cstddef>
#include <cstdint>
#include <limits>
#include <numeric>
#include <span>
#include <vector>

#include <scriba/core/span2d.hpp>

namespace scriba::kernel {

/// Pixels [begin, end) of one row of a map. Lists of runs are in raster order: by row, then by column. Most of a map is background, so
/// what works on runs of text touches little of it.
struct PixelRun {
  std::int32_t row{}, begin{}, end{};
  constexpr std::int32_t size() const { return end - begin; }
};

/// How the kernels run their loops: `each(count, work)` calls `work(begin, end)` for ranges that make up [0, count), here all at once.
/// A caller with threads passes its own; results do not depend on how the ranges are cut.
struct OneThread {
  template <class Work>
  void operator()(std::int32_t count, const Work& work) const {
    if (count > 0) work(std::int32_t{0}, count);
  }
};

namespace detail {

// What produce(i, out) appends for i = 0 .. count - 1, in this order; `grain` of them make one piece of work.
template <class T, class Each, class Produce>
std::vector<T> collected(std::int32_t count, std::int32_t grain, const Each& each, const Produce& produce) {
  const std::int32_t pieces = (count + grain - 1) / grain;
  std::vector<std::vector<T>> piece(static_cast<std::size_t>(pieces));
  each(pieces, [&](std::int32_t begin, std::int32_t end) {
    for (std::int32_t p = begin; p < end; ++p)
      for (std::int32_t i = p * grain; i < count && i < (p + 1) * grain; ++i) produce(i, piece[static_cast<std::size_t>(p)]);
  });
  std::vector<T> all;
  std::size_t total = 0;
  for (const auto& part : piece) total += part.size();
  all.reserve(total);
  for (const auto& part : piece) all.insert(all.end(), part.begin(), part.end());
  return all;
}

// Appends the runs of inside(x) among the pixels [begin, end) of a row.
template <class Inside>
void append_runs(std::int32_t row, std::int32_t begin, std::int32_t end, const Inside& inside, std::vector<PixelRun>& out) {
  for (std::int32_t x = begin; x < end;) {
    while (x < end && !inside(x)) ++x;
    const std::int32_t start = x;
    while (x < end && inside(x)) ++x;
    if (x > start) out.push_back({row, start, x});
  }
}

}  // namespace detail

/// True for numbers above the threshold; NaN and infinity are background.
constexpr bool is_above(float value, float threshold) { return (value > threshold) & (value <= std::numeric_limits<float>::max()); }

/// Runs of the pixels of `map` above `threshold`. Linear in pixels.
template <class Each = OneThread>
std::vector<PixelRun> runs_above(Span2d<const float> map, float threshold, const Each& each = {}) {
  constexpr std::int32_t kRowsAtOnce = 16, kBlock = 16;
  return detail::collected<PixelRun>(map.rows, kRowsAtOnce, each, [&](std::int32_t y, std::vector<PixelRun>& out) {
    const float* values = map.row(y);
    std::int32_t x = 0;
    while (x < map.columns) {
      // Over background in blocks, which compilers turn into a few vector instructions.
      for (; x + kBlock <= map.columns; x += kBlock) {
        int some = 0;
        for (std::int32_t i = 0; i < kBlock; ++i) some |= values[x + i] > threshold ? 1 : 0;
        if (some) break;
      }
      while (x < map.columns && !is_above(values[x], threshold)) ++x;
      const std::int32_t start = x;
      while (x < map.columns && is_above(values[x], threshold)) ++x;
      if (x > start) out.push_back({y, start, x});
    }
  });
}

/// Runs of those pixels of `area` for which inside(row, column) holds.
template <class Inside, class Each = OneThread>
std::vector<PixelRun> runs_inside(std::span<const PixelRun> area, const Inside& inside, const Each& each = {}) {
  constexpr std::int32_t kRunsAtOnce = 256;
  return detail::collected<PixelRun>(static_cast<std::int32_t>(area.size()), kRunsAtOnce, each,
                                     [&](std::int32_t i, std::vector<PixelRun>& out) {
                                       const PixelRun& run = area[static_cast<std::size_t>(i)];
                                       detail::append_runs(
                                           run.row, run.begin, run.end, [&](std::int32_t x) { return inside(run.row, x); }, out);
                                     });
}

/// Runs with the number of the connected piece that each belongs to.
struct ConnectedRuns {
  std::vector<std::int32_t> piece;  ///< of each run; pieces are numbered from 0 in the raster order of their first pixel
  std::int32_t pieces{};
};

/// Connected pieces by four neighbours (pixels that share a side): union-find over the runs, almost linear in their number.
inline ConnectedRuns connected_runs(std::span<const PixelRun> runs) {
  std::vector<std::int32_t> parent(runs.size());
  std::iota(parent.begin(), parent.end(), 0);
  const auto root = [&](std::int32_t i) {
    while (parent[static_cast<std::size_t>(i)] != i) {
      auto& up = parent[static_cast<std::size_t>(i)];
      i = up = parent[static_cast<std::size_t>(up)];
    }
    return i;
  };
  std::size_t above = 0;  // the first run of the row above that may still touch run i
  for (std::size_t i = 0; i < runs.size(); ++i) {
    const PixelRun& run = runs[i];
    while (runs[above].row < run.row - 1 || (runs[above].row == run.row - 1 && runs[above].end <= run.begin)) ++above;
    for (std::size_t j = above; runs[j].row == run.row - 1 && runs[j].begin < run.end; ++j) {
      const std::int32_t a = root(static_cast<std::int32_t>(i)), b = root(static_cast<std::int32_t>(j));
      parent[static_cast<std::size_t>(a > b ? a : b)] = a > b ? b : a;  // the first run of a piece stays its root
    }
  }
  ConnectedRuns out{std::move(parent), 0};
  for (std::size_t i = 0; i < runs.size(); ++i) {
    auto& piece = out.piece[i];
    piece = piece == static_cast<std::int32_t>(i) ? out.pieces++ : out.piece[static_cast<std::size_t>(piece)];
  }
  return out;
}

}  // namespace scriba::kernel
