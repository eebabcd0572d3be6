#pragma once
// PSE and PAN cases have the same form.

#include <scriba/postprocess/label_regions.hpp>

#include "support/regions.hpp"
#include "support/tensors.hpp"

namespace golden {

/// Maps and label map of a case, from pictures or from a .pt file.
struct LabelCase {
  std::vector<cv::Mat_<float>> maps;
  cv::Mat_<int> labels;
};

inline LabelCase label_case(const fs::path& folder, const nlohmann::json& data, int maps) {
  const std::string input = data["input"];
  if (!input.ends_with(".pt")) return {logit_maps(folder / input, maps), label_picture(folder / data["label_map"].get<std::string>())};
  auto file = tensors(folder / input);
  const auto logits = file.at("logits").to(at::kFloat).contiguous();
  const auto label = file.at("label").to(at::kInt).contiguous();
  LabelCase out;
  const auto rows = static_cast<int>(label.size(0)), columns = static_cast<int>(label.size(1));
  out.labels = cv::Mat_<int>(rows, columns, label.data_ptr<int>()).clone();
  REQUIRE(logits.size(0) == maps);
  for (int k = 0; k < maps; ++k) out.maps.push_back(cv::Mat_<float>(rows, columns, logits[k].data_ptr<float>()).clone());
  return out;
}

/// Mean probability and pixel count of every label of a reference label map, by the rules of the library.
inline void check_statistics(const cv::Mat_<int>& labels, const cv::Mat_<float>& text_logit, const nlohmann::json& statistics) {
  for (const auto& [name, expected] : statistics.items()) {
    INFO("label ", name);
    std::vector<scriba::kernel::PixelRun> runs;
    for (int y = 0; y < labels.rows; ++y)
      for (int x = 0; x < labels.cols; ++x)
        if (labels(y, x) == std::stoi(name)) runs.push_back({y, x, x + 1});
    CHECK(runs.size() == expected["pixels"].get<std::size_t>());
    CHECK(scriba::postprocess::detail::mean_probability(text_logit, runs) ==
          doctest::Approx(expected["mean_score"].get<double>()).epsilon(1e-4));
  }
}

/// Same number, corners of quads within 0.05 px, outlines equal, scores within 1e-4.
inline void check_regions(const std::vector<scriba::TextRegion>& got, const nlohmann::json& boxes, const nlohmann::json& scores,
                          bool quads) {
  const auto expected = polygons_of(boxes);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("region ", i, " of ", got.size());
    double off = 0;
    if (quads)
      for (std::size_t k = 0; k < 4; ++k) off = std::max(off, scriba::distance(got[i].polygon[k], expected[i][k]));
    else
      off = distance_as_rings(got[i].polygon, expected[i]);
    // Smallest rectangles of round shapes are not unique; ours may not be larger than the reference's.
    const bool as_good =
        quads && scriba::area(got[i].polygon) <= scriba::area(expected[i]) * 1.0001 && scriba::iou(got[i].polygon, expected[i]) >= 0.97;
    CHECK_MESSAGE((off <= (quads ? 0.05 : 1e-3) || as_good), "points are off by ", off);
    if (scores.is_array()) CHECK(got[i].score == doctest::Approx(scores[i].get<double>()).epsilon(1e-4));
  }
}

/// All runs of a case. `regions(run, source)` reads the regions with the parameters of the run.
template <class Regions>
void check_runs(const nlohmann::json& data, cv::Size map, const Regions& regions) {
  for (const auto& run : data["runs"]) {
    if (run["labels"] != "int32") continue;  // labels that wrap around at 256 are a defect
    INFO((run["is_poly"].get<bool>() ? "polygons" : "quads"), ", min_text_area ", run["min_text_area"].get<int>(), ", min_score ",
         run["min_score"].get<double>());
    const bool quads = !run["is_poly"].get<bool>();
    check_regions(regions(run, cv::Size2d(map)), run["result"]["boxes"], run["result"]["scores"], quads);
    if (!run.contains("scaled")) continue;
    INFO("scaled");
    const auto& scaled = run["scaled"];
    const cv::Size2d source(map.width * scaled["ratio_w"].get<double>(), map.height * scaled["ratio_h"].get<double>());
    check_regions(regions(run, source), scaled["boxes"], nullptr, quads);
  }
}

}  // namespace golden
