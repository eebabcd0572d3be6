#pragma once
// The images that a command line names.

#include <algorithm>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <scriba/core/progress.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/image/read.hpp>

using scriba::Progress;

/// Files as given, the images of given folders (sorted), and "-" for standard input.
inline std::vector<std::string> input_files(const std::vector<std::string>& given) {
  std::vector<std::string> files;
  for (const auto& path : given) {
    if (path == "-" || !std::filesystem::is_directory(path)) {
      files.push_back(path);
      continue;
    }
    const auto first = files.size();
    for (const auto& entry : std::filesystem::directory_iterator(path))
      if (scriba::data::is_image_name(entry.path())) files.push_back(entry.path().string());
    if (files.size() == first) throw scriba::Error({.what = "no images in a folder", .where = path});
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
  }
  return files;
}

inline cv::Mat read_input(const std::string& path) {
  if (path != "-") return scriba::read_image(path);
  const std::string bytes{std::istreambuf_iterator<char>(std::cin), {}};
  return scriba::decode_image({reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()}, "standard input");
}
