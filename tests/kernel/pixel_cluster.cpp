#include <scriba/kernel/pixel_cluster.hpp>
#include <scriba/postprocess/pan_regions.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include "support/plain_labels.hpp"
#include "support/regions.hpp"

using namespace scriba;
using kernel::PixelClusterOptions;
using kernel::SmallKernels;
using Maps = std::vector<cv::Mat_<float>>;

namespace {

// Blobs of text with kernels, and similarity that follows the nearest blob with noise.
Maps random_maps(unsigned seed) {
  std::mt19937 random(seed);
  const auto number = [&](int low, int high) { return std::uniform_int_distribution<int>(low, high)(random); };
  const cv::Size size(number(1, 60), number(1, 60));
  const int dimensions = number(1, 5);
  Maps maps;
  for (int i = 0; i < 2 + dimensions; ++i) maps.emplace_back(size, i < 2 ? -5.f : 0.f);
  std::uniform_real_distribution<float> value(-2, 2), noise(-0.6f, 0.6f);
  for (int blob = number(0, 12); blob > 0; --blob) {
    const cv::Point centre(number(0, size.width), number(0, size.height));
    const cv::Size axes(number(1, 14), number(1, 9));
    const double angle = number(0, 180);
    cv::ellipse(maps[0], centre, axes, angle, 0, 360, 5, cv::FILLED);
    cv::ellipse(maps[1], centre, axes / 2, angle, 0, 360, 5, cv::FILLED);
    for (std::size_t d = 2; d < maps.size(); ++d)
      cv::ellipse(maps[d], centre, axes, angle, 0, 360, static_cast<double>(value(random)), cv::FILLED);
  }
  for (std::size_t d = 2; d < maps.size(); ++d)
    for (float& v : maps[d]) v += noise(random);
  if (seed % 5 == 0) maps[static_cast<std::size_t>(number(0, dimensions + 1))](number(0, size.height - 1), number(0, size.width - 1)) = NAN;
  return maps;
}

template <class Each = kernel::OneThread>
cv::Mat_<int> labels_of(const Maps& maps, const PixelClusterOptions& options, const Each& each = {}) {
  const auto planes = postprocess::spans(maps);
  return golden::matrix(kernel::cluster_pixels(planes[0], planes[1], std::span(planes).subspan(2), options, each).map);
}

Maps constant(int rows, int columns, float logit, float similarity) {
  return {cv::Mat_<float>(rows, columns, logit), cv::Mat_<float>(rows, columns, logit), cv::Mat_<float>(rows, columns, similarity)};
}

}  // namespace

TEST_CASE("clustering equals the plain queue algorithm on random maps") {
  int labels = 0, conflicts = 0;
  for (unsigned seed = 0; seed < 600; ++seed) {
    const Maps maps = random_maps(seed);
    const int min_area = static_cast<int>(seed % 7);
    const float distance = 0.5f + static_cast<float>(seed % 11) * 0.25f;
    for (const auto small : {SmallKernels::dropped, SmallKernels::grown_then_dropped}) {
      INFO("seed ", seed, small == SmallKernels::dropped ? ", small kernels dropped" : ", small kernels grow");
      const auto expected = plain::pan_labels(maps, 1, distance, min_area, small == SmallKernels::grown_then_dropped);
      CHECK(golden::differences(labels_of(maps, {.distance = distance, .min_kernel_area = min_area, .small_kernels = small}), expected) ==
            0);
      double most = 0;
      cv::minMaxLoc(expected, nullptr, &most);
      labels += static_cast<int>(most);
      conflicts += most > 1;
    }
  }
  CHECK(labels > 1000);  // the maps are worth something
  CHECK(conflicts > 300);
}

TEST_CASE("three threads cluster as one does") {
  for (unsigned seed = 0; seed < 60; ++seed) {
    const Maps maps = random_maps(seed);
    const PixelClusterOptions options{.distance = 1.5f, .min_kernel_area = 3};
    CHECK(cv::norm(labels_of(maps, options), labels_of(maps, options, golden::ThreeThreads{}), cv::NORM_INF) == 0);
  }
}

TEST_CASE("OpenCV's loops cluster as plain ones do") {
  const int before = cv::getNumThreads();
  for (const int threads : {1, 2}) {
    cv::setNumThreads(threads);
    for (unsigned seed = 0; seed < 60; ++seed) {
      const Maps maps = random_maps(seed);
      const PixelClusterOptions options{.distance = 1.5f, .min_kernel_area = 3};
      CHECK(cv::norm(labels_of(maps, options), labels_of(maps, options, postprocess::OpenCvThreads{}), cv::NORM_INF) == 0);
    }
  }
  cv::setNumThreads(before);
}

