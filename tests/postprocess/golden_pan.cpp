// PAN's post-processing against the reference, on every case found.
#include <scriba/postprocess/pan_regions.hpp>

#include <doctest/doctest.h>

#include "postprocess/label_goldens.hpp"

using namespace scriba;
using namespace scriba::postprocess;

TEST_CASE("PAN labels and regions agree with the reference") {
  const auto folder = golden::shared() / "golden" / "postprocess";
  if (golden::absent(folder)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  for (const auto& file : golden::cases(folder, "pan_")) {
    INFO(file.filename().string());
    const auto data = golden::json(file);
    const auto [maps, labels] = golden::label_case(folder, data, 6);
    golden::check_statistics(labels, maps[0], data["label_stats"]);
    // Label maps of the reference still hold the kernels that are too small.
    PanBoxesOptions all{.distance = 1, .min_kernel_area = 1};
    CHECK(golden::differences(golden::matrix(pan_labels(maps, all).map), labels) == 0);
    if (data.contains("label_map_dis6")) {
      all.distance = 6;
      const auto labels6 = golden::label_picture(folder / data["label_map_dis6"].get<std::string>());
      CHECK(golden::differences(golden::matrix(pan_labels(maps, all).map), labels6) == 0);
    }
    if (!data.contains("runs")) continue;
    golden::check_runs(data, maps[0].size(), [&](const nlohmann::json& run, cv::Size2d source) {
      auto options = pan_boxes_reference(run["is_poly"].get<bool>() ? RegionShape::polygon : RegionShape::quad);
      options.threshold = run["threshold_logit"];
      options.distance = run["dis_thresh"];
      options.min_kernel_area = run["min_kernel_area"];
      options.regions.min_text_area = run["min_text_area"];
      options.regions.min_score = run["min_score"];
      return pan_regions(maps, source, options);
    });
  }
}
