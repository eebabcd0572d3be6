#pragma once
// The images that a command line names.

#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <scriba/core/progress.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/image/read.hpp>

using scriba::Progress;

/// Files as given, the images of given folders (in the order of their names), and "-" for standard input.
inline std::vector<std::string> input_files(const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const auto& path : given) {
    if (path == "-" || !std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    for (const auto& image : scriba::data::image_files(path)) files.push_back(image.string());
  }
  return files;
}

inline cv::Mat read_input(const std::string& path) {
  if (path != "-") return scriba::read_image(path);
  const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  return scriba::decode_image({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}, "standard input");
}
