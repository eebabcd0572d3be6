#pragma once
// Pages whose texts are marked in the image, so that tests find out whether texts move as their pixels do.

#include <cmath>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>

namespace marked {

/// A round spot whose brightness falls off smoothly: its centre of mass survives resampling.
inline void draw_spot(cv::Mat& image, const scriba::Point& centre, double radius = 6) {
  for (int y = 0; y < image.rows; ++y)
    for (int x = 0; x < image.cols; ++x) {
      const double right = x - static_cast<double>(centre.x), down = y - static_cast<double>(centre.y);
      const double square = (right * right + down * down) / (radius * radius);
      if (square < 1) image.at<cv::Vec3b>(y, x) = cv::Vec3b::all(static_cast<unsigned char>(std::lround(255 * std::pow(1 - square, 2))));
    }
}

/// Where the spot is: the centre of mass of all brightness.
inline scriba::Point spot_of(const cv::Mat& image) {
  cv::Mat grey;
  cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
  const cv::Moments moments = cv::moments(grey);
  return {static_cast<float>(moments.m10 / moments.m00), static_cast<float>(moments.m01 / moments.m00)};
}

inline scriba::Point middle(const scriba::Polygon& polygon) {
  scriba::Point sum;
  for (const auto& p : polygon) sum += p / static_cast<float>(polygon.size());
  return sum;
}

/// A black page with one text of 40 x 20 pixels, its corners in order, and a spot in its middle.
inline scriba::augment::Page one_spot(cv::Size size, const scriba::Point& at) {
  scriba::augment::Page page{.image = cv::Mat(size, CV_8UC3, cv::Scalar::all(0))};
  draw_spot(page.image, at);
  page.texts.push_back({.polygon = {{at.x - 20, at.y - 10}, {at.x + 20, at.y - 10}, {at.x + 20, at.y + 10}, {at.x - 20, at.y + 10}},
                        .transcription = "spot"});
  return page;
}

/// Grey noise, the same each time, with one text.
inline scriba::augment::Page noisy(cv::Size size) {
  scriba::augment::Page page{.image = cv::Mat(size, CV_8UC3)};
  cv::RNG(3).fill(page.image, cv::RNG::UNIFORM, 0, 256);
  const float w = static_cast<float>(size.width), h = static_cast<float>(size.height);
  page.texts.push_back({.polygon = {{w / 4, h / 4}, {w * 3 / 4, h / 4}, {w * 3 / 4, h / 2}, {w / 4, h / 2}}, .transcription = "noise"});
  return page;
}

inline bool same(const cv::Mat& a, const cv::Mat& b) {
  return a.size() == b.size() && a.type() == b.type() && cv::norm(a, b, cv::NORM_INF) == 0;
}

}  // namespace marked
