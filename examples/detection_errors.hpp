#pragma once
// What a detector or a reader missed and what it invented, as lines and as pictures.

#include <algorithm>
#include <ostream>
#include <span>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/data/icdar_results.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/metric/detection_score.hpp>
#include <scriba/target/text_annotation.hpp>

/// Indices of the texts, or of the regions, of an image that went wrong.
struct DetectionErrors {
  std::vector<std::size_t> missed, wrong;

  DetectionErrors(const scriba::metric::ImageScore& score, std::size_t texts, std::size_t regions) {
    const auto left = [&](std::size_t count, const auto& ignored, auto member) {
      std::vector<std::size_t> out;
      for (std::size_t i = 0; i < count; ++i)
        if (std::ranges::find(ignored, i) == ignored.end() && std::ranges::find(score.matches, i, member) == score.matches.end())
          out.push_back(i);
      return out;
    };
    missed = left(texts, score.ignored_truths, &scriba::metric::DetectionMatch::truth);
    wrong = left(regions, score.ignored_detections, &scriba::metric::DetectionMatch::detection);
  }

  bool any() const { return !missed.empty() || !wrong.empty(); }
};

/// One line an error: image, what is wrong, corners, text. `read`: what was read in each region; empty when nobody read.
inline void list_errors(std::ostream& out, const std::string& image, const DetectionErrors& errors,
                        std::span<const scriba::target::TextAnnotation> texts, std::span<const scriba::Polygon> regions,
                        std::span<const std::string> read = {}) {
  const auto corners = [](const scriba::Polygon& polygon) {
    auto line = scriba::data::icdar_results(std::vector<scriba::Polygon>{polygon});
    line.pop_back();
    return line;
  };
  for (const auto t : errors.missed) out << image << "\tmissed\t" << corners(texts[t].polygon) << '\t' << texts[t].transcription << '\n';
  for (const auto d : errors.wrong) out << image << "\twrong\t" << corners(regions[d]) << (read.empty() ? "" : "\t" + read[d]) << '\n';
}

/// Draws into the image: what is right thin, labels green, ignored ones grey, regions red; errors thick, what was missed blue, what is
/// wrong red.
inline cv::Mat drawn_errors(cv::Mat image, const DetectionErrors& errors, std::span<const scriba::target::TextAnnotation> texts,
                            std::span<const scriba::Polygon> regions) {
  const auto draw = [&](const scriba::Polygon& polygon, const cv::Scalar& colour, int thickness) {
    const std::vector<cv::Point> corners(polygon.begin(), polygon.end());
    cv::polylines(image, corners, true, colour, thickness, cv::LINE_AA);
  };
  for (const auto& text : texts) draw(text.polygon, text.ignore ? cv::Scalar(150, 150, 150) : cv::Scalar(0, 200, 0), 1);
  for (const auto& region : regions) draw(region, {0, 0, 255}, 1);
  for (const auto t : errors.missed) draw(texts[t].polygon, {255, 80, 0}, 3);
  for (const auto d : errors.wrong) draw(regions[d], {0, 0, 255}, 3);
  return image;
}

/// Writes into the picture of drawn_errors(), on white: above what is wrong what was read there, red; below what was missed what it says,
/// blue.
inline void write_errors(cv::Mat& image, const DetectionErrors& errors, std::span<const scriba::target::TextAnnotation> texts,
                         std::span<const scriba::Polygon> regions, std::span<const std::string> read) {
  scriba::TextPen pen;
  const auto write = [&](const scriba::Polygon& polygon, const std::string& text, bool above, const cv::Scalar& colour) {
    const cv::Rect box = scriba::pixel_bounds(polygon);
    const int height = std::clamp(box.height / 2, 14, 40), line = height * 3 / 2;
    const int top = std::clamp(above ? box.y - line : box.y + box.height, 0, std::max(0, image.rows - line));
    const cv::Rect paper(std::clamp(box.x, 0, std::max(0, image.cols - 1)), top, pen.width(text, height) + height / 4, line);
    cv::rectangle(image, paper, cv::Scalar::all(255), cv::FILLED);
    pen.write(image, text, {paper.x + height / 8, top + line * 3 / 4}, height, colour);
  };
  for (const auto t : errors.missed) write(texts[t].polygon, texts[t].transcription, false, {255, 80, 0});
  for (const auto d : errors.wrong) write(regions[d], read[d], true, {0, 0, 255});
}
