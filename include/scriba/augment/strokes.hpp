#pragma once

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include <opencv2/imgproc.hpp>

#include <scriba/augment/page.hpp>
#include <scriba/augment/random.hpp>

namespace scriba::augment {

namespace detail {

inline cv::Mat drawn_disc(const char* where, const WholeRange& width, Random& random) {
  require_range(where, width, 1, 31);
  const int pixels = random.integer(width);
  return cv::getStructuringElement(cv::MORPH_ELLIPSE, {pixels, pixels});
}

}  // namespace detail

/// Bright strokes become bolder, dark ones thinner.
struct Dilation {
  WholeRange width{2, 3};  ///< pixels of the disc, 1 .. 31; strokes change by one less

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    cv::Mat out;
    cv::dilate(image, out, detail::drawn_disc("Dilation::width", width, random));
    image = out;
  }
};

/// Dark strokes become bolder, bright ones thinner.
struct Erosion {
  WholeRange width{2, 3};  ///< pixels of the disc, 1 .. 31; strokes change by one less

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    cv::Mat out;
    cv::erode(image, out, detail::drawn_disc("Erosion::width", width, random));
    image = out;
  }
};

/// Faded ink: the darkest pixels become lighter (pytorchOCR's random dilution).
struct FadeDarkest {
  Range share{0.1, 0.2};     ///< of the pixels, 0 .. 1: as many as are darker than this quantile, and those as dark as it
  Range strength{0.2, 0.6};  ///< how far they go towards the image's mean, 0 .. 1

  void operator()(cv::Mat& image, Random& random) const {
    require_pixels(image);
    require_range("FadeDarkest::share", share, 0, 1);
    require_range("FadeDarkest::strength", strength, 0, 1);
    const double wanted = random.uniform(share) * static_cast<double>(image.total()), far = random.uniform(strength);
    cv::Mat grey = image;
    if (image.channels() == 3) cv::cvtColor(image, grey, cv::COLOR_BGR2GRAY);
    std::array<std::size_t, 256> counts{};
    for (int y = 0; y < grey.rows; ++y)
      for (int x = 0; x < grey.cols; ++x) ++counts[grey.at<unsigned char>(y, x)];
    int darkest = 0;
    for (double sum = static_cast<double>(counts[0]); sum < wanted; sum += static_cast<double>(counts[static_cast<std::size_t>(darkest)]))
      ++darkest;
    const cv::Scalar mean = cv::mean(image);
    cv::Mat out = image.clone(), faded;
    cv::addWeighted(image, 1 - far, cv::Mat(image.size(), image.type(), mean), far, 0, faded);
    if (wanted > 0) faded.copyTo(out, grey <= darkest);
    image = out;
  }
};

}  // namespace scriba::augment
