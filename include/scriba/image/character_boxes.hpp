#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/geometry/polygon.hpp>
#include <scriba/text/transcript.hpp>

namespace scriba {

/// Columns of a crop, from `left` up to `right`.
struct ColumnRange {
  float left{}, right{};
};

/// The columns of each character. CTC tells where a character is, not how wide: the border between two is halfway between their frames, and
/// none reaches further from its middle than the line's median distance of characters. Empty when frames or their width are not known.
inline std::vector<ColumnRange> character_columns(const Transcript& transcript, int crop_width) {
  const auto& characters = transcript.characters;
  if (!(transcript.frame_width > 0) || std::ranges::any_of(characters, [](const auto& c) { return c.first_frame < 0; })) return {};
  const auto end = static_cast<float>(crop_width);
  std::vector<float> middle, distances;
  for (const auto& c : characters)
    middle.push_back(std::clamp(static_cast<float>(c.first_frame + c.last_frame + 1) / 2 * transcript.frame_width, 0.f, end));
  for (std::size_t i = 1; i < middle.size(); ++i) distances.push_back(middle[i] - middle[i - 1]);
  auto sorted = distances;
  std::ranges::sort(sorted);
  const float reach = sorted.empty() ? end : std::max(sorted[sorted.size() / 2], transcript.frame_width);
  std::vector<ColumnRange> out;
  for (std::size_t i = 0; i < middle.size(); ++i) {
    const float before = i > 0 ? distances[i - 1] / 2 : reach / 2, after = i < distances.size() ? distances[i] / 2 : reach / 2;
    out.push_back({std::max(middle[i] - std::min(before, reach), 0.f), std::min(middle[i] + std::min(after, reach), end)});
  }
  if (out.size() == 1) out[0] = {0, end};
  return out;
}

/// The same as quads in the image that the crop was taken from: `quad` is where the crop's corners are there, in the order top left, top
/// right, bottom right, bottom left of the crop (see reading_quad()). Empty as character_columns().
inline std::vector<Quad> character_quads(const Transcript& transcript, cv::Size crop, const Quad& quad) {
  const auto columns = character_columns(transcript, crop.width);
  const float w = static_cast<float>(crop.width), h = static_cast<float>(crop.height);
  const std::array<Point, 4> corners{Point(0, 0), Point(w, 0), Point(w, h), Point(0, h)};
  if (columns.empty() || crop.empty() || !finite(quad)) return {};
  const cv::Mat transform = cv::getPerspectiveTransform(corners.data(), quad.data());
  const bool flat = !cv::checkRange(transform) || std::abs(cv::determinant(transform)) < 1e-12;
  std::vector<Quad> out;
  for (const auto& [left, right] : columns) {
    const std::vector<Point> here{{left, 0}, {right, 0}, {right, h}, {left, h}};
    std::vector<Point> there;
    if (flat)  // corners in a line: there is no perspective
      for (const Point& p : here) there.push_back(quad[0] + (quad[1] - quad[0]) * (p.x / w) + (quad[3] - quad[0]) * (p.y / h));
    else
      cv::perspectiveTransform(here, there, transform);
    out.push_back({there[0], there[1], there[2], there[3]});
  }
  return out;
}

}  // namespace scriba
