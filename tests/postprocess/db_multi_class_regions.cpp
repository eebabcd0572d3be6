#include <scriba/postprocess/db_multi_class_regions.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace scriba;
using namespace scriba::postprocess;

namespace {

// A slanted text of class 1 in the middle of a field of class 2, and a straight one of class 0.
struct Drawn {
  cv::Mat_<float> probability = cv::Mat_<float>(120, 240, 0.f);
  cv::Mat_<unsigned char> classes = cv::Mat_<unsigned char>(120, 240, static_cast<unsigned char>(2));

  Drawn() {
    draw({{70, 60}, {110, 12}, 40}, 1);
    draw({{180, 60}, {80, 20}, 0}, 0);
  }

  void draw(const cv::RotatedRect& text, int kind) {
    std::array<cv::Point2f, 4> corners;
    text.points(corners.data());
    const std::vector<cv::Point> whole(corners.begin(), corners.end());
    cv::fillPoly(probability, whole, cv::Scalar(0.95));
    cv::fillPoly(classes, whole, cv::Scalar(kind));
  }

  std::vector<cv::Mat_<float>> logits() const {
    std::vector<cv::Mat_<float>> maps(3, cv::Mat_<float>());
    for (int c = 0; c < 3; ++c) {
      maps[static_cast<std::size_t>(c)].create(classes.size());
      for (int y = 0; y < classes.rows; ++y)
        for (int x = 0; x < classes.cols; ++x) maps[static_cast<std::size_t>(c)](y, x) = classes(y, x) == c ? 2.f : -1.f;
    }
    return maps;
  }
};

std::vector<int> classes_of(std::vector<TextRegion> regions) {
  std::sort(regions.begin(), regions.end(), [](const auto& a, const auto& b) { return a.polygon[0].x < b.polygon[0].x; });
  std::vector<int> out;
  for (const auto& region : regions) out.push_back(region.class_id);
  return out;
}

}  // namespace

TEST_CASE("the pixels inside a region vote for its class") {
  const Drawn drawn;
  for (const auto shape : {RegionShape::quad, RegionShape::polygon}) {
    const DbMultiClassBoxesOptions options{.boxes = {.shape = shape}};
    CHECK(classes_of(db_multi_class_regions(drawn.probability, drawn.classes, drawn.probability.size(), options)) == std::vector{1, 0});
    CHECK(classes_of(db_multi_class_regions(drawn.probability, drawn.logits(), drawn.probability.size(), options)) == std::vector{1, 0});
  }
}

TEST_CASE("the reference's rectangle lets the surroundings vote") {
  const Drawn drawn;
  const DbMultiClassBoxesOptions options{.vote = ClassVote::bounding_rectangle};
  CHECK(classes_of(db_multi_class_regions(drawn.probability, drawn.classes, drawn.probability.size(), options)) == std::vector{2, 0});
}

TEST_CASE("regions are those of DB without classes") {
  const Drawn drawn;
  const cv::Size source(480, 360);
  const auto with = db_multi_class_regions(drawn.probability, drawn.classes, source), without = db_regions(drawn.probability, source);
  REQUIRE(with.size() == without.size());
  REQUIRE(with.size() == 2);
  for (std::size_t i = 0; i < with.size(); ++i) {
    CHECK(with[i].polygon == without[i].polygon);
    CHECK(with[i].score == without[i].score);
  }
}

TEST_CASE("ties go to the first class, broken logits do not vote") {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  Drawn drawn;
  for (int y = 0; y < 120; ++y)
    for (int x = 0; x < 240; ++x) drawn.classes(y, x) = static_cast<unsigned char>(2 - (x + y) % 2);
  for (const int kind : classes_of(db_multi_class_regions(drawn.probability, drawn.classes, drawn.probability.size())))
    CHECK((kind == 1 || kind == 2));
  auto logits = drawn.logits();
  logits[1] = nan;
  logits[2] = nan;
  CHECK(classes_of(db_multi_class_regions(drawn.probability, logits, drawn.probability.size())) == std::vector{0, 0});
  logits[0] = nan;
  CHECK(classes_of(db_multi_class_regions(drawn.probability, logits, drawn.probability.size())) == std::vector{0, 0});
  logits.assign(3, cv::Mat_<float>(120, 240, 1.f));
  CHECK(classes_of(db_multi_class_regions(drawn.probability, logits, drawn.probability.size())) == std::vector{0, 0});
}

TEST_CASE("class maps that do not fit are refused") {
  const Drawn drawn;
  CHECK_THROWS_AS(db_multi_class_regions(drawn.probability, std::vector<cv::Mat_<float>>(), drawn.probability.size()), Error);
  CHECK_THROWS_AS(
      db_multi_class_regions(drawn.probability, std::vector<cv::Mat_<float>>{cv::Mat_<float>(5, 5, 0.f)}, drawn.probability.size()), Error);
  CHECK_THROWS_AS(
      db_multi_class_regions(drawn.probability, cv::Mat_<unsigned char>(5, 5, static_cast<unsigned char>(0)), drawn.probability.size()),
      Error);
  CHECK(db_multi_class_regions({}, std::vector<cv::Mat_<float>>(2), cv::Size(10, 10)).empty());
}
