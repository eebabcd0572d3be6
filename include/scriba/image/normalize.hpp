#pragma once

#include <array>
#include <cstdint>

#include <opencv2/core.hpp>

#include <scriba/core/error.hpp>

namespace scriba {

enum class ChannelOrder { bgr, rgb };

/// How pixel values become a network's input: (value / 255 - mean) / std, plane by plane in the stated order.
struct Normalization {
  std::array<double, 3> mean{0.5, 0.5, 0.5};
  std::array<double, 3> std{0.5, 0.5, 0.5};
  ChannelOrder order = ChannelOrder::bgr;  ///< of the planes; mean and std are given in this order too
};

/// ImageNet's constants, applied to B, G, R in this order as the reference and PaddleOCR train their detectors.
constexpr Normalization imagenet_normalization(ChannelOrder order = ChannelOrder::bgr) {
  return {.mean = {0.485, 0.456, 0.406}, .std = {0.229, 0.224, 0.225}, .order = order};
}

/// Writes an 8-bit BGR image as three float planes. `out` is the first value of the first plane; rows are `row_stride` values apart,
/// planes `plane_stride`, so that an image can be put at the left of a wider canvas. What lies beyond the image is left as it is.
inline void normalize_into(const cv::Mat& bgr, const Normalization& how, float* out, std::int64_t row_stride, std::int64_t plane_stride) {
  if (bgr.type() != CV_8UC3) throw Error({.what = "cannot normalise an image", .expected = "8-bit BGR", .got = cv::typeToString(bgr.type())});
  std::array<cv::Mat, 3> plane;
  cv::split(bgr, plane.data());
  for (std::size_t c = 0; c < 3; ++c) {
    cv::Mat to(bgr.rows, bgr.cols, CV_32FC1, out + static_cast<std::int64_t>(c) * plane_stride, static_cast<std::size_t>(row_stride) * sizeof(float));
    plane[how.order == ChannelOrder::bgr ? c : 2 - c].convertTo(to, CV_32F, 1 / (255 * how.std[c]), -how.mean[c] / how.std[c]);
  }
}

}  // namespace scriba
