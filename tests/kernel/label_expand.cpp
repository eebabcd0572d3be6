#include <scriba/kernel/label_expand.hpp>
#include <scriba/postprocess/pse_regions.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "support/plain_labels.hpp"
#include "support/regions.hpp"

using namespace scriba;
using Maps = std::vector<cv::Mat_<float>>;

namespace {

// Blobs that shrink from kernel to kernel, with noise that breaks the order in which kernels contain each other.
Maps random_kernels(unsigned seed) {
  std::mt19937 random(seed);
  const auto number = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const cv::Size size(number(1, 60), number(1, 60));
  const int kernels = number(2, 9);
  cv::Mat_<float> depth(size, -1.f);
  for (int blob = number(0, 12); blob > 0; --blob) {
    const cv::Point2f centre(static_cast<float>(number(0, size.width)), static_cast<float>(number(0, size.height)));
    const float wide = static_cast<float>(number(1, 14)), high = static_cast<float>(number(1, 9));
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x) {
        const float dx = (static_cast<float>(x) - centre.x) / wide, dy = (static_cast<float>(y) - centre.y) / high;
        depth(y, x) = std::max(depth(y, x), 1 - dx * dx - dy * dy);
      }
  }
  const float noise = static_cast<float>(number(0, 3)) * 0.2f;
  std::uniform_real_distribution<float> wobble(-noise - 1e-6f, noise + 1e-6f);
  Maps maps;
  for (int k = 0; k < kernels; ++k) {
    cv::Mat_<float> map(size);
    for (int y = 0; y < size.height; ++y)
      for (int x = 0; x < size.width; ++x)
        map(y, x) = 1 + 4 * (depth(y, x) + wobble(random) - 0.8f * static_cast<float>(k) / static_cast<float>(kernels));
    maps.push_back(map);
  }
  if (seed % 5 == 0) maps[static_cast<std::size_t>(number(0, kernels - 1))](number(0, size.height - 1), number(0, size.width - 1)) = NAN;
  return maps;
}

cv::Mat_<int> labels_of(const Maps& maps, float threshold = 1, int min_kernel_area = 1) {
  return golden::matrix(kernel::expand_labels(postprocess::spans(maps), threshold, min_kernel_area).map);
}

cv::Mat turned(const cv::Mat& map, int flip) {
  cv::Mat out;
  flip == 2 ? cv::transpose(map, out) : cv::flip(map, out, flip);
  return out;
}

// 20 x 20 boxes of 10 x 10 that fill the map; each has a kernel of 4 x 4.
Maps touching_boxes() {
  Maps maps{cv::Mat_<float>(200, 200, 5.f), cv::Mat_<float>(200, 200, -5.f)};
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 20; ++x) maps[1](cv::Rect(10 * x + 3, 10 * y + 3, 4, 4)) = 5;
  return maps;
}

}  // namespace

TEST_CASE("expansion equals the plain queue algorithm on random maps") {
  int labels = 0, conflicts = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    INFO("seed ", seed);
    const Maps maps = random_kernels(seed);
    const int min_area = static_cast<int>(seed % 4);
    const auto expected = plain::pse_labels(maps, 1, min_area);
    CHECK(golden::differences(labels_of(maps, 1, min_area), expected) == 0);
    double most = 0;
    cv::minMaxLoc(expected, nullptr, &most);
    labels += static_cast<int>(most);
    conflicts += most > 1;
  }
  CHECK(labels > 600);  // the maps are worth something
  CHECK(conflicts > 200);
}

TEST_CASE("three threads expand as one does") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    const Maps maps = random_kernels(seed);
    const auto together = golden::matrix(kernel::expand_labels(postprocess::spans(maps), 1, 1, golden::ThreeThreads{}).map);
    CHECK(cv::norm(labels_of(maps), together, cv::NORM_INF) == 0);  // numbers of labels too
  }
}

TEST_CASE("OpenCV's loops expand as plain ones do") {
  const int before = cv::getNumThreads();
  for (const int threads : {1, 2}) {
    cv::setNumThreads(threads);
    for (unsigned seed = 0; seed < 60; ++seed) {
      const Maps maps = random_kernels(seed);
      const auto together = golden::matrix(kernel::expand_labels(postprocess::spans(maps), 1, 1, postprocess::OpenCvThreads{}).map);
      CHECK(cv::norm(labels_of(maps), together, cv::NORM_INF) == 0);
    }
  }
  cv::setNumThreads(before);
}

TEST_CASE("400 instances that touch keep their ground") {
  const auto labels = labels_of(touching_boxes());
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 200; ++x) REQUIRE(labels(y, x) == y / 10 * 20 + x / 10 + 1);  // raster order of the kernels
}

