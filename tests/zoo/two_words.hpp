#pragma once
// A drawn page with two words.

#include <algorithm>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "target/pages.hpp"

namespace zoo_tests {

struct DrawnPage {
  cv::Mat image;
  scriba::target::PageAnnotation annotation;
};

/// `side` x `side` pixels, two words on grey. `flip` as cv::flip's, beyond 1: not at all.
inline DrawnPage two_words(int side, int grey, int flip = 2) {
  cv::Mat image(side, side, CV_8UC3, cv::Scalar::all(grey));
  std::vector<scriba::Polygon> boxes;
  const double unit = side / 160.0;
  const auto write = [&](const char* word, double x, double y, double width, double height) {
    const cv::Rect box(cv::Point(cvRound(x * unit), cvRound(y * unit)), cv::Size(cvRound(width * unit), cvRound(height * unit)));
    int below = 0;
    const auto size = cv::getTextSize(word, cv::FONT_HERSHEY_SIMPLEX, 1, 3, &below);
    const double scale = std::min(0.94 * box.width / size.width, 0.8 * box.height / size.height);
    cv::putText(image, word, {box.x + cvRound(0.03 * box.width), box.y + cvRound(0.88 * box.height)}, cv::FONT_HERSHEY_SIMPLEX, scale,
                cv::Scalar::all(250), std::max(2, cvRound(3 * scale)), cv::LINE_AA);
    const auto at = [&](int left, int right, bool mirrored) { return static_cast<float>(mirrored ? side - right : left); };
    const bool across = flip == 1 || flip == -1, upside = flip == 0 || flip == -1;
    boxes.push_back(pages::box(at(box.x, box.x + box.width, across), at(box.y, box.y + box.height, upside),
                               at(box.x + box.width, box.x, across), at(box.y + box.height, box.y, upside)));
  };
  write("Scriba", 12, 20, 112, 42);
  write("finds", 46, 96, 100, 42);
  if (flip <= 1) cv::flip(image, image, flip);
  return {image, pages::page(image.size(), boxes)};
}

}  // namespace zoo_tests
