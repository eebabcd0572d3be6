// SAST's post-processing against the reference, on every case found.
#include <scriba/postprocess/sast_regions.hpp>

#include <doctest/doctest.h>

#include "support/regions.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using namespace scriba::postprocess;

namespace {

// Scores are dense, offsets are given at the pixels `yx` only.
SastPlanes planes_of(const golden::fs::path& file) {
  auto tensors = golden::tensors(file);
  const auto score = tensors.at("score").to(at::kInt).contiguous(), yx = tensors.at("yx").to(at::kInt).contiguous();
  SastPlanes planes;
  planes.score.create(static_cast<int>(score.size(-2)), static_cast<int>(score.size(-1)));
  for (int i = 0; i < score.numel(); ++i)
    planes.score(i / planes.score.cols, i % planes.score.cols) = static_cast<float>(score.data_ptr<int>()[i]) / 255.f;
  const auto scatter = [&](auto& maps, const char* name) {
    const auto values = tensors.at(name).to(at::kFloat).contiguous();
    for (std::size_t c = 0; c < maps.size(); ++c) {
      maps[c] = cv::Mat_<float>(planes.score.size(), 0.f);
      for (std::int64_t i = 0; i < yx.size(0); ++i)
        maps[c](yx[i][0].item<int>(), yx[i][1].item<int>()) = values[i][static_cast<std::int64_t>(c)].item<float>();
    }
  };
  scatter(planes.border, "border");
  scatter(planes.tvo, "tvo");
  scatter(planes.tco, "tco");
  return planes;
}

SastBoxesOptions options_of(const nlohmann::json& data) {
  auto options = sast_boxes_reference_curved();
  options.score_threshold = data["tcl_map_thresh"];
  options.nms_threshold = data["nms_thresh"];
  options.expand_ends = data["shrink_ratio_of_width"];
  return options;
}

}  // namespace

TEST_CASE("SAST quads, instances and polygons agree with the reference") {
  const auto folder = golden::shared() / "golden" / "postprocess";
  if (golden::absent(folder)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  for (const auto& file : golden::cases(folder, "sast_")) {
    INFO(file.filename().string());
    const auto data = golden::json(file);
    const SastPlanes planes = planes_of(folder / data["input"].get<std::string>());
    auto options = options_of(data);

    const SastInstances instances = sast_instances(planes, options);
    const auto& dets = data["dets_stable"]["dets"];
    CHECK(instances.pixels.size() == data["dets_stable"]["before_nms"].get<std::size_t>());
    REQUIRE(instances.quads.size() == dets.size());
    for (std::size_t i = 0; i < dets.size(); ++i) {
      INFO("quad ", i);
      for (std::size_t k = 0; k < 4; ++k) {
        CHECK(std::abs(instances.quads[i].corners[k].x - dets[i][2 * k].get<double>()) <= 0.05);
        CHECK(std::abs(instances.quads[i].corners[k].y - dets[i][2 * k + 1].get<double>()) <= 0.05);
      }
      CHECK(instances.quads[i].score == doctest::Approx(dets[i][8].get<double>()).epsilon(1e-4));
    }
    if (data.contains("label_map_stable")) {
      const auto expected = golden::label_picture(folder / data["label_map_stable"].get<std::string>());
      cv::Mat_<int> labels(expected.size(), 0);
      for (const auto& p : instances.pixels) labels(p.y, p.x) = static_cast<int>(p.instance) + 1;
      CHECK(cv::countNonZero(labels != expected) <= 0.005 * static_cast<double>(instances.pixels.size()));
    }

    for (const auto& run : data["runs"]) {
      if (run["order"] != "stable") continue;  // unstable sorting is a defect
      INFO("sample_pts_num ", run["sample_pts_num"].get<int>(), ", expand_scale ", run["expand_scale"].get<double>());
      options.point_pairs = run["sample_pts_num"];
      options.expand_height = run["expand_scale"];
      options.shape = options.point_pairs == 2 ? RegionShape::quad : RegionShape::polygon;
      const auto got = sast_regions(planes, cv::Size2d(run["src_w"], run["src_h"]), options);
      const auto expected = golden::polygons_of(run["polygons"]);
      REQUIRE(got.size() == expected.size());
      for (std::size_t i = 0; i < got.size(); ++i) {
        INFO("polygon ", i);
        REQUIRE(got[i].polygon.size() == expected[i].size());
        for (std::size_t k = 0; k < expected[i].size(); ++k) CHECK(distance(got[i].polygon[k], expected[i][k]) <= 0.5);
        CHECK((got[i].score > options.score_threshold && got[i].score <= 1));
      }
    }
  }
}
