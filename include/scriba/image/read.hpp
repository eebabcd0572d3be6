#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <scriba/core/error.hpp>
#include <scriba/core/limits.hpp>

namespace scriba {

struct ReadOptions {
  bool apply_exif = true;  ///< turn photos as their orientation tag says
  ImageLimits limits = {};
};

/// An image of any channel count and depth as 8-bit BGR: grey is replicated, 16-bit and float (0..1) are scaled, transparent pixels
/// get a white background, or a black one when what is visible is bright. Returns the same memory when nothing has to change.
inline cv::Mat to_bgr8(const cv::Mat& image, const std::string& name = "image") {
  if (image.empty() || image.dims != 2)
    throw Error({.what = "cannot use an image", .where = name, .expected = "rows and columns", .got = "an empty image"});
  cv::Mat eight;
  switch (image.depth()) {
    case CV_8U: eight = image; break;
    case CV_16U: image.convertTo(eight, CV_8U, 1.0 / 257); break;
    case CV_32F:
    case CV_64F: image.convertTo(eight, CV_8U, 255); break;
    default: throw Error({.what = "cannot use an image", .where = name, .expected = "8-bit, 16-bit or float pixels", .got = cv::typeToString(image.type())});
  }
  cv::Mat out;
  switch (eight.channels()) {
    case 1: cv::cvtColor(eight, out, cv::COLOR_GRAY2BGR); return out;
    case 3: return eight;
    case 4: break;
    default:
      throw Error({.what = "cannot use an image", .where = name, .expected = "1, 3 or 4 channels", .got = std::to_string(eight.channels())});
  }
  double brightness = 0;
  std::int64_t visible = 0;
  for (int y = 0; y < eight.rows; ++y) {
    const auto* row = eight.ptr<cv::Vec4b>(y);
    for (int x = 0; x < eight.cols; ++x)
      if (row[x][3] > 0) {
        brightness += 0.114 * row[x][0] + 0.587 * row[x][1] + 0.299 * row[x][2];
        ++visible;
      }
  }
  const int background = visible > 0 && brightness / static_cast<double>(visible) >= 128 ? 0 : 255;
  out.create(eight.size(), CV_8UC3);
  for (int y = 0; y < eight.rows; ++y) {
    const auto* row = eight.ptr<cv::Vec4b>(y);
    auto* to = out.ptr<cv::Vec3b>(y);
    for (int x = 0; x < eight.cols; ++x)
      for (int c = 0; c < 3; ++c) to[x][c] = static_cast<unsigned char>((row[x][c] * row[x][3] + background * (255 - row[x][3]) + 127) / 255);
  }
  return out;
}

namespace detail {

struct ImageHeader {
  std::int64_t width{}, height{};
  bool keep_all = false;  ///< alpha or more than 8 bits, which a plain colour decode would drop
};

// Size as the file states it, for the formats that photos come in; nothing for others and for damaged headers.
inline std::optional<ImageHeader> image_header(std::span<const unsigned char> b) {
  const auto big16 = [&](std::size_t i) { return static_cast<std::int64_t>(b[i]) << 8 | b[i + 1]; };
  const auto big32 = [&](std::size_t i) { return big16(i) << 16 | big16(i + 2); };
  const auto little32 = [&](std::size_t i) { return static_cast<std::int64_t>(b[i]) | b[i + 1] << 8 | b[i + 2] << 16 | static_cast<std::int64_t>(b[i + 3]) << 24; };
  const auto starts = [&](const char* text, std::size_t length, std::size_t at = 0) {
    return b.size() >= at + length && std::memcmp(b.data() + at, text, length) == 0;
  };
  if (starts("\x89PNG\r\n\x1a\n", 8) && b.size() >= 33) {
    bool transparent = b[25] == 4 || b[25] == 6;
    for (std::size_t i = 33; !transparent && i + 8 <= b.size();) {
      if (starts("IDAT", 4, i + 4)) break;
      transparent = starts("tRNS", 4, i + 4);
      i += 12 + static_cast<std::size_t>(big32(i));
    }
    return ImageHeader{big32(16), big32(20), transparent || b[24] == 16};
  }
  if (starts("\xff\xd8", 2)) {
    for (std::size_t i = 2; i + 9 < b.size();) {
      if (b[i] != 0xff) return {};
      const unsigned marker = b[i + 1];
      if (marker == 0xff) {
        ++i;
      } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
        return ImageHeader{big16(i + 7), big16(i + 5), false};
      } else {
        i += 2 + static_cast<std::size_t>(big16(i + 2));
      }
    }
    return {};
  }
  if (starts("BM", 2) && b.size() >= 26) {
    const auto height = static_cast<std::int32_t>(little32(22));
    return ImageHeader{little32(18), height < 0 ? -static_cast<std::int64_t>(height) : height, false};
  }
  if (starts("RIFF", 4) && starts("WEBPVP8X", 8, 8) && b.size() >= 30)
    return ImageHeader{1 + (b[24] | b[25] << 8 | b[26] << 16), 1 + (b[27] | b[28] << 8 | b[29] << 16), (b[20] & 0x10) != 0};
  return {};
}

inline void require_size(std::int64_t width, std::int64_t height, const ImageLimits& limits, const std::string& name) {
  if (width > limits.max_side || height > limits.max_side || width * height > limits.max_pixels)
    throw Error({.what = "the image is too large",
                 .where = name,
                 .expected = "sides up to " + std::to_string(limits.max_side) + " and up to " + std::to_string(limits.max_pixels) + " pixels",
                 .got = std::to_string(width) + "x" + std::to_string(height)});
}

}  // namespace detail

