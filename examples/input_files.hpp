#pragma once
// The images that a command line names, and the progress line while they are worked on.

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <iterator>
#include <string>
#include <vector>

#include <scriba/data/page_list.hpp>
#include <scriba/image/read.hpp>

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

/// Done, total, rate and time left on one line of stderr; silent when that is not a terminal.
class Progress {
 public:
  Progress(std::size_t total, bool quiet, const char* things = "images")
      : total_(total), things_(things), shown_(!quiet && total > 1 && isatty(STDERR_FILENO)) {}
  ~Progress() {
    if (shown_) std::fputc('\n', stderr);
  }
  void step() {
    ++done_;
    if (!shown_) return;
    const double seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start_).count();
    const double rate = static_cast<double>(done_) / seconds;
    std::fprintf(stderr, "\r%zu/%zu %s, %.2f/s, %.0f s left  ", done_, total_, things_, rate, static_cast<double>(total_ - done_) / rate);
  }

 private:
  std::size_t total_, done_ = 0;
  const char* things_;
  bool shown_;
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};
