#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdio>
#include <span>
#include <string>
#include <vector>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>
#include <scriba/image/draw.hpp>

namespace scriba {

/// A crop with what was read in it.
struct DrawnWord {
  cv::Mat crop;  ///< 8-bit BGR
  std::string text;
  float score{};
};

/// A sheet with a row for each crop: the crop, brought to 48 rows and at most 480 columns, its text, its score in percent. Scores under
/// `doubtful` are red. At most `max_words` rows, the first. Throws Error for crops that are not 8-bit BGR; no words give a sheet of one
/// white row.
inline cv::Mat draw_words(std::span<const DrawnWord> words, float doubtful = 0.8f, std::size_t max_words = 500) {
  constexpr int kHeight = 48, kGap = 8, kWidest = 480, kScore = 90;
  words = words.first(std::min(words.size(), max_words));
  TextPen pen;
  std::vector<cv::Mat> crops;
  int crop_width = 1, text_width = kHeight;
  for (const auto& word : words) {
    if (word.crop.empty() || word.crop.type() != CV_8UC3)
      throw Error(
          {.what = "cannot draw a crop", .expected = "8-bit BGR", .got = word.crop.empty() ? "none" : cv::typeToString(word.crop.type())});
    const int width = static_cast<int>(std::clamp(static_cast<double>(word.crop.cols) * kHeight / word.crop.rows, 1.0, double{kWidest}));
    cv::resize(word.crop, crops.emplace_back(), {width, kHeight}, 0, 0, cv::INTER_LINEAR);
    crop_width = std::max(crop_width, width);
    text_width = std::clamp(pen.width(word.text, kHeight * 3 / 4), text_width, 2 * kWidest);
  }
  const int rows = std::max(1, static_cast<int>(words.size()) * (kHeight + kGap));
  cv::Mat sheet(rows, crop_width + text_width + kScore + 3 * kGap, CV_8UC3, cv::Scalar::all(255));
  for (std::size_t i = 0; i < words.size(); ++i) {
    const int top = static_cast<int>(i) * (kHeight + kGap) + kGap / 2;
    char percent[16];
    std::snprintf(percent, sizeof percent, "%.1f", 100 * static_cast<double>(words[i].score));
    const cv::Scalar color = words[i].score < doubtful ? cv::Scalar(0, 0, 220) : cv::Scalar(0, 140, 0);
    crops[i].copyTo(sheet(cv::Rect(0, top, crops[i].cols, kHeight)));
    detail::text_tile(pen, percent, {kScore, kHeight}, color).copyTo(sheet(cv::Rect(crop_width + kGap, top, kScore, kHeight)));
    detail::text_tile(pen, words[i].text, {text_width, kHeight}, cv::Scalar::all(0))
        .copyTo(sheet(cv::Rect(crop_width + kScore + 2 * kGap, top, text_width, kHeight)));
  }
  return sheet;
}

}  // namespace scriba
