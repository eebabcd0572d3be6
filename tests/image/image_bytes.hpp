#pragma once
// Image files made in memory, and reference tensors read without torch.

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <fstream>
#include <iterator>
#include <opencv2/imgcodecs.hpp>
#include <string>
#include <vector>

#include "support/golden.hpp"

namespace image_test {

using Bytes = std::vector<unsigned char>;

inline Bytes encoded(const cv::Mat& image, const char* ending, const std::vector<int>& options = {}) {
  Bytes out;
  REQUIRE(cv::imencode(ending, image, out, options));
  return out;
}

/// A JPEG with an EXIF orientation tag (1..8) in front of everything else.
inline Bytes with_orientation(const Bytes& jpeg, unsigned char orientation) {
  const unsigned char exif[] = {0xFF, 0xE1, 0,    34, 'E', 'x', 'i', 'f', 0, 0, 'I',         'I', 42, 0, 8, 0, 0, 0,
                                1,    0,    0x12, 1,  3,   0,   1,   0,   0, 0, orientation, 0,   0,  0, 0, 0, 0, 0};
  Bytes out(jpeg.begin(), jpeg.begin() + 2);
  out.insert(out.end(), std::begin(exif), std::end(exif));
  out.insert(out.end(), jpeg.begin() + 2, jpeg.end());
  return out;
}

/// A picture that differs everywhere and survives JPEG.
inline cv::Mat gradient(int width, int height) {
  cv::Mat out(height, width, CV_8UC3);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      out.at<cv::Vec3b>(y, x) = {static_cast<unsigned char>(255 * x / width), static_cast<unsigned char>(255 * y / height),
                                 static_cast<unsigned char>(128 * (x + y) / (width + height))};
  return out;
}

/// The raw tensors data/0, data/1, ... of a file that torch.save wrote: a zip archive whose entries are not compressed.
inline std::vector<Bytes> stored_tensors(const golden::fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  REQUIRE_MESSAGE(file, "cannot open ", path.string());
  const Bytes zip{std::istreambuf_iterator<char>(file), {}};
  const auto number = [&](std::size_t at, int count) {
    std::size_t value = 0;
    for (int i = count - 1; i >= 0; --i) value = value << 8 | zip.at(at + static_cast<std::size_t>(i));
    return value;
  };
  std::vector<Bytes> out;
  for (std::size_t i = 0; i + 46 < zip.size(); ++i) {
    if (std::memcmp(&zip[i], "PK\x01\x02", 4) != 0) continue;  // an entry of the central directory
    const std::string name(zip.begin() + static_cast<std::ptrdiff_t>(i) + 46,
                           zip.begin() + static_cast<std::ptrdiff_t>(i + 46 + number(i + 28, 2)));
    const auto place = name.rfind("/data/");
    if (place == std::string::npos) continue;
    const auto index = static_cast<std::size_t>(std::stoul(name.substr(place + 6)));
    const std::size_t size = number(i + 24, 4), local = number(i + 42, 4),
                      begin = local + 30 + number(local + 26, 2) + number(local + 28, 2);
    out.resize(std::max(out.size(), index + 1));
    out[index].assign(zip.begin() + static_cast<std::ptrdiff_t>(begin), zip.begin() + static_cast<std::ptrdiff_t>(begin + size));
  }
  return out;
}

inline std::vector<float> as_floats(const Bytes& bytes) {
  std::vector<float> out(bytes.size() / sizeof(float));
  std::memcpy(out.data(), bytes.data(), out.size() * sizeof(float));
  return out;
}

}  // namespace image_test
