// Resident memory while one reader reads many images of mixed sizes: it has to stay flat, since every new size could leave buffers behind.
//
//     bench_memory [IMAGES = 300] [--engine auto|libtorch|opencv|openvino|tensorrt]
//
// Prints JSON: megabytes after a tenth of the images, at the end, and at most; and at each tenth between.
#include <scriba/image/read.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>

#include <unistd.h>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <nlohmann/json.hpp>
#include <random>
#include <string>
#include <vector>

#include "../examples/engine_names.hpp"

namespace {

double resident_megabytes() {
  std::ifstream file("/proc/self/statm");
  long size = 0, resident = 0;
  file >> size >> resident;
  return static_cast<double>(resident) * static_cast<double>(sysconf(_SC_PAGESIZE)) / 1e6;
}

}  // namespace

int main(int argc, char** argv) {
  int images = 300;
  scriba::zoo::PpOcrOptions options;
  for (int i = 1; i < argc; ++i) {
    if (std::string(argv[i]) == "--engine" && i + 1 < argc && engine_names().contains(argv[i + 1])) {
      options.engine.kind = engine_names().at(argv[++i]);
    } else if (const int number = std::atoi(argv[i]); number > 0) {
      images = std::max(10, number);
    } else {
      std::cerr << "usage: bench_memory [IMAGES] [--engine auto|libtorch|opencv|openvino|tensorrt]\n";
      return 2;
    }
  }
  const cv::Mat photo = scriba::read_image(SCRIBA_SOURCE "/docs/images/img_120.jpg");
  const auto reader = scriba::zoo::pp_ocr_reader(options);
  std::mt19937 random(5);
  std::vector<double> megabytes;
  for (int i = 1; i <= images; ++i) {
    // Any part of the photo, at any size from a stamp to twice the photo's.
    const int w = std::uniform_int_distribution<>(40, photo.cols)(random), h = std::uniform_int_distribution<>(40, photo.rows)(random);
    const cv::Rect part(std::uniform_int_distribution<>(0, photo.cols - w)(random),
                        std::uniform_int_distribution<>(0, photo.rows - h)(random), w, h);
    const double scale = std::uniform_real_distribution<>(0.5, 2.0)(random);
    cv::Mat image;
    cv::resize(photo(part), image, {}, scale, scale);
    reader.read(image);
    if (i % (images / 10) == 0) megabytes.push_back(resident_megabytes());
  }
  std::cout << nlohmann::ordered_json{{"bench", "memory"},
                                      {"engine", reader.engine},
                                      {"images", images},
                                      {"megabytes_after_a_tenth", megabytes.front()},
                                      {"megabytes_at_the_end", megabytes.back()},
                                      {"megabytes_at_most", *std::max_element(megabytes.begin(), megabytes.end())},
                                      {"megabytes", megabytes}}
                   .dump(2)
            << '\n';
}
