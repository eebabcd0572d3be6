// The post-processing parts on tensors: they fit their heads, work through batches, refuse other shapes.
#include <scriba/concepts.hpp>
#include <scriba/head/db_multi_class.hpp>
#include <scriba/head/pan.hpp>
#include <scriba/head/pse.hpp>
#include <scriba/head/sast.hpp>
#include <scriba/postprocess/db_boxes.hpp>
#include <scriba/postprocess/db_multi_class_boxes.hpp>
#include <scriba/postprocess/pan_boxes.hpp>
#include <scriba/postprocess/pse_boxes.hpp>
#include <scriba/postprocess/sast_boxes.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include "support/drawn_maps.hpp"

using namespace scriba;
using namespace scriba::postprocess;

static_assert(PostProcessFor<PseBoxes, head::Pse>);
static_assert(PostProcessFor<PanBoxes, head::Pan>);
static_assert(PostProcessFor<SastBoxes, head::Sast>);
static_assert(PostProcessFor<DbMultiClassBoxes, head::DbMultiClass>);
static_assert(!PostProcessFor<PseBoxes, head::Pan>);
static_assert(!PostProcessFor<SastBoxes, head::DbMultiClass>);

namespace {

const std::array<cv::Size, 2> kSources{cv::Size(320, 200), cv::Size(640, 400)};

// [2, planes, H, W]: the maps, and the same again.
at::Tensor batch(std::span<const cv::Mat_<float>> planes) {
  std::vector<at::Tensor> out;
  for (const auto& plane : planes)
    out.push_back(torch::from_blob(const_cast<float*>(plane.ptr<float>()), {plane.rows, plane.cols}).clone());
  return torch::stack(out).unsqueeze(0).repeat({2, 1, 1, 1});
}

// Both images have the regions of the matrices, the second at its own size.
void check(const std::vector<std::vector<TextRegion>>& got, const std::vector<TextRegion>& first, const std::vector<TextRegion>& second) {
  REQUIRE(got.size() == 2);
  CHECK(!first.empty());
  for (const auto& [regions, expected] : {std::pair(got[0], first), std::pair(got[1], second)}) {
    REQUIRE(regions.size() == expected.size());
    for (std::size_t i = 0; i < regions.size(); ++i) {
      CHECK(regions[i].polygon == expected[i].polygon);
      CHECK(regions[i].score == expected[i].score);
      CHECK(regions[i].class_id == expected[i].class_id);
    }
  }
}

}  // namespace

TEST_CASE("batches of PSE maps") {
  const auto maps = drawn::pse_maps(kSources[0], 8);
  const PseBoxesOptions options{.regions = {.min_text_area = 100}};
  const PseBoxes post(options);
  check(post({batch(maps)}, kSources), pse_regions(maps, kSources[0], options), pse_regions(maps, kSources[1], options));
  // Other memory formats, types and a graph behind the maps change nothing.
  check(post({batch(maps).to(at::kDouble).contiguous(at::MemoryFormat::ChannelsLast).requires_grad_()}, kSources),
        pse_regions(maps, kSources[0], options), pse_regions(maps, kSources[1], options));
  CHECK_THROWS_AS(post({batch(maps).slice(1, 0, 1)}, kSources), Error);
  CHECK_THROWS_AS(post({batch(maps)}, std::span(kSources).first(1)), Error);
  CHECK_THROWS_AS(post({batch(maps)[0]}, kSources), Error);
  CHECK_THROWS_AS(post({}, kSources), Error);
  CHECK(post({torch::empty({0, 7, 8, 8})}, {}).empty());
  CHECK(post({torch::empty({2, 7, 0, 8})}, kSources).at(1).empty());
}

TEST_CASE("batches of PAN maps") {
  const auto maps = drawn::pan_maps(kSources[0], 8);
  const PanBoxesOptions options{.distance = 1, .regions = {.min_text_area = 100}};
  const PanBoxes post(options);
  check(post({batch(maps)}, kSources), pan_regions(maps, kSources[0], options), pan_regions(maps, kSources[1], options));
  CHECK_THROWS_AS(post({batch(maps).slice(1, 0, 5)}, kSources), Error);
}

TEST_CASE("batches of SAST maps") {
  const auto planes = drawn::sast_planes(kSources[0] / 4, 4, 0.2f);
  const SastBoxes post;
  head::SastMaps maps{batch(std::span(&planes.score, 1)), batch(planes.border), batch(planes.tvo), batch(planes.tco)};
  check(post(maps, kSources), sast_regions(planes, kSources[0]), sast_regions(planes, kSources[1]));
  maps.tvo = maps.tvo.slice(3, 0, 5);
  CHECK_THROWS_AS(post(maps, kSources), Error);
  maps.tvo = maps.tco;
  CHECK_THROWS_AS(post(maps, kSources), Error);
}

TEST_CASE("batches of DB maps with and without classes") {
  const std::vector<cv::Mat_<float>> map{drawn::db_map(kSources[0], 8)};
  std::vector<cv::Mat_<float>> classes{cv::Mat_<float>(kSources[0], 0.f), cv::Mat_<float>(kSources[0], -1.f)};
  classes[1].colRange(0, 160) = 1;
  check(DbBoxes()({.shrink = batch(map), .threshold = {}, .binary = {}}, kSources), db_regions(map[0], kSources[0]),
        db_regions(map[0], kSources[1]));
  const auto expected = db_multi_class_regions(map[0], classes, kSources[0]);
  head::DbMultiClassMaps maps;
  maps.shrink = batch(map);
  maps.class_logits = batch(classes);
  check(DbMultiClassBoxes()(maps, kSources), expected, db_multi_class_regions(map[0], classes, kSources[1]));
  for (const auto& region : expected) CHECK(region.class_id == (region.polygon[0].x < 100 ? 1 : 0));
  maps.class_logits = at::Tensor();
  CHECK_THROWS_AS(DbMultiClassBoxes()(maps, kSources), Error);
}
