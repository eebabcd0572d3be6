#include "bent_word.hpp"

#include <algorithm>
#include <cmath>

#include <opencv2/imgproc.hpp>

namespace scriba::data::detail {

BentWord::BentWord(Ribbon ribbon, const Bend& bend)
    : ribbon_(std::move(ribbon)),
      bend_(bend),
      from_page_(bend.to_page.inv()),
      middle_x_((ribbon_.edges.front() + ribbon_.edges.back()) / 2.0),
      middle_y_((ribbon_.top + ribbon_.bottom) / 2.0) {}

Point BentWord::on_page(double column, double row) const {
  double x = column - middle_x_, y = row - middle_y_;
  if (bend_.radius != 0) {
    // The circle's centre is (0, radius); columns become angles.
    const double angle = x / bend_.radius, radius = bend_.radius - y;
    x = radius * std::sin(angle), y = bend_.radius - radius * std::cos(angle);
  }
  const auto p = bend_.to_page * cv::Vec3d(x, y, 1);
  return {static_cast<float>(p[0] / p[2]), static_cast<float>(p[1] / p[2])};
}

Polygon BentWord::outline() const {
  const double left = ribbon_.edges.front(), right = ribbon_.edges.back();
  const double angle = bend_.radius == 0 ? 0 : std::abs((right - left) / bend_.radius);
  const int steps = bend_.radius == 0 ? 1 : std::clamp(static_cast<int>(std::ceil(angle / 0.25)), 2, 10);
  Polygon out;
  for (int i = 0; i <= steps; ++i) out.push_back(on_page(left + (right - left) * i / steps, ribbon_.top));
  for (int i = steps; i >= 0; --i) out.push_back(on_page(left + (right - left) * i / steps, ribbon_.bottom));
  return out;
}

std::vector<Polygon> BentWord::characters() const {
  std::vector<Polygon> out;
  for (std::size_t i = 0; i + 1 < ribbon_.edges.size(); ++i) {
    const double left = ribbon_.edges[i], right = ribbon_.edges[i + 1];
    out.push_back({on_page(left, ribbon_.top), on_page(right, ribbon_.top), on_page(right, ribbon_.bottom), on_page(left, ribbon_.bottom)});
  }
  return out;
}

void BentWord::draw(cv::Mat& page, const cv::Scalar& color, double opacity) const {
  auto bounds = pixel_bounds(outline());
  const int room = bounds.height / 4 + 4;  // letters reach a little beyond their edges
  bounds = (bounds + cv::Size(2 * room, 2 * room) - cv::Point(room, room)) & cv::Rect({}, page.size());
  if (bounds.empty()) return;
  cv::Mat columns(bounds.size(), CV_32F), rows(bounds.size(), CV_32F);
  for (int y = 0; y < bounds.height; ++y)
    for (int x = 0; x < bounds.width; ++x) {
      const auto p = from_page_ * cv::Vec3d(x + bounds.x, y + bounds.y, 1);
      double u = p[0] / p[2], v = p[1] / p[2];
      if (bend_.radius != 0) {
        const double down = bend_.radius - v, sign = bend_.radius > 0 ? 1 : -1;
        const double distance = std::hypot(u, down);
        u = bend_.radius * std::atan2(sign * u, sign * down);
        v = bend_.radius - sign * distance;
      }
      columns.at<float>(y, x) = static_cast<float>(u + middle_x_);
      rows.at<float>(y, x) = static_cast<float>(v + middle_y_);
    }
  cv::Mat letters;
  cv::remap(ribbon_.mask, letters, columns, rows, cv::INTER_LINEAR, cv::BORDER_CONSTANT, 0);
  cv::Mat part = page(bounds);
  for (int y = 0; y < part.rows; ++y)
    for (int x = 0; x < part.cols; ++x) {
      const double share = opacity * letters.at<unsigned char>(y, x) / 255;
      auto& pixel = part.at<cv::Vec3b>(y, x);
      for (int c = 0; c < 3; ++c) pixel[c] = cv::saturate_cast<unsigned char>(pixel[c] + share * (color[c] - pixel[c]));
    }
}

}  // namespace scriba::data::detail
