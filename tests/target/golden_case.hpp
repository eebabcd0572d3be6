#pragma once
// One case of golden/targets: polygons, parameters and files.

#include <doctest/doctest.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include <scriba/geometry/offset.hpp>
#include <scriba/geometry/simple.hpp>
#include <scriba/target/db_maps.hpp>
#include <scriba/target/pan_maps.hpp>
#include <scriba/target/pse_kernels.hpp>
#include <scriba/target/sast_maps.hpp>
#include "support/golden.hpp"

namespace golden {

inline fs::path target_folder() { return shared() / "golden" / "targets"; }

inline bool no_targets() {
  if (!absent(target_folder())) return false;
  MESSAGE("skipped: all of this file");
  return true;
}

struct TargetCase {
  std::string name;
  nlohmann::json data;

  /// A field, or null.
  nlohmann::json json(const std::string& key) const { return data.contains(key) ? data[key] : nlohmann::json(); }
  bool has(const std::string& map) const { return data["files"].contains(map) && fs::exists(file(map)); }
  fs::path file(const std::string& map) const { return target_folder() / data["files"][map].get<std::string>(); }
  cv::Mat image(const std::string& map) const {
    const cv::Mat out = cv::imread(file(map).string(), cv::IMREAD_UNCHANGED);
    REQUIRE_MESSAGE(!out.empty(), "cannot read ", file(map).string());
    return out;
  }

  /// `flags`: "db" or "pse_pan_sast", whose ignore flags count.
  scriba::target::PageAnnotation page(const std::string& flags, const std::string& polygons = "polygons",
                                      const std::string& crop = "db") const {
    scriba::target::PageAnnotation out{size(crop), {}};
    for (std::size_t i = 0; i < data[polygons].size(); ++i) {
      scriba::target::TextAnnotation text;
      for (const auto& p : data[polygons][i]) text.polygon.emplace_back(p[0].get<float>(), p[1].get<float>());
      text.ignore = data["ignore_" + flags][i];
      text.class_id = data["classes"][i];
      if (data.contains("transcriptions")) text.transcription = data["transcriptions"][i];
      out.texts.push_back(std::move(text));
    }
    return out;
  }
  cv::Size size(const std::string& map) const {
    const auto& crop = data["params"][map]["crop"];
    return {crop[0], crop[1]};
  }

  scriba::target::DbMapOptions db_options() const {
    const auto& p = data["params"]["db"];
    int classes = 1;
    for (const auto& id : data["classes"]) classes = std::max(classes, id.get<int>() + 1);
    return {.shrink_ratio = p["shrink_ratio"],
            .min_text_size = p["min_text_size"],
            .lowest_threshold = p["thresh_min"],
            .highest_threshold = p["thresh_max"],
            .classes = classes};
  }
  scriba::target::PseKernelOptions pse_options() const {
    const auto& p = data["params"]["pse"];
    return {.maps = p["kernel_num"], .min_scale = p["min_scale"], .most_shrink = p["max_shrink_px"]};
  }
  scriba::target::PanMapOptions pan_options() const {
    const auto& p = data["params"]["pan"];
    return {.shrink_ratio = p["shrink_ratio"], .min_text_size = p["min_text_size"]};
  }
  scriba::target::SastMapOptions sast_options() const {
    const auto& p = data["params"]["sast"];
    return {.stride = static_cast<int>(1 / p["ds_ratio"].get<double>() + 0.5),
            .centre_ratio = p["tcl_ratio"],
            .end_ratio = p["shrink_ratio_of_width"],
            .min_text_size = p["min_text_size"],
            .max_text_size = p["max_text_size"]};
  }

  /// Where the reference's defects show: not zero on and around polygons that cross themselves or have no area, and that shrink by area *
  /// `ratio` / perimeter into several pieces.
  cv::Mat defects(const scriba::target::PageAnnotation& page, double ratio) const {
    cv::Mat out = cv::Mat::zeros(page.size, CV_8UC1);
    for (const auto& text : page.texts) {
      const double distance = scriba::offset_distance(text.polygon, ratio);
      const bool sound = !scriba::crosses_itself(text.polygon) && scriba::area(text.polygon) >= 1;
      if (sound && scriba::offset_in_whole_pixels(text.polygon, -distance).size() < 2) continue;
      scriba::Polygon hull;
      cv::convexHull(text.polygon, hull);
      const cv::Rect bounds = scriba::pixel_bounds(hull);
      const int margin = static_cast<int>(sound ? distance : 4) + 2;
      cv::rectangle(out, cv::Rect(bounds.x - margin, bounds.y - margin, bounds.width + 2 * margin, bounds.height + 2 * margin),
                    cv::Scalar(255), cv::FILLED);
    }
    return out;
  }
};

inline std::vector<TargetCase> target_cases() {
  std::vector<TargetCase> out;
  for (const auto& path : cases(target_folder(), "")) {
    auto data = json(path);
    if (data.contains("files") && data.contains("polygons")) out.push_back({path.stem().string(), std::move(data)});
  }
  CHECK(!out.empty());
  return out;
}

}  // namespace golden
