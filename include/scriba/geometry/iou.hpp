#pragma once

#include <span>

#include <scriba/geometry/polygon.hpp>

namespace scriba {

/// Area that two polygons share, in square pixels. Self-crossing ones follow the even-odd rule; fewer than three points, or coordinates
/// that are not finite, give 0.
double intersection_area(std::span<const Point> a, std::span<const Point> b);

/// Intersection over union, 0..1; 0 when neither has an area. Self-crossing polygons follow the even-odd rule.
double iou(std::span<const Point> a, std::span<const Point> b);

}  // namespace scriba
