#pragma once
// Pictures of what is labelled and what was found.

#include <span>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/target/text_annotation.hpp>

/// Draws into the image: labels green, ignored ones grey, regions red.
inline cv::Mat drawn(cv::Mat image, std::span<const scriba::target::TextAnnotation> truths, std::span<const scriba::Polygon> found = {}) {
  const auto draw = [&](const scriba::Polygon& polygon, const cv::Scalar& colour) {
    const std::vector<cv::Point> corners(polygon.begin(), polygon.end());
    cv::polylines(image, corners, true, colour, 2, cv::LINE_AA);
  };
  for (const auto& truth : truths) draw(truth.polygon, truth.ignore ? cv::Scalar(150, 150, 150) : cv::Scalar(0, 200, 0));
  for (const auto& polygon : found) draw(polygon, {0, 0, 255});
  return image;
}
