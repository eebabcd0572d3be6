#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <span>
#include <utility>
#include <vector>

#include <scriba/geometry/polygon.hpp>

namespace scriba {

/// In which order the regions of a page are read.
enum class ReadingOrder {
  rows,        ///< by the top of the first corner; regions within 10 px of the one before share a row, read left to right (RapidOCR 3)
  pairwise,    ///< sorted by top, then neighbours within 10 px are swapped into left to right (PaddleOCR, RapidOCR 1)
  text_lines,  ///< regions whose heights overlap by half share a line, whatever the size of the text; lines from top to bottom
  as_found     ///< the detector's order
};

/// The order as indices into `regions`: `order[0]` is read first. Polygons need at least one point.
inline std::vector<std::size_t> reading_order(std::span<const TextRegion> regions, ReadingOrder rule = ReadingOrder::rows) {
  std::vector<std::size_t> order(regions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  if (rule == ReadingOrder::as_found || order.size() < 2) return order;
  const auto first = [&](std::size_t i) { return regions[i].polygon.front(); };
  constexpr float kSameRow = 10;

  if (rule == ReadingOrder::rows) {
    std::stable_sort(order.begin(), order.end(), [&](auto a, auto b) { return first(a).y < first(b).y; });
    for (auto row = order.begin(); row != order.end();) {
      auto end = row + 1;
      while (end != order.end() && first(*end).y - first(*(end - 1)).y < kSameRow) ++end;
      std::stable_sort(row, end, [&](auto a, auto b) { return first(a).x < first(b).x; });
      row = end;
    }
  } else if (rule == ReadingOrder::pairwise) {
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return std::pair(first(a).y, first(a).x) < std::pair(first(b).y, first(b).x); });
    for (std::size_t i = 0; i + 1 < order.size(); ++i)
      for (std::size_t j = i + 1; j > 0; --j) {
        if (!(std::abs(first(order[j]).y - first(order[j - 1]).y) < kSameRow && first(order[j]).x < first(order[j - 1]).x)) break;
        std::swap(order[j], order[j - 1]);
      }
  } else {
    struct Extent {
      float top, bottom, left;
    };
    std::vector<Extent> extent;
    for (const auto& region : regions) {
      Extent e{region.polygon[0].y, region.polygon[0].y, region.polygon[0].x};
      for (const Point& p : region.polygon) e = {std::min(e.top, p.y), std::max(e.bottom, p.y), std::min(e.left, p.x)};
      extent.push_back(e);
    }
    std::stable_sort(order.begin(), order.end(),
                     [&](auto a, auto b) { return extent[a].top + extent[a].bottom < extent[b].top + extent[b].bottom; });
    std::vector<std::vector<std::size_t>> lines;
    for (const auto i : order) {
      const auto fits = [&](const std::vector<std::size_t>& line) {
        const Extent &a = extent[line.back()], &b = extent[i];
        const float shared = std::min(a.bottom, b.bottom) - std::max(a.top, b.top);
        return shared > 0.5f * std::min(a.bottom - a.top, b.bottom - b.top) &&
               shared > 0.25f * std::max(a.bottom - a.top, b.bottom - b.top);
      };
      // Only the last line can go on: regions come by height, and an earlier line is above.
      if (!lines.empty() && fits(lines.back()))
        lines.back().push_back(i);
      else
        lines.push_back({i});
    }
    order.clear();
    for (auto& line : lines) {
      std::stable_sort(line.begin(), line.end(), [&](auto a, auto b) { return extent[a].left < extent[b].left; });
      order.insert(order.end(), line.begin(), line.end());
    }
  }
  return order;
}

}  // namespace scriba
