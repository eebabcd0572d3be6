// PSENet's post-processing against the reference, on every case found.
#include <scriba/postprocess/pse_regions.hpp>

#include <doctest/doctest.h>

#include "postprocess/label_goldens.hpp"

using namespace scriba;
using namespace scriba::postprocess;

TEST_CASE("PSE labels and regions agree with the reference") {
  const auto folder = golden::shared() / "golden" / "postprocess";
  if (golden::absent(folder)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  for (const auto& file : golden::cases(folder, "pse_")) {
    INFO(file.filename().string());
    const auto data = golden::json(file);
    const auto [maps, labels] = golden::label_case(folder, data, 7);
    golden::check_statistics(labels, maps[0], data["label_stats"]);
    CHECK(golden::differences(golden::matrix(pse_labels(maps, pse_boxes_reference()).map), labels) == 0);
    if (!data.contains("runs")) continue;
    golden::check_runs(data, maps[0].size(), [&](const nlohmann::json& run, cv::Size2d source) {
      auto options = pse_boxes_reference(run["is_poly"].get<bool>() ? RegionShape::polygon : RegionShape::quad);
      options.threshold = run["threshold_logit"];
      options.min_kernel_area = run["min_kernel_area"];
      options.regions.min_text_area = run["min_text_area"];
      options.regions.min_score = run["min_score"];
      return pse_regions(maps, source, options);
    });
  }
}
