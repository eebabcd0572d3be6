#pragma once
// Maps as text detectors give them, drawn: slanted lines of text, some of them touching.

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <random>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

namespace bench {

using Maps = std::vector<cv::Mat_<float>>;

/// `count` maps of a reference picture: stacked top to bottom, each value is (grey - offset) / scale. Empty when the file is not there.
inline Maps reference_maps(const std::string& name, int count, float offset, float scale) {
  const char* set = std::getenv("SCRIBA_SHARED");
  const auto shared = set && *set ? std::filesystem::path(set) : std::filesystem::path(SCRIBA_SOURCE).parent_path() / "shared";
  const auto file = shared / "golden" / "postprocess" / name;
  Maps maps;
  if (!std::filesystem::exists(file)) return maps;
  const cv::Mat_<unsigned char> stack = cv::imread(file.string(), cv::IMREAD_GRAYSCALE);
  const int rows = stack.rows / count;
  for (int k = 0; k < count; ++k) {
    maps.emplace_back(rows, stack.cols);
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < stack.cols; ++x) maps.back()(y, x) = (static_cast<float>(stack(k * rows + y, x)) - offset) / scale;
  }
  return maps;
}

struct TextLine {
  cv::RotatedRect box;
  int depth;  // how far the kernels reach inwards, pixels
};

/// `count` lines on a grid, filling the image as text on a page does; all have the same share of the image whatever their number.
inline std::vector<TextLine> text_lines(cv::Size size, int count, unsigned seed = 1) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> wobble(-1, 1);
  const double cell = std::sqrt(static_cast<double>(size.area()) / count / 4);  // cells four times as wide as high
  const int rows = std::max(1, static_cast<int>(size.height / cell)), columns = (count + rows - 1) / rows;
  const float high = static_cast<float>(size.height) / static_cast<float>(rows),
              wide = static_cast<float>(size.width) / static_cast<float>(columns);
  std::vector<TextLine> lines;
  for (int i = 0; i < count; ++i) {
    const float x = (static_cast<float>(i % columns) + 0.5f) * wide, y = (static_cast<float>(i / columns) + 0.5f) * high;
    const cv::Size2f box(wide * (0.82f + 0.1f * wobble(random)), high * (0.45f + 0.1f * wobble(random)));
    lines.push_back({{{x + 0.02f * wide * wobble(random), y + 0.05f * high * wobble(random)}, box, 6 * wobble(random)},
                     std::max(1, static_cast<int>(box.height * 0.3f))});
  }
  return lines;
}

/// Distance to the nearest edge of the line that a pixel lies in, 0 outside: what all maps are made of.
inline cv::Mat_<float> inwards(cv::Size size, const std::vector<TextLine>& lines) {
  cv::Mat_<unsigned char> mask(size, static_cast<unsigned char>(0));
  cv::Mat_<float> out(size, 0.f), distance;
  for (const auto& line : lines) {
    std::array<cv::Point2f, 4> corners;
    line.box.points(corners.data());
    const std::vector<cv::Point> whole(corners.begin(), corners.end());
    const cv::Rect around = (cv::boundingRect(whole) + cv::Size(2, 2) - cv::Point(1, 1)) & cv::Rect({}, size);
    if (around.empty()) continue;
    mask(around) = 0;
    cv::fillPoly(mask, whole, cv::Scalar(1));
    cv::distanceTransform(mask(around), distance, cv::DIST_L2, 3);
    cv::Mat part = out(around);
    cv::max(part, distance / static_cast<double>(line.depth), part);
    mask(around) = 0;
  }
  return out;
}

/// K logit maps for PSENet: kernel k holds the pixels at least k / (K - 1) of the depth inside.
inline Maps pse_maps(cv::Size size, int count, int kernels = 7) {
  const auto depth = inwards(size, text_lines(size, count));
  Maps maps;
  for (int k = 0; k < kernels; ++k) {
    cv::Mat_<float> map(size);
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) map(y, x) = depth(y, x) > static_cast<float>(k) / static_cast<float>(kernels) ? 4.f : -6.f;
    maps.push_back(map);
  }
  return maps;
}

/// Text, kernel and four similarity maps for PAN; every line has a vector of its own.
inline Maps pan_maps(cv::Size size, int count) {
  const auto lines = text_lines(size, count);
  const auto depth = inwards(size, lines);
  Maps maps;
  for (const float limit : {0.f, 0.7f}) {
    cv::Mat_<float> map(size);
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) map(y, x) = depth(y, x) > limit ? 4.f : -6.f;
    maps.push_back(map);
  }
  std::mt19937 random(2);
  std::uniform_real_distribution<float> value(-3, 3), noise(-0.2f, 0.2f);
  for (int d = 0; d < 4; ++d) {
    cv::Mat_<float> map(size, 0.f);
    for (const auto& line : lines) {
      std::array<cv::Point2f, 4> corners;
      line.box.points(corners.data());
      cv::fillPoly(map, std::vector<cv::Point>(corners.begin(), corners.end()), cv::Scalar(static_cast<double>(value(random))));
    }
    for (float& v : map) v += noise(random);
    maps.push_back(map);
  }
  return maps;
}

}  // namespace bench
