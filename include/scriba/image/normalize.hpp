#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>

namespace scriba {

/// Planes of a network's input. Which one a network was trained on is part of its preprocessing and is stored with it.
enum class ChannelOrder { bgr, rgb, grey };

constexpr int plane_count(ChannelOrder order) { return order == ChannelOrder::grey ? 1 : 3; }

/// How pixel values become a network's input: (value / 255 - mean) / std, plane by plane in the stated order.
struct Normalization {
  std::array<double, 3> mean{0.5, 0.5, 0.5};
  std::array<double, 3> std{0.5, 0.5, 0.5};
  ChannelOrder order = ChannelOrder::bgr;  ///< of the planes; mean and std are given in this order too, grey uses the first
};

/// ImageNet's constants, applied to B, G, R in this order as the reference and PaddleOCR train their detectors.
constexpr Normalization imagenet_normalization(ChannelOrder order = ChannelOrder::bgr) {
  return {.mean = {0.485, 0.456, 0.406}, .std = {0.229, 0.224, 0.225}, .order = order};
}

/// What a black pixel becomes in a plane.
constexpr float normalized_black(const Normalization& how, int plane) {
  const auto c = static_cast<std::size_t>(plane);
  return static_cast<float>(-how.mean[c] / how.std[c]);
}

/// Writes an 8-bit BGR image (or a grey one, for ChannelOrder::grey) as float planes, exact to 1e-6. `out` is the first value of the first
/// plane; rows are `row_stride` values apart, planes `plane_stride`, so that an image can be put at the left of a wider canvas. What lies
/// beyond the image is left as it is. Throws Error for other pixel types and a stride below the width.
inline void normalize_into(const cv::Mat& image, const Normalization& how, float* out, std::int64_t row_stride, std::int64_t plane_stride) {
  const bool grey = how.order == ChannelOrder::grey;
  if (image.type() != CV_8UC3 && !(grey && image.type() == CV_8UC1))
    throw Error(
        {.what = "cannot normalise an image", .expected = grey ? "8-bit grey or BGR" : "8-bit BGR", .got = cv::typeToString(image.type())});
  if (row_stride < image.cols)
    throw Error({.what = "cannot normalise an image",
                 .where = "row stride",
                 .expected = "at least " + std::to_string(image.cols),
                 .got = std::to_string(row_stride)});
  // A few rows at a time, so that the split planes are still in the cache when they are converted: half the time of whole planes.
  constexpr int kBandPixels = 8192;
  const int band = std::clamp(kBandPixels / std::max(image.cols, 1), 1, std::max(image.rows, 1));
  const int planes = plane_count(how.order);
  std::array<cv::Mat, 3> plane;
  for (int top = 0; top < image.rows; top += band) {
    const cv::Mat rows = image.rowRange(top, std::min(top + band, image.rows));
    if (!grey)
      cv::split(rows, plane.data());
    else if (rows.channels() == 3)
      cv::cvtColor(rows, plane[0], cv::COLOR_BGR2GRAY);
    else
      plane[0] = rows;
    for (int c = 0; c < planes; ++c) {
      const auto i = static_cast<std::size_t>(c);
      cv::Mat to(rows.rows, rows.cols, CV_32FC1, out + c * plane_stride + top * row_stride,
                 static_cast<std::size_t>(row_stride) * sizeof(float));
      plane[how.order == ChannelOrder::rgb ? 2 - i : i].convertTo(to, CV_32F, 1 / (255 * how.std[i]), -how.mean[i] / how.std[i]);
    }
  }
}

/// The same of an 8-bit BGR image as float pixels, three values each: a plane of a channels-last batch. Rows follow each other.
inline void normalize_pixels_into(const cv::Mat& image, const Normalization& how, float* out) {
  if (image.type() != CV_8UC3 || how.order == ChannelOrder::grey)
    throw Error({.what = "cannot normalise an image", .expected = "8-bit BGR for three planes", .got = cv::typeToString(image.type())});
  std::array<std::array<float, 256>, 3> table;
  for (std::size_t c = 0; c < 3; ++c)
    for (std::size_t value = 0; value < 256; ++value)
      table[c][value] = static_cast<float>((static_cast<double>(value) / 255 - how.mean[c]) / how.std[c]);
  const std::size_t first = how.order == ChannelOrder::rgb ? 2 : 0, last = 2 - first;
  for (int y = 0; y < image.rows; ++y) {
    const auto* from = image.ptr<unsigned char>(y);
    for (int x = 0; x < image.cols; ++x, from += 3, out += 3)
      out[0] = table[0][from[first]], out[1] = table[1][from[1]], out[2] = table[2][from[last]];
  }
}

}  // namespace scriba
