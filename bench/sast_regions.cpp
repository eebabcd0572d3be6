// SAST's post-processing against the plain algorithm: every quad against every other by a general polygon library, every pixel against
// every centre, the whole map searched for each instance.
// Prints JSON: milliseconds, medians; `size` is the image's, maps have a quarter of it. ratio = plain / ours.
#include <scriba/postprocess/sast_regions.hpp>

#include <iostream>
#include <nlohmann/json.hpp>
#include <string>

#include <opencv2/core/utility.hpp>

#include "measure.hpp"
#include "support/drawn_maps.hpp"
#include "support/plain_sast.hpp"

int main() {
  using namespace scriba::postprocess;
  const SastBoxesOptions options{.shape = RegionShape::quad};
  nlohmann::json results;
  for (const cv::Size size : {cv::Size(1280, 736), cv::Size(2240, 1280)})
    for (const int count : {10, 100, 1000}) {
      const SastPlanes planes = drawn::sast_planes(size / 4, count, 0.2f);
      nlohmann::json out{{"maps", std::to_string(count) + " lines"},
                         {"size", {size.height, size.width}},
                         {"text_pixels", cv::countNonZero(planes.score > 0.7)},
                         {"regions", sast_regions(planes, size, options).size()},
                         {"plain_regions", plain::sast_quads(planes).size()}};
      for (const int threads : {1, 2}) {
        cv::setNumThreads(threads);
        const double plain_ms = bench::median_ms([&] { plain::sast_quads(planes); }, 3);
        const double ms = bench::median_ms([&] { sast_regions(planes, size, options); });
        out["threads_" + std::to_string(threads)] = {{"plain_ms", plain_ms}, {"ms", ms}, {"ratio", plain_ms / ms}};
      }
      results.push_back(out);
    }
  std::cout << nlohmann::json{{"bench", "sast_regions"}, {"results", results}}.dump(2) << '\n';
}
