#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include <opencv2/core.hpp>

#include <scriba/core/error.hpp>
#include <scriba/target/text_annotation.hpp>

namespace scriba::augment {

/// Longest side of an image that can be augmented: OpenCV's warping takes no longer ones.
constexpr int kLongestSide = 32'766;

/// Texts that a crop took away, counted.
struct TextLosses {
  std::int64_t outside{};  ///< left out: nothing, or too little, was left inside the image
  std::int64_t cut{};      ///< ignored from then on: too much of them is outside
  bool operator==(const TextLosses&) const = default;
  TextLosses& operator+=(const TextLosses& other) {
    outside += other.outside, cut += other.cut;
    return *this;
  }
};

/// An image and what it shows: what augmentations change. Integer coordinates are the centres of pixels, as for `cv::fillPoly`.
///
/// Augmentations write new pixels and never change those of the image that they were given, so pages may share a cached image.
struct Page {
  cv::Mat image;  ///< 8-bit BGR
  std::vector<target::TextAnnotation> texts{};
  TextLosses losses{};

  /// For label maps of the image's size.
  target::PageAnnotation annotation() const& { return {image.size(), texts}; }
  target::PageAnnotation annotation() && { return {image.size(), std::move(texts)}; }
};

/// A crop of one word or line, and what it says. The rules of Page hold.
struct Word {
  cv::Mat image;       ///< 8-bit BGR or grey
  std::string text{};  ///< UTF-8
};

namespace detail {

inline void require_sides(const cv::Mat& image, bool type_fits, const char* expected) {
  if (!image.empty() && image.dims == 2 && type_fits && std::max(image.cols, image.rows) <= kLongestSide) return;
  throw Error({.what = "cannot augment an image",
               .expected = std::string(expected) + " with sides of 1 to " + std::to_string(kLongestSide) + " pixels",
               .got = image.empty()
                          ? "none"
                          : cv::typeToString(image.type()) + " " + std::to_string(image.cols) + " x " + std::to_string(image.rows)});
}

}  // namespace detail

/// Throws Error for an image that no augmentation of pages takes.
inline void require_page(const Page& page) { detail::require_sides(page.image, page.image.type() == CV_8UC3, "8-bit BGR"); }

/// Throws Error for an image that no augmentation of words takes. Augmentations of colours alone take the same images.
inline void require_pixels(const cv::Mat& image) {
  detail::require_sides(image, image.type() == CV_8UC3 || image.type() == CV_8UC1, "8-bit BGR or grey");
}

}  // namespace scriba::augment
