// DB with classes against the reference, on every case found.
#include <scriba/postprocess/db_multi_class_regions.hpp>

#include <doctest/doctest.h>

#include "support/regions.hpp"

using namespace scriba;
using namespace scriba::postprocess;

namespace {

void check(const std::vector<TextRegion>& got, const nlohmann::json& boxes, const nlohmann::json& data) {
  const auto expected = golden::polygons_of(boxes);
  REQUIRE(got.size() == expected.size());
  for (std::size_t i = 0; i < got.size(); ++i) {
    INFO("region ", i);
    double corner = 0;
    for (std::size_t k = 0; k < 4; ++k) corner = std::max(corner, distance(got[i].polygon[k], expected[i][k]));
    CHECK_MESSAGE((corner <= 1.5 || iou(got[i].polygon, expected[i]) >= 0.97), "corners off by ", corner);
    CHECK(got[i].score == doctest::Approx(data["scores"][i].get<double>()).epsilon(1e-4));
    CHECK(got[i].class_id == data["classes"][i].get<int>());
  }
}

}  // namespace

TEST_CASE("regions with classes agree with the reference") {
  const auto folder = golden::shared() / "golden" / "postprocess";
  if (golden::absent(folder)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  for (const auto& file : golden::cases(folder, "db_mul")) {
    INFO(file.filename().string());
    const auto data = golden::json(file);
    cv::Mat_<float> map;
    cv::imread((folder / data["input"].get<std::string>()).string(), cv::IMREAD_GRAYSCALE).convertTo(map, CV_32F);
    for (float& value : map) value /= 255.f;
    const cv::Mat_<unsigned char> classes = cv::imread((folder / data["class_input"].get<std::string>()).string(), cv::IMREAD_GRAYSCALE);
    auto options = db_multi_class_boxes_reference();
    options.boxes.threshold = data["thresh"];
    options.boxes.box_threshold = data["box_thresh"];
    options.boxes.unclip_ratio = data["unclip_ratio"];
    options.boxes.min_size = data["min_size"];
    check(db_multi_class_regions(map, classes, map.size(), options), data["boxes"], data);
    const cv::Size2d source(map.cols * data["scaled"]["ratio_w"].get<double>(), map.rows * data["scaled"]["ratio_h"].get<double>());
    check(db_multi_class_regions(map, classes, source, options), data["scaled"]["boxes"], data);
  }
}
