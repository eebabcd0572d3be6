#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <utility>
#include <vector>

#include <scriba/augment/canvas.hpp>
#include <scriba/augment/cut_texts.hpp>
#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// The crop of EAST (Zhou et al., CVPR 2017), as DB and SAST use it: its borders run through rows and columns without readable text, so no
/// readable text is cut, and at least one is inside. It is scaled into `size` with its aspect ratio and filled up at the right and below.
/// Where no such crop is found, it is the whole page.
struct EastCrop {
  cv::Size size{640, 640};
  int tries = 10;
  double min_side = 0.1;  ///< smallest share of the page's sides, 0 .. 1; the reference's SAST: 0.3 in 20 tries
  CutTexts cut{};         ///< for ignored text, which may be cut
  cv::Scalar fill{};

  void operator()(Page& page, Random& random) const {
    require_page(page);
    require_size("EastCrop::size", size);
    require_value("EastCrop::tries", tries, 0, 10'000);
    require_value("EastCrop::min_side", min_side, 0, 1);
    const cv::Rect window = drawn(page, random);
    page.image = page.image(window);
    const Transform transform = Transform::move(-window.x, -window.y);
    for (auto& text : page.texts) text.polygon = transform(text.polygon);
    cut_texts(page, cut);
    const double ratio = std::min(static_cast<double>(size.width) / window.width, static_cast<double>(size.height) / window.height);
    resize_page(page, {std::min(window.width * ratio, size.width * 1.0), std::min(window.height * ratio, size.height * 1.0)});
    place_page(page, size, {}, fill);
  }

 private:
  using Runs = std::vector<WholeRange>;

  cv::Rect drawn(const Page& page, Random& random) const {
    const cv::Rect whole({0, 0}, page.image.size());
    std::vector<cv::Rect> readable;
    for (const auto& text : page.texts)
      if (!text.ignore) {
        const cv::Rect box = box_of(text.polygon, page.image.size());
        if (!box.empty()) readable.push_back(box);
      }
    std::vector<char> columns(static_cast<std::size_t>(whole.width), 0), rows(static_cast<std::size_t>(whole.height), 0);
    for (const cv::Rect& box : readable) {
      std::fill(columns.begin() + box.x, columns.begin() + box.x + box.width, 1);
      std::fill(rows.begin() + box.y, rows.begin() + box.y + box.height, 1);
    }
    const Runs x = free_runs(columns), y = free_runs(rows);
    if (x.empty() || y.empty()) return whole;
    for (int i = 0; i < tries; ++i) {
      const auto [left, right] = two_lines(x, random);
      const auto [top, bottom] = two_lines(y, random);
      const cv::Rect window(left, top, right - left, bottom - top);
      if (window.width < std::max(min_side * whole.width, 1.0) || window.height < std::max(min_side * whole.height, 1.0)) continue;
      if (std::any_of(readable.begin(), readable.end(), [&](const cv::Rect& box) { return (box & window) == box; })) return window;
    }
    return whole;
  }

  // The pixels of the page that the polygon touches.
  static cv::Rect box_of(const Polygon& polygon, cv::Size page) {
    if (polygon.empty() || !finite(polygon)) return {};
    Polygon inside = polygon;
    for (Point& p : inside)
      p = {std::clamp(p.x, -1.f, static_cast<float>(page.width)), std::clamp(p.y, -1.f, static_cast<float>(page.height))};
    const cv::Rect box = pixel_bounds(inside);
    return cv::Rect(box.tl(), box.br() + cv::Point(1, 1)) & cv::Rect({0, 0}, page);
  }

  // Stretches of lines without text.
  static Runs free_runs(const std::vector<char>& taken) {
    Runs out;
    for (std::size_t i = 0; i < taken.size(); ++i) {
      if (taken[i]) continue;
      if (i == 0 || taken[i - 1]) out.push_back({static_cast<int>(i), static_cast<int>(i)});
      out.back().high = static_cast<int>(i);
    }
    return out;
  }

  // A short stretch is drawn as often as a long one.
  static std::pair<int, int> two_lines(const Runs& runs, Random& random) {
    const int a = random.integer(random.pick<WholeRange>(runs)), b = random.integer(random.pick<WholeRange>(runs));
    return {std::min(a, b), std::max(a, b)};
  }
};

}  // namespace scriba::augment
