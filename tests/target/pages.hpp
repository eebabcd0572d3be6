#pragma once
// Pages that several tests draw.

#include <cmath>
#include <numbers>
#include <random>

#include <scriba/target/text_annotation.hpp>

namespace pages {

using scriba::Polygon;
using scriba::target::PageAnnotation;

inline Polygon box(float left, float top, float right, float bottom) {
  return {{left, top}, {right, top}, {right, bottom}, {left, bottom}};
}

/// A line on an arc over the upper half of a circle, `corners` even: reading from left to right along the outside, back along the inside.
inline Polygon arc(scriba::Point centre, double outer, double inner, int corners) {
  Polygon out;
  const int steps = corners / 2 - 1;
  const auto at = [&](double radius, int i) {
    const double angle = std::numbers::pi * (1.15 + 0.7 * i / steps);
    out.emplace_back(static_cast<float>(centre.x + radius * std::cos(angle)), static_cast<float>(centre.y + radius * std::sin(angle)));
  };
  for (int i = 0; i <= steps; ++i) at(outer, i);
  for (int i = steps; i >= 0; --i) at(inner, i);
  return out;
}

inline PageAnnotation page(cv::Size size, std::vector<Polygon> polygons, bool ignore = false) {
  PageAnnotation out{size, {}};
  for (auto& polygon : polygons) out.texts.push_back({std::move(polygon), "word", ignore, 0});
  return out;
}

/// `count` boxes of 2 to 4 pixels all over the image.
inline PageAnnotation dust(cv::Size size, int count) {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> x(0, static_cast<float>(size.width)), y(0, static_cast<float>(size.height)), side(2, 4);
  PageAnnotation out{size, {}};
  for (int i = 0; i < count; ++i) {
    const float left = x(random), top = y(random);
    out.texts.push_back({box(left, top, left + side(random), top + side(random)), "", false, 0});
  }
  return out;
}

}  // namespace pages
