#pragma once

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <limits>
#include <new>
#include <span>
#include <string>
#include <system_error>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>
#include <scriba/core/limits.hpp>
#include <scriba/image/image_header.hpp>

namespace scriba {

/// What to do with an image that is larger than the limits.
enum class LargeImage {
  refuse,
  reduce  ///< JPEG: decoded at a half, a quarter or an eighth of its size, with that much less memory. Other formats are refused
};

struct ReadOptions {
  bool apply_exif = true;       ///< turn photos as their orientation tag says (JPEG, opaque PNG, TIFF)
  bool accept_cut_off = false;  ///< JPEG files that end too early: what is missing comes out in one colour a column
  LargeImage large = LargeImage::refuse;
  ImageLimits limits = {};
};

namespace detail {

// Pixels of one depth and 1 to 4 channels as 8 bits.
inline cv::Mat eight_bits(const cv::Mat& image, const std::string& name) {
  const auto bad = [&](std::string expected, std::string got) {
    return Error({.what = "cannot use an image", .where = name, .expected = std::move(expected), .got = std::move(got)});
  };
  cv::Mat out;
  switch (image.depth()) {
    case CV_8U:
      return image;
    case CV_16U:
      image.convertTo(out, CV_8U, 1.0 / 257);
      return out;
    case CV_32F:
    case CV_64F: {
      double low = 0, high = 0;
      cv::minMaxIdx(image.reshape(1), &low, &high);
      if (!(low >= -0.01 && high <= 1.01))
        throw bad("float pixels of 0..1", "pixels of " + std::to_string(low) + ".." + std::to_string(high));
      image.convertTo(out, CV_8U, 255);
      return out;
    }
    default:
      throw bad("8-bit, 16-bit or float pixels", cv::typeToString(image.type()));
  }
}

// The background that makes transparent pictures readable: white, or black when what is visible is bright.
inline int background_of(const cv::Mat& image, int channels) {
  double brightness = 0;
  std::int64_t visible = 0;
  for (int y = 0; y < image.rows; ++y) {
    const unsigned char* p = image.ptr(y);
    for (int x = 0; x < image.cols; ++x, p += channels) {
      if (p[channels - 1] == 0) continue;
      brightness += channels == 2 ? p[0] : 0.114 * p[0] + 0.587 * p[1] + 0.299 * p[2];
      ++visible;
    }
  }
  return visible > 0 && brightness / static_cast<double>(visible) >= 128 ? 0 : 255;
}

inline cv::Mat without_transparency(const cv::Mat& image) {
  const int channels = image.channels(), background = background_of(image, channels);
  cv::Mat out(image.size(), CV_8UC3);
  for (int y = 0; y < image.rows; ++y) {
    const unsigned char* p = image.ptr(y);
    auto* to = out.ptr<cv::Vec3b>(y);
    for (int x = 0; x < image.cols; ++x, p += channels) {
      const int alpha = p[channels - 1];
      for (int c = 0; c < 3; ++c)
        to[x][c] = static_cast<unsigned char>((p[channels == 2 ? 0 : c] * alpha + background * (255 - alpha)) / 255);
    }
  }
  return out;
}

}  // namespace detail

/// An image of any channel count and depth as 8-bit BGR, H x W: grey is replicated, 16-bit (0..65535) and float (0..1) are scaled, BGRA and
/// grey with alpha are laid on white, or on black when their visible pixels are bright (mean of 128 or more), as RapidOCR 3 does.
///
/// Returns the same memory when nothing has to change; parts of larger images are fine. Throws Error for empty images, other depths,
/// float values outside 0..1 and more than 4 channels. `name` stands in the error's text.
inline cv::Mat to_bgr8(const cv::Mat& image, const std::string& name = "image") {
  if (image.dims > 2 || image.rows < 1 || image.cols < 1)
    throw Error({.what = "cannot use an image", .where = name, .expected = "rows and columns", .got = "an empty image"});
  if (image.channels() > 4)
    throw Error({.what = "cannot use an image", .where = name, .expected = "1 to 4 channels", .got = std::to_string(image.channels())});
  const cv::Mat eight = detail::eight_bits(image, name);
  if (eight.channels() == 3) return eight;
  if (eight.channels() != 1) return detail::without_transparency(eight);
  cv::Mat out;
  cv::cvtColor(eight, out, cv::COLOR_GRAY2BGR);
  return out;
}

namespace detail {

inline std::string size_text(std::int64_t width, std::int64_t height) { return std::to_string(width) + "x" + std::to_string(height); }

// By what a decoder has to divide both sides: 1, or more where the limits allow reading a JPEG smaller. Throws Error when nothing helps.
inline int reduction(const ImageHeader& header, const ReadOptions& options, const std::string& name) {
  const bool may_reduce = options.large == LargeImage::reduce && header.format == ImageFormat::jpeg;
  for (const int by : {1, 2, 4, 8}) {
    const auto width = (header.width + by - 1) / by, height = (header.height + by - 1) / by;
    // Sides first: their product could overflow.
    if (width <= options.limits.max_side && height <= options.limits.max_side && width * height <= options.limits.max_pixels) return by;
    if (!may_reduce) break;
  }
  throw Error({.what = "the image is too large",
               .where = name,
               .expected = "sides up to " + std::to_string(options.limits.max_side) + " and up to " +
                           std::to_string(options.limits.max_pixels) + " pixels",
               .got = size_text(header.width, header.height)});
}

inline int decode_flags(const ImageHeader& header, int reduced_by, bool apply_exif) {
  if (header.transparent) return cv::IMREAD_UNCHANGED;
  int flags = reduced_by == 8   ? cv::IMREAD_REDUCED_COLOR_8
              : reduced_by == 4 ? cv::IMREAD_REDUCED_COLOR_4
              : reduced_by == 2 ? cv::IMREAD_REDUCED_COLOR_2
                                : cv::IMREAD_COLOR;
  if (header.deep) flags |= cv::IMREAD_ANYDEPTH;
  if (!apply_exif) flags |= cv::IMREAD_IGNORE_ORIENTATION;
  return flags;
}

}  // namespace detail

/// The image in a file's bytes as 8-bit BGR: JPEG, PNG, BMP, TIFF (first page), WebP, PNM, JPEG 2000.
///
/// The size is read from the header and held against the limits before anything is decoded. Throws Error for what is not an image, is
/// damaged or cut off, or is too large, and std::bad_alloc when memory is short; never anything else. A reduced image has the size it was
/// reduced to.
inline cv::Mat decode_image(std::span<const unsigned char> bytes, const std::string& name = "image", const ReadOptions& options = {}) {
  const auto bad = [&](std::string expected, std::string got) {
    return Error({.what = "cannot read an image", .where = name, .expected = std::move(expected), .got = std::move(got)});
  };
  if (bytes.empty()) throw bad("an image", "an empty file");
  if (static_cast<std::int64_t>(bytes.size()) > std::min<std::int64_t>(options.limits.max_bytes, std::numeric_limits<int>::max()))
    throw bad("at most " + std::to_string(options.limits.max_bytes) + " bytes", std::to_string(bytes.size()));
  const auto header = read_image_header(bytes);
  if (!header) throw bad("JPEG, PNG, BMP, TIFF, WebP, PNM or JPEG 2000", "no image of these kinds, or a damaged one");
  const int reduced_by = detail::reduction(*header, options, name);
  if (!options.accept_cut_off && !image_complete(bytes, *header)) throw bad("a whole file", "one that ends too early");
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<unsigned char*>(bytes.data()));
    const cv::Mat image = cv::imdecode(buffer, detail::decode_flags(*header, reduced_by, options.apply_exif));
    if (!image.empty()) return to_bgr8(image, name);
  } catch (const cv::Exception& error) {
    if (error.code == cv::Error::StsNoMem) throw std::bad_alloc();
    throw bad("a sound image", error.err);
  }
  throw bad("a sound image", "a damaged one");
}

