#pragma once
// Crops of words, drawn.

#include <torch/torch.h>

#include <algorithm>
#include <cstddef>
#include <opencv2/imgproc.hpp>
#include <span>
#include <string>
#include <vector>

#include <scriba/image/line.hpp>
#include <scriba/image/network_input.hpp>

namespace zoo_tests {

struct DrawnWord {
  cv::Mat image;  // 8-bit BGR
  std::string text;
};

/// Light on dark or dark on light, tightly cropped.
inline DrawnWord drawn_word(const std::string& text, bool dark = true) {
  int below = 0;
  const auto size = cv::getTextSize(text, cv::FONT_HERSHEY_SIMPLEX, 1.2, 3, &below);
  cv::Mat image(size.height + below + 12, size.width + 16, CV_8UC3, cv::Scalar::all(dark ? 30 : 220));
  cv::putText(image, text, {8, size.height + 4}, cv::FONT_HERSHEY_SIMPLEX, 1.2, cv::Scalar::all(dark ? 230 : 40), 3, cv::LINE_AA);
  return {image, text};
}

/// A batch [N, planes, height, canvas] on the widest canvas of the words.
inline at::Tensor line_batch(std::span<const DrawnWord> words, const scriba::LineInput& input) {
  int canvas = 0;
  for (const auto& word : words) canvas = std::max(canvas, input.size.canvas(word.image.size()));
  const std::int64_t planes = scriba::plane_count(input.normalization.order);
  const auto batch = at::empty({static_cast<std::int64_t>(words.size()), planes, input.size.height, canvas}, at::kFloat);
  for (std::size_t i = 0; i < words.size(); ++i)
    scriba::write_line(words[i].image, input.size, input.normalization, canvas,
                       batch.data_ptr<float>() + static_cast<std::int64_t>(i) * batch.stride(0));
  return batch;
}

inline std::vector<std::string> texts(std::span<const DrawnWord> words) {
  std::vector<std::string> out;
  for (const auto& word : words) out.push_back(word.text);
  return out;
}

}  // namespace zoo_tests
