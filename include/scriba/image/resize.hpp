#pragma once

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string>

#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>

namespace scriba {

/// Which side of an image a detector's input size is given for.
enum class ResizeSide {
  shorter_at_least,  ///< enlarged until the shorter side has `side` pixels, never shrunk (PaddleOCR's limit type `min`)
  shorter,           ///< the shorter side becomes `side` (the reference's validation of DB and PAN)
  longer,            ///< the longer side becomes `side` (the reference's validation of PSE and SAST, and its inference script)
  longer_at_most,    ///< shrunk until the longer side has `side` pixels, never enlarged (PaddleOCR's limit type `max`)
};

/// An image at the size of a network's input. A point of the source is one of the image times `scale`.
struct ResizedImage {
  cv::Mat image;
  cv::Size source;
  cv::Point2d scale{1, 1};  ///< source size / image size, sides apart: the aspect ratio may change by a few percent
};

/// From an image's size to the network's input size.
///
/// The other side follows the aspect ratio, then both meet `multiple`: PaddleOCR's two round to the nearest (halves to even), the
/// reference's two round the other side up and leave `side` as it is. Whatever the image, the result has at most `max_side` pixels a side
/// and at most `max_pixels` pixels, and sides of at least `multiple`, of which they are multiples if `side` is one. Strips that would
/// explode (1 x 5000 pixels to a shorter side of 736) come out smaller instead.
struct DetectorResize {
  ResizeSide by = ResizeSide::shorter_at_least;
  int side = 736;
  int multiple = 32;
  int max_side = 4096;                  ///< rounded down to `multiple`
  std::int64_t max_pixels = 6'000'000;  ///< of the network's input; PP-OCRv6 small takes about 400 bytes of memory for each

  /// Throws Error for an image without pixels and for settings that make no sense.
  cv::Size operator()(cv::Size image) const {
    if (image.width < 1 || image.height < 1) throw Error({.what = "cannot resize an image", .expected = "at least one pixel"});
    if (side < 1 || multiple < 1 || max_side < multiple || max_pixels < static_cast<std::int64_t>(multiple) * multiple)
      throw Error(
          {.what = "bad resize settings", .expected = "side and multiple of at least 1, max_side and max_pixels of at least one multiple"});
    const Sides size = wanted(image.width, image.height);
    const int longest = max_side / multiple * multiple;
    const double limit = longest, pixels = static_cast<double>(max_pixels);
    if (std::max(size.width, size.height) <= limit && size.width * size.height <= pixels)
      return {static_cast<int>(size.width), static_cast<int>(size.height)};
    // Too long or too many: shrink both sides alike, and let the shorter one bottom out at one multiple.
    double ratio = std::min(1.0, limit / std::max(size.width, size.height));
    const auto whole = [&](double length) { return std::max(std::floor(length * ratio / multiple), 1.0) * multiple; };
    while (whole(size.width) * whole(size.height) > pixels) ratio *= 0.98;
    return {static_cast<int>(whole(size.width)), static_cast<int>(whole(size.height))};
  }

  /// The image at that size, bilinear.
  ResizedImage resized(const cv::Mat& image) const {
    const cv::Size size = (*this)(image.size());
    ResizedImage out{.image = {},
                     .source = image.size(),
                     .scale = {static_cast<double>(image.cols) / size.width, static_cast<double>(image.rows) / size.height}};
    cv::resize(image, out.image, size, 0, 0, cv::INTER_LINEAR);
    return out;
  }

  std::string describe() const {
    static constexpr const char* kNames[] = {"shorter side at least ", "shorter side ", "longer side ", "longer side at most "};
    return kNames[static_cast<int>(by)] + std::to_string(side) + ", multiples of " + std::to_string(multiple) + ", up to " +
           std::to_string(max_side) + " px a side and " + std::to_string(max_pixels) + " px in all";
  }

 private:
  struct Sides {
    double width, height;
  };

