#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <numbers>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// Brightness, contrast, saturation and hue in one pass over the image: all four are linear, so they are one matrix. Factors of 1 and a hue
/// of 0 leave the image as it is. The defaults are pytorchOCR's for detectors.
///
/// Unlike with torchvision, values are cut to 0 .. 255 only in the end, and hue turns colours around the grey axis, not in HSV.
struct ColorJitter {
  Range brightness{1 - 32 / 255.0, 1 + 32 / 255.0};  ///< factor
  Range contrast{1, 1};                              ///< factor, around the image's mean grey
  Range saturation{0.5, 1.5};                        ///< factor, around each pixel's grey; none for grey images
  Range hue{0, 0};                                   ///< degrees, -180 .. 180; none for grey images

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("ColorJitter::brightness", brightness, 0, 10);
    require_range("ColorJitter::contrast", contrast, 0, 10);
    require_range("ColorJitter::saturation", saturation, 0, 10);
    require_range("ColorJitter::hue", hue, -180, 180);
    const double bright = random.uniform(brightness), steep = random.uniform(contrast), colourful = random.uniform(saturation);
    const double angle = random.uniform(hue) * std::numbers::pi / 180;
    const cv::Scalar mean = cv::mean(image);
    const bool grey = image.channels() == 1;
    const double shift = (1 - steep) * bright * (grey ? mean[0] : kGrey.dot(cv::Vec3d(mean[0], mean[1], mean[2])));
    cv::Mat out;
    if (grey) {
      image.convertTo(out, -1, steep * bright, shift);
    } else {
      const cv::Matx33d linear = hue_matrix(angle) * saturation_matrix(colourful) * (steep * bright);
      // A shift of grey is not touched by saturation and hue.
      cv::Matx34d matrix;
      for (int r = 0; r < 3; ++r)
        for (int c = 0; c < 4; ++c) matrix(r, c) = c < 3 ? linear(r, c) : shift;
      cv::transform(image, out, matrix);
    }
    image = out;
  }

 private:
  static inline const cv::Vec3d kGrey{0.114, 0.587, 0.299};  // of B, G, R: ITU-R BT.601

  static cv::Matx33d saturation_matrix(double factor) {
    cv::Matx33d out = cv::Matx33d::eye() * factor;
    for (int r = 0; r < 3; ++r)
      for (int c = 0; c < 3; ++c) out(r, c) += (1 - factor) * kGrey[c];
    return out;
  }

  // Rodrigues' rotation around (1, 1, 1).
  static cv::Matx33d hue_matrix(double angle) {
    const double same = std::cos(angle) + (1 - std::cos(angle)) / 3, one = (1 - std::cos(angle)) / 3, turn = std::sin(angle) / std::sqrt(3);
    return {same, one - turn, one + turn, one + turn, same, one - turn, one - turn, one + turn, same};
  }
};

/// Hue, saturation and value, as in HSV. Grey images have only a value.
struct HsvJitter {
  Range hue{-10, 10};          ///< degrees, -180 .. 180
  Range saturation{0.7, 1.3};  ///< factor
  Range value{0.7, 1.3};       ///< factor; pytorchOCR's for words: 0.999 .. 1.001, which nobody sees

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("HsvJitter::hue", hue, -180, 180);
    require_range("HsvJitter::saturation", saturation, 0, 10);
    require_range("HsvJitter::value", value, 0, 10);
    const double turn = random.uniform(hue), colourful = random.uniform(saturation), bright = random.uniform(value);
    cv::Mat out;
    if (image.channels() == 1) {
      image.convertTo(out, -1, bright);
    } else {
      // 0 .. 255 for a whole turn.
      cv::cvtColor(image, out, cv::COLOR_BGR2HSV_FULL);
      const int steps = static_cast<int>(std::lround(turn / 360 * 256));
      cv::Mat_<cv::Vec3b> table(1, 256);
      for (int i = 0; i < 256; ++i)
        table(0, i) = {static_cast<unsigned char>(i + steps), cv::saturate_cast<unsigned char>(i * colourful),
                       cv::saturate_cast<unsigned char>(i * bright)};
      cv::LUT(out, table, out);
      cv::cvtColor(out, out, cv::COLOR_HSV2BGR_FULL);
    }
    image = out;
  }
};

}  // namespace scriba::augment