/// The image in a file's bytes as 8-bit BGR. Throws Error for what is not an image, or is larger than the limits; sizes are checked
/// before the pixels are decoded wherever the format tells them.
inline cv::Mat decode_image(std::span<const unsigned char> bytes, const std::string& name = "image", const ReadOptions& options = {}) {
  if (bytes.empty()) throw Error({.what = "cannot read an image", .where = name, .expected = "an image", .got = "an empty file"});
  const auto header = detail::image_header(bytes);
  if (header) detail::require_size(header->width, header->height, options.limits, name);
  int flags = header && header->keep_all ? cv::IMREAD_UNCHANGED : cv::IMREAD_COLOR;
  if (!options.apply_exif && flags == cv::IMREAD_COLOR) flags |= cv::IMREAD_IGNORE_ORIENTATION;
  cv::Mat image;
  try {
    const cv::Mat buffer(1, static_cast<int>(bytes.size()), CV_8UC1, const_cast<unsigned char*>(bytes.data()));
    image = cv::imdecode(buffer, flags);
  } catch (const cv::Exception& error) {
    throw Error({.what = "cannot read an image", .where = name, .got = error.err});
  }
  if (image.empty()) throw Error({.what = "cannot read an image", .where = name, .expected = "JPEG, PNG, BMP, TIFF or WebP", .got = "no image, or a damaged one"});
  detail::require_size(image.cols, image.rows, options.limits, name);
  return to_bgr8(image, name);
}

inline cv::Mat read_image(const std::filesystem::path& path, const ReadOptions& options = {}) {
  if (!std::filesystem::is_regular_file(path))
    throw Error({.what = "cannot read an image",
                 .where = path.string(),
                 .expected = "a file",
                 .got = std::filesystem::is_directory(path) ? "a folder" : "no such file"});
  std::ifstream file(path, std::ios::binary);
  if (!file) throw Error({.what = "cannot read an image", .where = path.string(), .got = "no permission"});
  const std::vector<char> bytes{std::istreambuf_iterator<char>(file), {}};
  return decode_image({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}, path.string(), options);
}

}  // namespace scriba
