// DB's post-processing against the plain algorithm: contours, smallest rectangles, the mean under a mask as large as the image, polygons
// grown by Boost.Geometry.
// Prints JSON: milliseconds, medians; ratios are plain / ours. `whole_pixels` are PaddleOCR's rules, `exact` is floating point throughout.
#include <scriba/postprocess/db_regions.hpp>

#include <array>
#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <opencv2/core/utility.hpp>

#include "measure.hpp"
#include "reference_maps.hpp"
#include "support/drawn_maps.hpp"

namespace {

std::vector<std::array<cv::Point2f, 4>> plain_quads(const cv::Mat_<float>& map) {
  std::vector<std::vector<cv::Point>> contours;
  cv::findContours(map > 0.3, contours, cv::RETR_LIST, cv::CHAIN_APPROX_SIMPLE);
  std::vector<std::array<cv::Point2f, 4>> out;
  for (std::size_t i = 0; i < std::min<std::size_t>(contours.size(), 1000); ++i) {
    const cv::RotatedRect shrunk = cv::minAreaRect(contours[i]);
    if (std::min(shrunk.size.width, shrunk.size.height) < 3) continue;
    std::array<cv::Point2f, 4> corners;
    shrunk.points(corners.data());
    cv::Mat_<unsigned char> mask(map.size(), static_cast<unsigned char>(0));
    cv::fillPoly(mask, std::vector<cv::Point>(corners.begin(), corners.end()), cv::Scalar(255));
    if (cv::mean(map, mask)[0] < 0.6) continue;
    std::vector<cv::Point2f> grown;
    for (const auto& piece : scriba::offset(corners, scriba::offset_distance(corners, 1.5)))
      grown.insert(grown.end(), piece.begin(), piece.end());
    if (grown.empty()) continue;
    const cv::RotatedRect box = cv::minAreaRect(grown);
    if (std::min(box.size.width, box.size.height) < 5) continue;
    out.emplace_back();
    box.points(out.back().data());
  }
  return out;
}

nlohmann::json measure(const std::string& name, const cv::Mat_<float>& map) {
  using namespace scriba::postprocess;
  nlohmann::json out{{"maps", name},
                     {"size", {map.rows, map.cols}},
                     {"regions", db_regions(map, map.size(), {}).size()},
                     {"plain_regions", plain_quads(map).size()}};
  for (const int threads : {1, 2}) {
    cv::setNumThreads(threads);
    const double plain = bench::median_ms([&] { plain_quads(map); });
    const double whole = bench::median_ms([&] { db_regions(map, map.size(), {}); });
    const double exact = bench::median_ms([&] { db_regions(map, map.size(), {.whole_pixels = false}); });
    out["threads_" + std::to_string(threads)] = {{"plain_ms", plain},
                                                 {"whole_pixels_ms", whole},
                                                 {"whole_pixels_ratio", plain / whole},
                                                 {"exact_ms", exact},
                                                 {"exact_ratio", plain / exact}};
  }
  return out;
}

}  // namespace

int main() {
  nlohmann::json results;
  for (const cv::Size size : {cv::Size(1280, 736), cv::Size(2240, 1280)})
    for (const int count : {10, 100, 1000}) results.push_back(measure(std::to_string(count) + " lines", drawn::db_map(size, count)));
  if (const auto maps = bench::reference_maps("timing_db.png", 1, 0, 255); !maps.empty())
    results.push_back(measure("timing_db.png", maps[0]));
  std::cout << nlohmann::json{{"bench", "db_regions"}, {"results", results}}.dump(2) << '\n';
}
