#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

/// Noise of a sensor: every value of every pixel on its own.
struct GaussianNoise {
  Range deviation{2, 10};  ///< of 255, 0 .. 255

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("GaussianNoise::deviation", deviation, 0, 255);
    // The sum of four random bytes is close to normal: mean 510, variance 4 * (256^2 - 1) / 12. One word a value keeps this fast.
    const double scale = random.uniform(deviation) / std::sqrt(21'845.0);
    cv::Mat out(image.size(), image.type());
    const int values = image.cols * image.channels();
    for (int y = 0; y < image.rows; ++y) {
      const unsigned char* from = image.ptr(y);
      unsigned char* to = out.ptr(y);
      for (int i = 0; i < values; ++i) {
        const std::uint32_t word = random.bits();
        const int sum = static_cast<int>((word & 255) + (word >> 8 & 255) + (word >> 16 & 255) + (word >> 24)) - 510;
        to[i] = cv::saturate_cast<unsigned char>(from[i] + sum * scale);
      }
    }
    image = out;
  }
};

/// Dead pixels: black or white.
struct SaltAndPepper {
  Range share{0.001, 0.01};  ///< of the pixels, 0 .. 1

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("SaltAndPepper::share", share, 0, 1);
    cv::Mat out = image.clone();
    const auto count = std::llround(random.uniform(share) * static_cast<double>(image.total()));
    for (std::int64_t i = 0; i < count; ++i) {
      const int x = random.integer(0, image.cols - 1), y = random.integer(0, image.rows - 1);
      std::fill_n(out.ptr(y) + x * out.channels(), out.channels(), static_cast<unsigned char>(random.chance(0.5) ? 255 : 0));
    }
    image = out;
  }
};

/// Saved as JPEG and read again.
struct JpegArtifacts {
  WholeRange quality{30, 90};  ///< 1 .. 100

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("JpegArtifacts::quality", quality, 1, 100);
    std::vector<unsigned char> bytes;
    cv::imencode(".jpg", image, bytes, {cv::IMWRITE_JPEG_QUALITY, random.integer(quality)});
    image = cv::imdecode(bytes, image.channels() == 1 ? cv::IMREAD_GRAYSCALE : cv::IMREAD_COLOR);
  }
};

}  // namespace scriba::augment
