#pragma once

#include <algorithm>
#include <cmath>
#include <limits>

#include <scriba/augment/canvas.hpp>
#include <scriba/augment/cut_texts.hpp>
#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// pytorchOCR's crop for PSE and PAN: a window of the page without resampling. `near_text` of the windows touch the upright rectangle
/// around all readable texts; the others are anywhere. Pages that are smaller are filled up at the right and below.
struct WindowCrop {
  cv::Size size{640, 640};
  double near_text = 0.625;  ///< 0 .. 1
  CutTexts cut{};
  cv::Scalar fill{};

  void operator()(Page& page, Random& random) const {
    require_page(page);
    require_size("WindowCrop::size", size);
    require_value("WindowCrop::near_text", near_text, 0, 1);
    const cv::Size given = page.image.size(), window(std::min(size.width, given.width), std::min(size.height, given.height));
    const int right = given.width - window.width, below = given.height - window.height;  // where the window starts at most
    WholeRange x{0, right}, y{0, below};
    const auto texts = around_texts(page);
    if (random.chance(near_text) && texts.width > 0) {
      const auto touching = [](float first, float length, int window_length, int end) {
        const int low = std::clamp(static_cast<int>(first) - window_length, 0, end);
        return WholeRange{low, std::clamp(static_cast<int>(std::ceil(first + length)) - window_length, low, end)};
      };
      x = touching(texts.x, texts.width, window.width, right);
      y = touching(texts.y, texts.height, window.height, below);
    }
    const int left = random.integer(x), top = random.integer(y);
    page.image = page.image({left, top, window.width, window.height});
    const Transform transform = Transform::move(-left, -top);
    for (auto& text : page.texts) text.polygon = transform(text.polygon);
    cut_texts(page, cut);
    place_page(page, size, {}, fill);
  }

 private:
  // The upright rectangle around all readable texts, inside the page.
  static cv::Rect2f around_texts(const Page& page) {
    const float w = static_cast<float>(page.image.cols), h = static_cast<float>(page.image.rows);
    float left = w, right = 0, top = h, bottom = 0;
    for (const auto& text : page.texts)
      for (const Point& p : text.polygon) {
        if (text.ignore || !std::isfinite(p.x) || !std::isfinite(p.y)) continue;
        left = std::min(left, std::max(p.x, 0.f)), right = std::max(right, std::min(p.x, w));
        top = std::min(top, std::max(p.y, 0.f)), bottom = std::max(bottom, std::min(p.y, h));
      }
    return left < right && top < bottom ? cv::Rect2f(left, top, right - left, bottom - top) : cv::Rect2f();
  }
};

}  // namespace scriba::augment