  // Without limits; in doubles, since strips become longer than integers are.
  Sides wanted(double w, double h) const {
    if (by == ResizeSide::shorter_at_least || by == ResizeSide::longer_at_most) {
      const double ratio = by == ResizeSide::shorter_at_least ? std::max(1.0, side / std::min(w, h)) : std::min(1.0, side / std::max(w, h));
      const auto nearest = [&](double length) { return std::max(std::nearbyint(std::trunc(length * ratio) / multiple), 1.0) * multiple; };
      return {nearest(w), nearest(h)};
    }
    const auto up = [&](double length) { return std::ceil(length / multiple) * multiple; };
    const double fixed = std::max(side, multiple);
    // The order of operations decides some sizes that are exact multiples.
    if ((by == ResizeSide::shorter) == (h >= w)) return {fixed, up(side / w * h)};
    return {up(side / h * w), fixed};
  }
};

/// RapidOCR's limits on whole pages, applied before anything else: the longer side shrinks to `max_side`, then the shorter one grows
/// to `min_side`; both become multiples of 32. After that, rows of black are added above and below images that are flat.
struct PageLimits {
  int max_side = 2000;
  int min_side = 30;
  int flat_height = 30;                  ///< images up to this high get padding
  double flat_ratio = 8;                 ///< so do images wider than this times their height
  std::int64_t max_pixels = 20'000'000;  ///< no growing beyond

  /// A page within the limits and how to come back from it: source = (page - padding) * scale.
  struct Result {
    cv::Mat page;
    cv::Point2d scale{1, 1};
    double padding_top{};
  };

  /// Returns the same memory when nothing has to change. Throws Error for an image without pixels.
  Result operator()(const cv::Mat& image) const {
    if (image.empty()) throw Error({.what = "cannot resize an image", .expected = "at least one pixel"});
    Result out{image};
    const auto resized = [&](double ratio) {
      const auto whole = [&](int side) { return std::max(static_cast<int>(std::nearbyint(std::trunc(side * ratio) / 32)), 1) * 32; };
      const cv::Size size(whole(out.page.cols), whole(out.page.rows));
      cv::Mat page;
      cv::resize(out.page, page, size, 0, 0, cv::INTER_LINEAR);
      // RapidOCR forgets the first of two steps here; its boxes are then off.
      out.scale.x *= static_cast<double>(out.page.cols) / size.width;
      out.scale.y *= static_cast<double>(out.page.rows) / size.height;
      out.page = page;
    };
    if (const int longest = std::max(image.cols, image.rows); longest > max_side) resized(static_cast<double>(max_side) / longest);
    if (const int shortest = std::min(out.page.cols, out.page.rows); shortest < min_side) {
      const double ratio = static_cast<double>(min_side) / shortest;
      if (ratio * ratio * out.page.cols * out.page.rows <= static_cast<double>(max_pixels)) resized(ratio);
    }
    if (const int padding = flat_padding(out.page.size()); padding > 0) {
      cv::Mat page;
      cv::copyMakeBorder(out.page, page, padding, padding, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(0));
      out.page = page;
      out.padding_top = padding;
    }
    return out;
  }

  /// Rows of black above, and as many below, that an image of this size gets.
  int flat_padding(cv::Size size) const {
    if (size.height > flat_height && static_cast<double>(size.width) / size.height <= flat_ratio) return 0;
    return std::abs(2 * std::max(static_cast<int>(size.width / flat_ratio), flat_height) - size.height) / 2;
  }

  std::string describe() const {
    return "pages up to " + std::to_string(max_side) + " px a side and from " + std::to_string(min_side) + " px; flat ones padded";
  }
};

/// The image at the top left of a larger canvas, the rest black: for batches and for networks of a fixed size. Throws Error for a canvas
/// smaller than the image.
inline cv::Mat padded_to(const cv::Mat& image, cv::Size canvas) {
  if (image.empty() || canvas.width < image.cols || canvas.height < image.rows)
    throw Error({.what = "cannot pad an image",
                 .expected = "a canvas of at least " + std::to_string(image.cols) + "x" + std::to_string(image.rows),
                 .got = std::to_string(canvas.width) + "x" + std::to_string(canvas.height)});
  cv::Mat out;
  cv::copyMakeBorder(image, out, 0, canvas.height - image.rows, 0, canvas.width - image.cols, cv::BORDER_CONSTANT, cv::Scalar::all(0));
  return out;
}

}  // namespace scriba
