#pragma once

#include <filesystem>
#include <vector>

#include <opencv2/imgcodecs.hpp>

#include <scriba/core/error.hpp>
#include <scriba/core/write_file.hpp>

namespace scriba {

/// Writes a picture in the format of the file's ending (png, jpg, ...). Whole or not at all: what was there before stays until the new
/// file is complete. Throws Error for an ending that OpenCV does not know and for a place that cannot be written.
inline void write_image(const std::filesystem::path& path, const cv::Mat& image) {
  std::vector<unsigned char> bytes;
  try {
    if (path.extension().empty() || !cv::imencode(path.extension().string(), image, bytes)) bytes.clear();
  } catch (const cv::Exception&) {
    bytes.clear();
  }
  if (bytes.empty())
    throw Error(
        {.what = "cannot write a picture", .where = path.string(), .expected = "a name that ends in .png, .jpg, .bmp, .tif or .webp"});
  write_file(path, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "cannot write a picture");
}

}  // namespace scriba
