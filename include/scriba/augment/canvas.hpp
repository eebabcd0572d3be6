#pragma once

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>
#include <scriba/augment/transform.hpp>

namespace scriba::augment {

/// Longest side that augmentations make: 200 MB of pixels at most.
constexpr int kLongestMade = 8192;

/// Throws Error unless both sides are 1 .. 8192.
inline void require_size(const char* where, cv::Size size) {
  require_value(where, size.width, 1, kLongestMade);
  require_value(where, size.height, 1, kLongestMade);
}

/// The page at another size, bilinear, or by areas where it becomes less than half as large. Sides beyond 8192 pixels are reduced
/// together, so that strips do not explode; sides below 1 become 1.
inline void resize_page(Page& page, const cv::Size2d& wanted) {
  const double ratio = std::min(1.0, kLongestMade / std::max({wanted.width, wanted.height, 1.0}));
  const auto whole = [&](double side) { return std::max(static_cast<int>(std::lround(side * ratio)), 1); };
  const cv::Size from = page.image.size(), to(whole(wanted.width), whole(wanted.height));
  if (from == to) return;
  cv::Mat resized;
  cv::resize(page.image, resized, to, 0, 0, 2.0 * to.width * to.height < from.area() ? cv::INTER_AREA : cv::INTER_LINEAR);
  page.image = resized;
  const Transform transform = Transform::resize(from, to);
  for (auto& text : page.texts) text.polygon = transform(text.polygon);
}

/// The page with its top left corner `at` a place of a filled canvas, on which it must fit.
inline void place_page(Page& page, cv::Size canvas, cv::Point at, const cv::Scalar& fill) {
  if (page.image.size() == canvas) return;
  cv::Mat out(canvas, page.image.type(), fill);
  page.image.copyTo(out(cv::Rect(at, page.image.size())));
  page.image = out;
  const Transform transform = Transform::move(at.x, at.y);
  for (auto& text : page.texts) text.polygon = transform(text.polygon);
}

/// The whole page on a canvas: what pytorchOCR's port of PaddleOCR's SAST does after its crop, with a share drawn from 1/4 to 1.
struct FitCanvas {
  cv::Size size{512, 512};
  Range share{1, 1};     ///< of the canvas that the page's longer side (the one that fills it first) takes, 0 .. 1
  bool anywhere = true;  ///< at a random place; else at the top left
  cv::Scalar fill{};

  void operator()(Page& page, Random& random) const {
    require_page(page);
    require_size("FitCanvas::size", size);
    require_range("FitCanvas::share", share, 0.01, 1);
    const cv::Size2d given(page.image.size());
    const double ratio = random.uniform(share) * std::min(size.width / given.width, size.height / given.height);
    resize_page(page, {std::min(given.width * ratio, size.width * 1.0), std::min(given.height * ratio, size.height * 1.0)});
    cv::Point at;
    if (anywhere) {
      at.x = random.integer(0, size.width - page.image.cols);
      at.y = random.integer(0, size.height - page.image.rows);
    }
    place_page(page, size, at, fill);
  }
};

}  // namespace scriba::augment
