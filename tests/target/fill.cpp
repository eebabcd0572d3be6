#include <scriba/target/fill.hpp>

#include <doctest/doctest.h>

using namespace scriba;
using namespace scriba::target;

TEST_CASE("outlines count as inside; corners are cut or rounded half to even") {
  cv::Mat map = cv::Mat::zeros(20, 20, CV_32FC1);
  fill(map, Polygon{{2.9f, 3.9f}, {6.9f, 3.9f}, {6.9f, 8.9f}, {2.9f, 8.9f}}, 2);
  CHECK(cv::sum(map)[0] == 2 * 5 * 6);
  CHECK(map.at<float>(3, 2) == 2);
  CHECK(map.at<float>(8, 6) == 2);
  map = 0;
  fill(map, Polygon{{2.5f, 3.5f}, {6.6f, 3.5f}, {6.6f, 8.5f}, {2.5f, 8.5f}}, 1, ToPixels::round);  // 2..7, 4..8
  CHECK(cv::sum(map)[0] == 6 * 5);
  CHECK(map.at<float>(4, 2) == 1);
}

TEST_CASE("polygons beyond the map are cut off, empty ones draw nothing") {
  cv::Mat map = cv::Mat::zeros(10, 10, CV_8UC1);
  fill(map, Polygon{}, 1);
  CHECK(cv::countNonZero(map) == 0);
  fill(map, Polygon{{-32767, -32767}, {32767, -32767}, {32767, 4}, {-32767, 4}}, 1);
  CHECK(cv::countNonZero(map) == 50);
  fill(map, Polygon{{7, 8}}, 1);
  CHECK(cv::countNonZero(map) == 51);
}
