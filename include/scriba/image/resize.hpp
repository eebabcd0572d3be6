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
  longer,            ///< the longer side becomes `side` (the reference's validation of PSE and SAST)
  longer_at_most,    ///< shrunk until the longer side has `side` pixels, never enlarged (PaddleOCR's limit type `max`)
};

/// From an image's size to the network's input size.
///
/// The other side follows the aspect ratio, then both meet `multiple`; so the aspect ratio may change by a few percent. Whatever the
/// image, the result has sides of at least `multiple` and at most `max_side`, and at most `max_pixels` pixels: strips that would
/// explode (1 x 5000 pixels to a shorter side of 736) are kept small instead.
struct DetectorResize {
  ResizeSide by = ResizeSide::shorter_at_least;
  int side = 736;
  int multiple = 32;
  int max_side = 4096;                   ///< rounded down to `multiple`
  std::int64_t max_pixels = 6'000'000;  ///< of the network's input; PP-OCRv6 small takes about 400 bytes of memory for each

  /// Throws Error for an image without pixels and for settings that make no sense.
  cv::Size operator()(cv::Size image) const {
    if (image.width < 1 || image.height < 1) throw Error({.what = "cannot resize an image", .expected = "at least one pixel"});
    if (side < 1 || multiple < 1 || max_side < multiple || max_pixels < static_cast<std::int64_t>(multiple) * multiple)
      throw Error({.what = "bad resize settings", .expected = "side and multiple of at least 1, max_side and max_pixels of at least one multiple"});
    const bool paddle = by == ResizeSide::shorter_at_least || by == ResizeSide::longer_at_most;
    const double w = image.width, h = image.height;
    double width = w, height = h;  // before rounding to `multiple`
    if (paddle) {
      const double ratio = by == ResizeSide::shorter_at_least ? std::max(1.0, side / std::min(w, h)) : std::min(1.0, side / std::max(w, h));
      width = std::trunc(w * ratio), height = std::trunc(h * ratio);
    } else if ((by == ResizeSide::shorter) == (h >= w)) {
      width = side, height = side / w * h;  // this order of operations decides some sizes that are exact multiples
    } else {
      width = side / h * w, height = side;
    }
    // Too long or too many: shrink both sides alike, and let the shorter one bottom out at one multiple.
    const double longest = std::max(width, height), limit = max_side / multiple * multiple;
    double shrink = std::min(1.0, limit / longest);
    const auto pixels = [&](double s) { return std::max(width * s, 1.0 * multiple) * std::max(height * s, 1.0 * multiple); };
    while (pixels(shrink) > static_cast<double>(max_pixels)) shrink *= 0.98;
    const bool shrunk = shrink < 1;
    if (shrunk) width *= shrink, height *= shrink;

    const auto whole = [&](double length, bool fixed) {
      if (shrunk) return std::max(static_cast<int>(length / multiple), 1) * multiple;
      if (paddle) return std::max(static_cast<int>(std::nearbyint(std::trunc(length) / multiple)), 1) * multiple;
      return fixed ? side : static_cast<int>(std::ceil(length / multiple)) * multiple;
    };
    const bool width_fixed = !paddle && ((by == ResizeSide::shorter) == (h >= w));
    return {whole(width, width_fixed), whole(height, !paddle && !width_fixed)};
  }

  std::string describe() const {
    static constexpr const char* kNames[] = {"shorter side at least ", "shorter side ", "longer side ", "longer side at most "};
    return kNames[static_cast<int>(by)] + std::to_string(side) + ", multiples of " + std::to_string(multiple) + ", up to " + std::to_string(max_side) + " px a side";
  }
};

/// RapidOCR's limits on whole pages, applied before anything else: the longer side shrinks to `max_side`, then the shorter one grows
/// to `min_side`; both become multiples of 32. After that, rows of black are added above and below images that are flat.
struct PageLimits {
  int max_side = 2000;
  int min_side = 30;
  int flat_height = 30;    ///< images up to this high get padding
  double flat_ratio = 8;   ///< so do images wider than this times their height
  std::int64_t max_pixels = 20'000'000;  ///< no growing beyond

  /// A page within the limits and how to come back from it: source = (page - padding) * scale.
  struct Result {
    cv::Mat page;
    cv::Point2d scale{1, 1};
    double padding_top{};
  };

  Result operator()(const cv::Mat& image) const {
    Result out{image};
    const auto resized = [&](double ratio) {
      const auto whole = [&](int side) { return std::max(static_cast<int>(std::nearbyint(std::trunc(side * ratio) / 32)), 1) * 32; };
      const cv::Size size(whole(out.page.cols), whole(out.page.rows));
      cv::Mat page;
      cv::resize(out.page, page, size, 0, 0, cv::INTER_LINEAR);
      out.scale.x *= static_cast<double>(out.page.cols) / size.width;
      out.scale.y *= static_cast<double>(out.page.rows) / size.height;
      out.page = page;
    };
    if (const int longest = std::max(image.cols, image.rows); longest > max_side) resized(static_cast<double>(max_side) / longest);
    if (const int shortest = std::min(out.page.cols, out.page.rows); shortest < min_side) {
      const double ratio = static_cast<double>(min_side) / shortest;
      if (ratio * ratio * out.page.cols * out.page.rows <= static_cast<double>(max_pixels)) resized(ratio);
    }
    const int w = out.page.cols, h = out.page.rows;
    if (h <= flat_height || static_cast<double>(w) / h > flat_ratio) {
      const int padding = std::abs(2 * std::max(static_cast<int>(w / flat_ratio), flat_height) - h) / 2;
      cv::Mat page;
      cv::copyMakeBorder(out.page, page, padding, padding, 0, 0, cv::BORDER_CONSTANT, cv::Scalar::all(0));
      out.page = page;
      out.padding_top = padding;
    }
    return out;
  }
};

}  // namespace scriba
