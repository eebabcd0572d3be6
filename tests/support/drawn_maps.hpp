#pragma once
// Maps as text detectors give them, drawn: slanted lines of text, some of them touching.

#include <algorithm>
#include <array>
#include <cmath>
#include <random>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/postprocess/sast_regions.hpp>

namespace drawn {

using Maps = std::vector<cv::Mat_<float>>;

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

/// A probability map as DB makes it: the inner part of every line, with soft edges.
inline cv::Mat_<float> db_map(cv::Size size, int count) {
  cv::Mat_<float> map = inwards(size, text_lines(size, count));
  for (float& v : map) v = v > 0.3f ? 0.95f : 0.02f;
  cv::GaussianBlur(map, map, {3, 3}, 0);
  return map;
}

/// SAST's maps (a quarter of the image's size): the middle of each line with exact offsets, off by up to `noise` pixels.
inline scriba::postprocess::SastPlanes sast_planes(cv::Size size, int count, float noise) {
  scriba::postprocess::SastPlanes planes;
  planes.score = cv::Mat_<float>(size, 0.f);
  for (auto* maps : {&planes.border[0], &planes.border[1], &planes.border[2], &planes.border[3], &planes.tco[0], &planes.tco[1]})
    *maps = cv::Mat_<float>(size, 0.f);
  for (auto& map : planes.tvo) map = cv::Mat_<float>(size, 0.f);
  std::mt19937 random(3);
  std::uniform_real_distribution<float> wobble(-noise - 1e-9f, noise + 1e-9f), score(0.75f, 1);
  for (const auto& line : text_lines(size, count)) {
    std::array<cv::Point2f, 4> c;  // bottom left, top left, top right, bottom right
    line.box.points(c.data());
    const cv::Point2f along = (c[2] - c[1]) / std::hypot(c[2].x - c[1].x, c[2].y - c[1].y), down(-along.y, along.x);
    const float half_width = line.box.size.width / 2, half_height = line.box.size.height / 2;
    const cv::Rect around = cv::boundingRect(std::vector<cv::Point2f>(c.begin(), c.end())) & cv::Rect({}, size);
    for (int y = around.y; y < around.y + around.height; ++y)
      for (int x = around.x; x < around.x + around.width; ++x) {
        const cv::Point2f p(static_cast<float>(x), static_cast<float>(y)), off = p - line.box.center;
        const float u = off.dot(along), v = off.dot(down);
        if (std::abs(u) > 0.9f * half_width || std::abs(v) > std::max(0.3f * half_height, 0.51f)) continue;
        planes.score(y, x) = score(random);
        const cv::Point2f up = down * (-half_height - v), low = down * (half_height - v);
        planes.border[0](y, x) = up.y + wobble(random), planes.border[1](y, x) = up.x + wobble(random);
        planes.border[2](y, x) = low.y + wobble(random), planes.border[3](y, x) = low.x + wobble(random);
        for (std::size_t k = 0; k < 4; ++k) {
          planes.tvo[2 * k](y, x) = p.x - c[(k + 1) % 4].x + wobble(random);
          planes.tvo[2 * k + 1](y, x) = p.y - c[(k + 1) % 4].y + wobble(random);
        }
        planes.tco[0](y, x) = off.x + wobble(random), planes.tco[1](y, x) = off.y + wobble(random);
      }
  }
  return planes;
}

}  // namespace drawn
