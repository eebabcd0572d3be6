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

namespace detail {

// The crop with so many rows, and at most so many columns. Throws Error for one that is not 8-bit BGR.
inline cv::Mat crop_of_height(const cv::Mat& crop, int height, int widest) {
  if (crop.empty() || crop.type() != CV_8UC3)
    throw Error({.what = "cannot draw a crop", .expected = "8-bit BGR", .got = crop.empty() ? "none" : cv::typeToString(crop.type())});
  const int width = static_cast<int>(std::clamp(static_cast<double>(crop.cols) * height / crop.rows, 1.0, static_cast<double>(widest)));
  cv::Mat out;
  cv::resize(crop, out, {width, height}, 0, 0, cv::INTER_LINEAR);
  return out;
}

}  // namespace detail

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
    crop_width = std::max(crop_width, crops.emplace_back(detail::crop_of_height(word.crop, kHeight, kWidest)).cols);
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

/// A word that was misread: the crop, brought to 64 rows and at most 640 columns, and beside it what it says, in green, over what was read,
/// in red. Throws Error for a crop that is not 8-bit BGR.
inline cv::Mat draw_misreading(const cv::Mat& crop, const std::string& truth, const std::string& read) {
  constexpr int kHeight = 64, kGap = 8, kWidest = 640;
  const cv::Mat shown = detail::crop_of_height(crop, kHeight, kWidest);
  TextPen pen;
  const auto width = [&](const std::string& text) { return pen.width(text, kHeight / 2 * 3 / 4); };
  const cv::Size line(std::clamp(std::max(width(truth), width(read)), kHeight, 2 * kWidest), kHeight / 2);
  cv::Mat out(kHeight, shown.cols + kGap + line.width, CV_8UC3, cv::Scalar::all(255));
  shown.copyTo(out(cv::Rect(0, 0, shown.cols, kHeight)));
  const cv::Point beside(shown.cols + kGap, 0);
  detail::text_tile(pen, truth, line, {0, 140, 0}).copyTo(out(cv::Rect(beside, line)));
  detail::text_tile(pen, read, line, {0, 0, 220}).copyTo(out(cv::Rect(beside + cv::Point(0, line.height), line)));
  return out;
}

}  // namespace scriba
