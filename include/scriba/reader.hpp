#pragma once

#include <algorithm>
#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include <scriba/concepts.hpp>
#include <scriba/image/character_boxes.hpp>
#include <scriba/image/read.hpp>
#include <scriba/page_text.hpp>

namespace scriba {

/// Stands for the direction classifier in a Reader that has none.
struct NoDirection {
  std::vector<ClassScore> predict(std::span<const cv::Mat>) const { return {}; }
};

/// Reads the text of whole images: a detector, crops, a direction classifier, a recogniser.
///
/// The models are shared, not copied; they must be safe to use from several threads, as ours are, and then read() is too.
template <DetectorModel D, RecognizerModel R, DirectionModel C = NoDirection>
class Reader {
 public:
  Reader(std::shared_ptr<const D> detector, std::shared_ptr<const R> recognizer, std::shared_ptr<const C> direction = {},
         ReaderOptions options = {})
      : detector_(std::move(detector)), recognizer_(std::move(recognizer)), direction_(std::move(direction)), options_(options) {}

  /// The text of one image of any size, depth and channel count. Throws Error for an image that cannot be used.
  PageText read(const cv::Mat& image) const {
    const auto start = Clock::now();
    const cv::Mat bgr = to_bgr8(image);
    PageText out{.size = bgr.size()};
    const auto limited = options_.page(bgr);
    const auto regions = detector_->predict(limited.page);
    const auto detected = Clock::now();
    std::vector<cv::Mat> crops;
    std::vector<const TextRegion*> source;
    for (const auto i : reading_order(regions, options_.order)) {
      crops.push_back(crop_polygon(limited.page, regions[i].polygon, options_.crop));
      source.push_back(&regions[i]);
    }
    const auto directed = turn(crops);
    const auto turned_at = Clock::now();
    auto texts = recognizer_->predict(crops);
    for (std::size_t i = 0; i < texts.size(); ++i) {
      auto& text = texts[i];
      if (text.score < options_.min_score || blank(text.text)) continue;
      std::vector<Quad> characters;
      const auto quad = reading_quad(crop_corners(source[i]->polygon), options_.crop, directed[i]);
      for (const Quad& box : character_quads(text, crops[i].size(), quad)) {
        const auto corners = to_source({box.begin(), box.end()}, limited, out.size);
        characters.push_back({corners[0], corners[1], corners[2], corners[3]});
      }
      out.lines.push_back({std::move(text.text), text.score, to_source(source[i]->polygon, limited, out.size), source[i]->score,
                           directed[i], std::move(text.characters), std::move(characters)});
    }
    const auto end = Clock::now();
    out.ms = {ms(start, detected), ms(detected, turned_at), ms(turned_at, end), ms(start, end)};
    return out;
  }

  const ReaderOptions& options() const { return options_; }
  const D& detector() const { return *detector_; }
  const R& recognizer() const { return *recognizer_; }

 private:
  using Clock = std::chrono::steady_clock;
  static double ms(Clock::time_point from, Clock::time_point to) { return std::chrono::duration<double, std::milli>(to - from).count(); }

  // Turns the crops that stand upside down; true for those.
  std::vector<bool> turn(std::vector<cv::Mat>& crops) const {
    std::vector<bool> turned(crops.size(), false);
    if (!direction_) return turned;
    const auto classes = direction_->predict(crops);
    for (std::size_t i = 0; i < classes.size(); ++i)
      if (classes[i].index == 1 && classes[i].score > options_.turn_score) {
        cv::rotate(crops[i], crops[i], cv::ROTATE_180);
        turned[i] = true;
      }
    return turned;
  }

  static bool blank(const std::string& text) {
    return std::all_of(text.begin(), text.end(), [](unsigned char c) { return c == ' ' || (c >= 9 && c <= 13); });
  }

  static Polygon to_source(const Polygon& polygon, const PageLimits::Result& page, cv::Size size) {
    Polygon out;
    for (const Point& p : polygon)
      out.emplace_back(static_cast<float>(std::clamp(p.x * page.scale.x, 0.0, static_cast<double>(size.width))),
                       static_cast<float>(std::clamp((p.y - page.padding_top) * page.scale.y, 0.0, static_cast<double>(size.height))));
    return out;
  }

  std::shared_ptr<const D> detector_;
  std::shared_ptr<const R> recognizer_;
  std::shared_ptr<const C> direction_;
  ReaderOptions options_;
};

}  // namespace scriba
