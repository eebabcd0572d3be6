#pragma once
// Maps from the reference set, when it is there.

#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include <opencv2/imgcodecs.hpp>

namespace bench {

/// `count` maps of a reference picture: stacked top to bottom, each value is (grey - offset) / scale. Empty when the file is not there.
inline std::vector<cv::Mat_<float>> reference_maps(const std::string& name, int count, float offset, float scale) {
  const char* set = std::getenv("SCRIBA_SHARED");
  const auto shared = set && *set ? std::filesystem::path(set) : std::filesystem::path(SCRIBA_SOURCE).parent_path() / "shared";
  const auto file = shared / "golden" / "postprocess" / name;
  std::vector<cv::Mat_<float>> maps;
  if (!std::filesystem::exists(file)) return maps;
  const cv::Mat_<unsigned char> stack = cv::imread(file.string(), cv::IMREAD_GRAYSCALE);
  const int rows = stack.rows / count;
  for (int k = 0; k < count; ++k) {
    maps.emplace_back(rows, stack.cols);
    for (int y = 0; y < rows; ++y)
      for (int x = 0; x < stack.cols; ++x) maps.back()(y, x) = (static_cast<float>(stack(k * rows + y, x)) - offset) / scale;
  }
  return maps;
}

}  // namespace bench