TEST_CASE("400 instances that touch are told apart by their vectors") {
  Maps maps{cv::Mat_<float>(200, 200, 5.f), cv::Mat_<float>(200, 200, -5.f), cv::Mat_<float>(200, 200), cv::Mat_<float>(200, 200)};
  for (int y = 0; y < 20; ++y)
    for (int x = 0; x < 20; ++x) {
      maps[1](cv::Rect(10 * x, 10 * y, 3, 3)) = 5;  // in a corner: without the vectors neighbours would take the rest
      maps[2](cv::Rect(10 * x, 10 * y, 10, 10)) = static_cast<float>(x);
      maps[3](cv::Rect(10 * x, 10 * y, 10, 10)) = static_cast<float>(y);
    }
  const auto labels = labels_of(maps, {.distance = 0.9f});
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 200; ++x) REQUIRE(labels(y, x) == y / 10 * 20 + x / 10 + 1);
}

TEST_CASE("ties go to the first label; the distance is a strict bound") {
  Maps maps = constant(1, 9, 5, 0);
  maps[1] = -5;
  maps[1](0, 0) = maps[1](0, 8) = 5;
  CHECK(cv::norm(labels_of(maps, {.distance = 1, .min_kernel_area = 1}), cv::Mat_<int>({1, 9}, {1, 1, 1, 1, 1, 2, 2, 2, 2}),
                 cv::NORM_INF) == 0);
  maps[2](0, 2) = 1;  // exactly as far as the bound from both: nobody's, and in the way
  CHECK(cv::norm(labels_of(maps, {.distance = 1, .min_kernel_area = 1}), cv::Mat_<int>({1, 9}, {1, 1, 0, 2, 2, 2, 2, 2, 2}),
                 cv::NORM_INF) == 0);
}

TEST_CASE("text of small kernels goes to neighbours, or is lost as in the reference") {
  Maps maps = constant(1, 12, 5, 0);
  maps[1] = -5;
  maps[1](cv::Rect(0, 0, 4, 1)) = 5;
  maps[1](0, 8) = 5;
  PixelClusterOptions options{.distance = 1, .min_kernel_area = 2};
  CHECK(cv::countNonZero(labels_of(maps, options) == 1) == 12);
  options.small_kernels = SmallKernels::grown_then_dropped;
  CHECK(cv::norm(labels_of(maps, options), cv::Mat_<int>({1, 12}, {1, 1, 1, 1, 1, 1, 0, 0, 0, 0, 0, 0}), cv::NORM_INF) == 0);
}

TEST_CASE("degenerate maps survive clustering") {
  const float nan = std::numeric_limits<float>::quiet_NaN(), infinity = std::numeric_limits<float>::infinity();
  const PixelClusterOptions options{.min_kernel_area = 1};
  CHECK(labels_of(constant(0, 0, 5, 0), options).empty());
  CHECK(labels_of(constant(1, 1, 5, 0), options)(0, 0) == 1);
  CHECK(cv::countNonZero(labels_of(constant(5, 7, 5, 0), options)) == 35);
  for (const float logit : {-5.f, nan, infinity, -infinity, 1.f})
    CHECK(cv::countNonZero(labels_of(constant(5, 7, logit, 0), options)) == 0);
  CHECK(cv::countNonZero(labels_of(constant(5, 7, 5, nan), options)) == 35);  // all of it is kernel, no vector is asked

  Maps maps = constant(1, 6, 5, 0);
  maps[1] = -5;
  maps[1](cv::Rect(0, 0, 3, 1)) = 5;
  maps[2](0, 1) = infinity;  // counts in no mean
  maps[2](0, 4) = nan;       // joins nothing and is in the way
  CHECK(cv::norm(labels_of(maps, options), cv::Mat_<int>({1, 6}, {1, 1, 1, 1, 0, 0}), cv::NORM_INF) == 0);
  CHECK(cv::countNonZero(labels_of(maps, {.distance = nan, .min_kernel_area = 1})) == 3);
}

TEST_CASE("maps that do not fit together are refused") {
  Maps maps = constant(5, 7, 5, 0);
  CHECK_THROWS_AS(labels_of({maps[0], maps[1]}, {}), Error);
  CHECK_THROWS_AS(postprocess::pan_labels(std::span(maps).first(2)), Error);
  maps[2] = cv::Mat_<float>(7, 5, 0.f);
  CHECK_THROWS_AS(labels_of(maps, {}), Error);
}
