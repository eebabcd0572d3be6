// DB post-processing against the Python reference and its C++ extension, on every case found.
#include <scriba/geometry/iou.hpp>
#include <scriba/postprocess/db_regions.hpp>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "support/golden.hpp"

using namespace scriba;
using namespace scriba::postprocess;

namespace {

const auto kFolder = golden::shared() / "golden" / "postprocess";

std::vector<Polygon> polygons_of(const nlohmann::json& list) {
  std::vector<Polygon> out;
  for (const auto& points : list) {
    out.emplace_back();
    for (const auto& p : points) out.back().emplace_back(p[0].get<float>(), p[1].get<float>());
  }
  return out;
}

// Same number, and each the same place: IoU of at least 0.97, or corners within 1.5 px for small ones, in the same order.
void check_regions(const std::vector<TextRegion>& got, const std::vector<Polygon>& expected, const nlohmann::json& scores, bool quads,
                   const std::string& what) {
  INFO(what);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("region ", i, " of ", got.size());
    double corner = 1e9;
    if (quads) {
      corner = 0;
      for (std::size_t k = 0; k < 4; ++k) corner = std::max(corner, distance(got[i].polygon[k], expected[i][k]));
    }
    const double overlap = iou(got[i].polygon, expected[i]);
    // Small polygons: Clipper's whole-pixel vertices move an outline of a few pixels by some of its area.
    const double least = !quads && area(expected[i]) < 600 ? 0.9 : 0.97;
    CHECK_MESSAGE((overlap >= least || corner <= 1.5), "IoU ", overlap, ", corners ", corner);
    if (!scores.is_null() && scores[i].is_number()) CHECK(got[i].score == doctest::Approx(scores[i].get<double>()).epsilon(1e-4));
  }
}

}  // namespace

TEST_CASE("DB regions agree with the reference") {
  if (golden::absent(kFolder)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  for (const auto& file : golden::cases(kFolder, "db_")) {
    if (file.filename().string().starts_with("db_mul")) continue;
    const auto data = golden::json(file);
    const std::string input = data["input"];
    if (!input.ends_with(".png")) continue;  // maps with NaN are in another test, which has torch to read them
    cv::Mat_<float> map;
    cv::imread((kFolder / input).string(), cv::IMREAD_GRAYSCALE).convertTo(map, CV_32F);
    map.forEach([](float& value, const int*) { value /= 255.f; });  // not times 1/255: thresholds such as 0.2 = 51/255 tell the difference
    for (const auto& run : data["runs"]) {
      INFO(file.filename().string(), ", threshold ", run["thresh"].get<double>());
      DbBoxesOptions options{.threshold = run["thresh"],
                             .box_threshold = run["box_thresh"],
                             .unclip_ratio = run["unclip_ratio"],
                             .min_size = run["min_size"],
                             .max_candidates = run["max_candidates"]};
      options.rule = DbRule::reference_cpp;
      check_regions(db_regions(map, map.size(), options), polygons_of(run["quad_cpp"]), nullptr, true, "quads, C++");
      if (run.contains("quad_cpp_scaled")) {
        const cv::Size2d source(map.cols * run["quad_cpp_scaled"]["ratio_w"].get<double>(),
                                map.rows * run["quad_cpp_scaled"]["ratio_h"].get<double>());
        check_regions(db_regions(map, source, options), polygons_of(run["quad_cpp_scaled"]["boxes"]), nullptr, true, "scaled quads, C++");
      }
      options.rule = DbRule::reference_python;
      check_regions(db_regions(map, map.size(), options), polygons_of(run["quad_python"]["boxes"]), run["quad_python"]["scores"], true,
                    "quads, Python");
      options.shape = RegionShape::polygon;
      check_regions(db_regions(map, map.size(), options), polygons_of(run["poly_python"]["polygons"]), run["poly_python"]["scores"], false,
                    "polygons");
    }
  }
}