/// The bytes of an image file, encoded as they are. Throws Error for a folder, for a file that is missing or cannot be read, and for one of
/// more than `max_bytes`.
inline std::vector<unsigned char> read_image_bytes(const std::filesystem::path& path, std::int64_t max_bytes = ImageLimits{}.max_bytes) {
  const auto bad = [&](std::string expected, std::string got) {
    return Error({.what = "cannot read an image", .where = path.string(), .expected = std::move(expected), .got = std::move(got)});
  };
  std::error_code failed;
  if (!std::filesystem::is_regular_file(path, failed))
    throw bad("a file", std::filesystem::is_directory(path, failed) ? "a folder" : "no such file");
  const auto size = std::filesystem::file_size(path, failed);
  if (!failed && size > static_cast<std::uintmax_t>(std::max<std::int64_t>(max_bytes, 0)))
    throw bad("at most " + std::to_string(max_bytes) + " bytes", std::to_string(size));
  std::vector<unsigned char> bytes(failed ? 0 : static_cast<std::size_t>(size));
  std::ifstream file(path, std::ios::binary);
  if (failed || !file || !file.read(reinterpret_cast<char*>(bytes.data()), static_cast<std::streamsize>(bytes.size())))
    throw bad("", "no permission, or a failing disk");
  return bytes;
}

/// The image in a file; see decode_image and read_image_bytes.
inline cv::Mat read_image(const std::filesystem::path& path, const ReadOptions& options = {}) {
  return decode_image(read_image_bytes(path, options.limits.max_bytes), path.string(), options);
}

}  // namespace scriba
