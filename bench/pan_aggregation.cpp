// PAN's post-processing (text, kernel and 4 similarity maps to label map, and to quads) against the plain algorithm: thresholded maps of
// the whole image, OpenCV's connected components, a queue of points, all pixels of each label into minAreaRect.
// Prints JSON: milliseconds, medians; ratios are plain / ours with both on the same number of threads.
#include <scriba/postprocess/pan_regions.hpp>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include <opencv2/core/utility.hpp>

#include "measure.hpp"
#include "reference_maps.hpp"
#include "support/drawn_maps.hpp"
#include "support/plain_labels.hpp"

namespace {

nlohmann::json measure(const std::string& name, const drawn::Maps& maps) {
  using namespace scriba::postprocess;
  auto options = pan_boxes_reference_mobile();
  options.regions.min_text_area = 100;
  options.small_kernels = SmallKernels::dropped;
  nlohmann::json out{{"maps", name}, {"size", {maps[0].rows, maps[0].cols}}, {"text_share", cv::mean(maps[0] > 1)[0] / 255}};
  for (const int threads : {1, 2}) {
    cv::setNumThreads(threads);
    const double plain_labels = bench::median_ms([&] { plain::pan_labels(maps, 1, 6, 8, false); });
    const double labels = bench::median_ms([&] { pan_labels(maps, options); });
    const double plain_quads = bench::median_ms([&] { plain::quads(plain::pan_labels(maps, 1, 6, 8, false), maps[0], 100, 0.93); });
    const double quads = bench::median_ms([&] { pan_regions(maps, maps[0].size(), options); });
    out["threads_" + std::to_string(threads)] = {
        {"plain_labels_ms", plain_labels}, {"labels_ms", labels}, {"labels_ratio", plain_labels / labels},
        {"plain_quads_ms", plain_quads},   {"quads_ms", quads},   {"quads_ratio", plain_quads / quads}};
  }
  out["regions"] = pan_regions(maps, maps[0].size(), options).size();
  return out;
}

}  // namespace

int main() {
  nlohmann::json results;
  for (const cv::Size size : {cv::Size(1280, 736), cv::Size(2240, 1280)})
    for (const int count : {10, 100, 1000}) results.push_back(measure(std::to_string(count) + " lines", drawn::pan_maps(size, count)));
  if (const auto maps = bench::reference_maps("timing_pan.png", 6, 128, 16); !maps.empty())
    results.push_back(measure("timing_pan.png", maps));
  std::cout << nlohmann::json{{"bench", "pan_aggregation"}, {"results", results}}.dump(2) << '\n';
}
