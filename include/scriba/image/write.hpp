#pragma once

#include <filesystem>
#include <fstream>
#include <random>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>

#include <scriba/core/error.hpp>

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
  std::filesystem::path part = path;
  part += ".part" + std::to_string(std::random_device{}());
  std::ofstream file(part, std::ios::binary);
  file.write(reinterpret_cast<const char*>(bytes.data()), static_cast<std::streamsize>(bytes.size()));
  file.close();
  std::error_code failed;
  if (file) std::filesystem::rename(part, path, failed);
  if (!file || failed) {
    std::error_code ignored;
    std::filesystem::remove(part, ignored);
    throw Error({.what = "cannot write a picture",
                 .where = path.string(),
                 .got = failed ? failed.message() : "no such folder, no permission or no space"});
  }
}

}  // namespace scriba
