// Offsets, overlaps, rectangles and scores against the values of the Python reference.
#include <scriba/geometry/iou.hpp>
#include <scriba/geometry/min_area_quad.hpp>
#include <scriba/geometry/offset.hpp>
#include <scriba/geometry/polygon_score.hpp>

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>

#include "support/golden.hpp"

using namespace scriba;

namespace {

Polygon polygon_of(const nlohmann::json& points) {
  Polygon out;
  for (const auto& p : points) out.emplace_back(p[0].get<float>(), p[1].get<float>());
  return out;
}

const auto kFolder = golden::shared() / "golden" / "postprocess";

double box_difference(const cv::Rect& a, const nlohmann::json& box) {
  return std::max({std::abs(a.x - box[0].get<double>()), std::abs(a.y - box[1].get<double>()), std::abs(a.br().x - box[2].get<double>()),
                   std::abs(a.br().y - box[3].get<double>())});
}

}  // namespace

TEST_CASE("offsets agree with Clipper's") {
  if (golden::absent(kFolder)) return;
  for (const auto& file : golden::cases(kFolder, "geometry_unclip")) {
    const auto data = golden::json(file);
    for (const auto& one : data["rectangles"]) {
      const auto input = polygon_of(one["input"]);
      CHECK(offset_distance(input, one["ratio"]) == doctest::Approx(one["distance"].get<double>()).epsilon(1e-4));
      const auto grown = grow_in_whole_pixels(input, one["distance"]);
      if (one["paths"].empty()) {
        CHECK(grown.empty());
        continue;
      }
      const auto expected = polygon_of(one["paths"][0]["vertices"]);
      INFO(one.dump());
      CHECK(area(grown) == doctest::Approx(area(expected)).epsilon(1e-6));
      CHECK(box_difference(pixel_bounds(grown), one["paths"][0]["bbox"]) == 0);
      CHECK(min_area_quad(grown).short_side == doctest::Approx(one["short_side"].get<double>()).epsilon(1e-3));
    }
    for (const char* kind : {"polygons", "shrink_rectangles", "shrink_polygons"}) {
      if (!data.contains(kind)) continue;
      for (const auto& one : data[kind]) {
        Polygon cut = polygon_of(one["input"]);
        for (Point& p : cut) p = {std::trunc(p.x), std::trunc(p.y)};
        const auto pieces = offset(cut, one["distance"]);
        double sum = 0, expected = 0;
        for (const auto& piece : pieces) sum += area(piece);
        for (const auto& path : one["paths"]) expected += path["area"].get<double>();
        INFO(kind, " ", one.dump());
        // Ours in whole pixels: the same pieces, and the same vertices but where several lines cross in one pixel.
        const auto whole = offset_in_whole_pixels(polygon_of(one["input"]), one["distance"]);
        CHECK(whole.size() == one["paths"].size());
        double whole_sum = 0;
        for (const auto& piece : whole) whole_sum += area(piece);
        CHECK(std::abs(whole_sum - expected) <= 0.01 * expected + 2);
        if (!whole.empty()) CHECK(box_difference(pixel_bounds(whole[0]), one["paths"][0]["bbox"]) <= 1);
        // Clipper rounds to whole pixels, and on polygons that cross themselves the rules differ: those are left out.
        if (one["paths"].size() == 1 && pieces.size() == 1)
          CHECK(std::abs(sum - expected) <= std::max({0.02 * expected, 8.0, 1.2 * perimeter(pieces[0]) / 2}));
      }
    }
  }
}

TEST_CASE("overlaps agree") {
  if (golden::absent(kFolder)) return;
  for (const auto& file : golden::cases(kFolder, "geometry_iou"))
    for (const auto& pair : golden::json(file)["pairs"]) {
      INFO(pair.dump());
      const double got = iou(polygon_of(pair["a"]), polygon_of(pair["b"]));
      CHECK(std::abs(got - pair["iou"].get<double>()) <= 1e-4);
    }
}

TEST_CASE("smallest rectangles agree") {
  if (golden::absent(kFolder)) return;
  for (const auto& file : golden::cases(kFolder, "geometry_min_area_rect"))
    for (const auto& one : golden::json(file)["cases"]) {
      INFO(one.dump());
      const auto box = min_area_quad(polygon_of(one["points"]));
      CHECK(box.short_side == doctest::Approx(one["short_side"].get<double>()).epsilon(1e-3));
      // As a set: rectangles at 45 degrees have ties.
      for (const Point& expected : polygon_of(one["corners"])) {
        double nearest = 1e9;
        for (const Point& p : box.corners) nearest = std::min(nearest, distance(p, expected));
        CHECK(nearest <= 0.05);
      }
    }
}

TEST_CASE("scores agree") {
  if (golden::absent(kFolder)) return;
  for (const auto& file : golden::cases(kFolder, "geometry_score")) {
    const auto data = golden::json(file);
    cv::Mat_<float> map;
    cv::imread((kFolder / data["input"].get<std::string>()).string(), cv::IMREAD_GRAYSCALE).convertTo(map, CV_32F);
    map.forEach([](float& value, const int*) { value /= 255.f; });
    cv::Mat scratch;
    for (const auto& one : data["cases"]) {
      INFO(one.dump());
      if (!one["score"].is_number()) continue;
      CHECK(polygon_score(map, polygon_of(one["polygon"]), scratch) == doctest::Approx(one["score"].get<double>()).epsilon(2e-5));
    }
  }
}
