#include <scriba/kernel/label_map.hpp>
#include <scriba/kernel/pixel_runs.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <random>

#include <opencv2/imgproc.hpp>

#include "support/regions.hpp"

using namespace scriba;
using namespace scriba::kernel;

namespace {

Span2d<const float> span(const cv::Mat_<float>& map) {
  return {map.ptr<float>(), map.rows, map.cols, static_cast<std::ptrdiff_t>(map.step1())};
}

// Ranges of three, last first: nothing may depend on how loops are cut.
struct InPieces {
  template <class Work>
  void operator()(std::int32_t count, const Work& work) const {
    for (std::int32_t begin = (count + 2) / 3 * 3 - 3; begin >= 0; begin -= 3) work(begin, std::min(begin + 3, count));
  }
};

}  // namespace

TEST_CASE("runs are the pixels above the threshold, in raster order") {
  std::mt19937 random(1);
  std::uniform_real_distribution<float> value(-1, 1);
  for (int seed = 0; seed < 40; ++seed) {
    cv::Mat_<float> map(1 + seed % 9 * 5, 1 + seed * 3);
    for (float& v : map) v = value(random);
    map(0, 0) = std::numeric_limits<float>::quiet_NaN();
    map(map.rows - 1, map.cols - 1) = std::numeric_limits<float>::infinity();
    const float threshold = seed % 2 ? 0.8f : -0.8f;
    cv::Mat_<int> drawn(map.size(), 0);
    PixelRun before{-1, 0, 0};
    for (const auto& run : runs_above(span(map), threshold, InPieces{})) {
      CHECK(run.end > run.begin);
      CHECK((run.row > before.row || run.begin > before.end));  // runs that touch are one
      for (int x = run.begin; x < run.end; ++x) drawn(run.row, x) = 1;
      before = run;
    }
    for (int y = 0; y < map.rows; ++y)
      for (int x = 0; x < map.cols; ++x) CHECK(drawn(y, x) == (std::isfinite(map(y, x)) && map(y, x) > threshold ? 1 : 0));
  }
  CHECK(runs_above({}, 0).empty());
}

TEST_CASE("connected runs are OpenCV's connected components") {
  std::mt19937 random(2);
  std::uniform_real_distribution<float> value(0, 1);
  for (int seed = 0; seed < 60; ++seed) {
    cv::Mat_<float> map(1 + seed % 23, 1 + seed % 31);
    for (float& v : map) v = value(random);
    const auto runs = runs_above(span(map), 0.25f + 0.01f * static_cast<float>(seed));
    const auto connected = connected_runs(runs);
    cv::Mat_<int> drawn(map.size(), 0), expected;
    int newest = -1;
    for (std::size_t i = 0; i < runs.size(); ++i) {
      CHECK(connected.piece[i] <= newest + 1);  // numbered as they are met
      newest = std::max(newest, connected.piece[i]);
      for (int x = runs[i].begin; x < runs[i].end; ++x) drawn(runs[i].row, x) = connected.piece[i] + 1;
    }
    CHECK(newest + 1 == connected.pieces);
    cv::connectedComponents(drawn > 0, expected, 4, CV_32S);
    CHECK(golden::differences(drawn, expected) == 0);
  }
  CHECK(connected_runs({}).pieces == 0);
}

TEST_CASE("a spiral is one piece, a chessboard is all pieces") {
  cv::Mat_<float> spiral(41, 41, 0.f);
  int left = 0, top = 0, right = 40, bottom = 40;
  for (; left < right; left += 2, top += 2, right -= 2, bottom -= 2) {
    cv::line(spiral, {left, top}, {right, top}, 1);
    cv::line(spiral, {right, top}, {right, bottom}, 1);
    cv::line(spiral, {right, bottom}, {left, bottom}, 1);
    cv::line(spiral, {left, bottom}, {left, top + 2}, 1);
    cv::line(spiral, {left, top + 2}, {left + 2, top + 2}, 1);
  }
  CHECK(connected_runs(runs_above(span(spiral), 0)).pieces == 1);

  cv::Mat_<float> board(30, 30);
  for (int y = 0; y < 30; ++y)
    for (int x = 0; x < 30; ++x) board(y, x) = static_cast<float>((x + y) % 2);
  CHECK(connected_runs(runs_above(span(board), 0)).pieces == 450);
}

TEST_CASE("a map too large for its labels is refused") { CHECK_THROWS_AS(LabelMap(1 << 16, 1 << 16), Error); }