TEST_CASE("first come, first served, and ties go to the first label") {
  // Kernels at both ends of a line of nine pixels: the middle one is reached by both in the same step.
  Maps maps{cv::Mat_<float>(1, 9, 5.f), cv::Mat_<float>(1, 9, -5.f)};
  maps[1](0, 0) = maps[1](0, 8) = 5;
  CHECK(cv::norm(labels_of(maps), cv::Mat_<int>({1, 9}, {1, 1, 1, 1, 1, 2, 2, 2, 2}), cv::NORM_INF) == 0);
}

TEST_CASE("kernels decide in their order, not by distance alone") {
  // Kernel 1 gives the right label a way of six pixels before the left one may move.
  Maps maps{cv::Mat_<float>(1, 9, 5.f), cv::Mat_<float>(1, 9, -5.f), cv::Mat_<float>(1, 9, -5.f)};
  maps[2](0, 0) = maps[2](0, 8) = maps[1](0, 0) = 5;
  maps[1](cv::Rect(2, 0, 7, 1)) = 5;
  CHECK(cv::norm(labels_of(maps), cv::Mat_<int>({1, 9}, {1, 1, 2, 2, 2, 2, 2, 2, 2}), cv::NORM_INF) == 0);
}

TEST_CASE("a pixel that passed its label on is not asked again") {
  // From the seed (1, 0) the label goes right within kernel 1; the seed's upper neighbour belongs to kernel 0 only and is forgotten.
  Maps maps(3, cv::Mat_<float>());
  for (auto& map : maps) map = cv::Mat_<float>(2, 2, -5.f);
  maps[0](1, 0) = maps[1](1, 0) = maps[2](1, 0) = 5;
  maps[0](1, 1) = maps[1](1, 1) = 5;
  maps[0](0, 0) = 5;
  CHECK(cv::norm(labels_of(maps), cv::Mat_<int>({2, 2}, {0, 0, 1, 1}), cv::NORM_INF) == 0);
}

TEST_CASE("separate instances are the same in a mirror and transposed") {
  Maps maps{cv::Mat_<float>(40, 60, -5.f), cv::Mat_<float>(40, 60, -5.f)};
  for (const cv::Rect box : {cv::Rect(2, 3, 20, 8), cv::Rect(30, 5, 8, 30), cv::Rect(45, 1, 9, 9)}) {
    maps[0](box) = 4;
    maps[1](cv::Rect(box.x + 2, box.y + 2, box.width - 4, box.height - 4)) = 4;
  }
  const auto labels = labels_of(maps);
  for (const int flip : {-1, 0, 1, 2}) {
    const Maps other{turned(maps[0], flip), turned(maps[1], flip)};
    CHECK(golden::differences(labels_of(other), turned(labels, flip)) == 0);
  }
}

TEST_CASE("growth does not pass through a corner") {
  Maps maps{cv::Mat_<float>({2, 2}, {5, -5, -5, 5}), cv::Mat_<float>({2, 2}, {5, -5, -5, -5})};
  CHECK(cv::norm(labels_of(maps), cv::Mat_<int>({2, 2}, {1, 0, 0, 0}), cv::NORM_INF) == 0);
}

TEST_CASE("degenerate maps survive") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  CHECK(labels_of(Maps(7, cv::Mat_<float>())).empty());
  CHECK(labels_of(Maps(7, cv::Mat_<float>(1, 1, 5.f)))(0, 0) == 1);
  CHECK(labels_of(Maps(7, cv::Mat_<float>(1, 1, 5.f)), 1, 2)(0, 0) == 0);
  CHECK(cv::countNonZero(labels_of(Maps(7, cv::Mat_<float>(5, 7, 5.f))) != 1) == 0);
  for (const float value : {-5.f, nan, infinity, -infinity, 1.f})
    CHECK(cv::countNonZero(labels_of(Maps(7, cv::Mat_<float>(5, 7, value)))) == 0);
  Maps maps(7, cv::Mat_<float>());
  for (auto& map : maps) map = cv::Mat_<float>(5, 7, 5.f);
  maps[3](2, 3) = nan;  // background of one kernel, still text
  maps[0](0, 0) = nan;
  const auto labels = labels_of(maps);
  CHECK(labels(2, 3) == 1);
  CHECK(labels(0, 0) == 0);
  CHECK(cv::countNonZero(labels) == 34);
}

TEST_CASE("maps that cannot be kernels are refused") {
  CHECK_THROWS_AS(labels_of(Maps(1, cv::Mat_<float>(5, 7, 5.f))), Error);
  CHECK_THROWS_AS(labels_of(Maps(32, cv::Mat_<float>(5, 7, 5.f))), Error);
  CHECK_NOTHROW(labels_of(Maps(31, cv::Mat_<float>(5, 7, 5.f))));
  CHECK_THROWS_AS(labels_of({cv::Mat_<float>(5, 7, 5.f), cv::Mat_<float>(7, 5, 5.f)}), Error);
}
