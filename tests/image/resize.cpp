#include <scriba/image/resize.hpp>

#include <doctest/doctest.h>

#include <random>

using scriba::DetectorResize;
using scriba::PageLimits;
using scriba::ResizeSide;

TEST_CASE("PP-OCR's rule: shorter side at least 736, halves of 32 round to even") {
  const DetectorResize rule;
  CHECK(rule(cv::Size(960, 640)) == cv::Size(1088, 736));  // 1104 / 32 = 34.5
  CHECK(rule(cv::Size(1280, 736)) == cv::Size(1280, 736));
  CHECK(rule(cv::Size(1000, 800)) == cv::Size(992, 800));   // 31.25
  CHECK(rule(cv::Size(1008, 816)) == cv::Size(1024, 832));  // 31.5 -> 32, 25.5 -> 26
}

TEST_CASE("exactly at halves") {
  const DetectorResize never_enlarge{.by = ResizeSide::longer_at_most, .side = 4000};
  CHECK(never_enlarge(cv::Size(80, 48)) == cv::Size(64, 64));        // 2.5 -> 2, 1.5 -> 2
  CHECK(never_enlarge(cv::Size(112, 144)) == cv::Size(128, 128));    // 3.5 -> 4, 4.5 -> 4
  CHECK(never_enlarge(cv::Size(8000, 500)) == cv::Size(4000, 256));  // longer side shrinks to the limit
}

TEST_CASE("the reference's rules round the other side up") {
  const DetectorResize db{.by = ResizeSide::shorter, .side = 736}, pse{.by = ResizeSide::longer, .side = 2240},
      sast{.by = ResizeSide::longer, .side = 1536, .multiple = 128};
  CHECK(db(cv::Size(1280, 720)) == cv::Size(1312, 736));
  CHECK(pse(cv::Size(1280, 720)) == cv::Size(2240, 1280));
  CHECK(sast(cv::Size(1280, 720)) == cv::Size(1536, 896));
}

TEST_CASE("any image gives a network size within bounds") {
  std::mt19937 random(5);
  std::vector<DetectorResize> rules;
  for (const auto by : {ResizeSide::shorter_at_least, ResizeSide::shorter, ResizeSide::longer, ResizeSide::longer_at_most})
    for (const auto& [side, multiple] :
         {std::pair{736, 32}, std::pair{2240, 32}, std::pair{1536, 128}, std::pair{64, 32}, std::pair{32, 32}}) {
      rules.push_back({.by = by, .side = side, .multiple = multiple});
      rules.push_back({.by = by, .side = side, .multiple = multiple, .max_side = 1000, .max_pixels = 200'000});
    }
  std::vector<cv::Size> sizes{{1, 1},          {1, 5000},      {5000, 1},    {20000, 20}, {20, 20000}, {2147483647, 1},
                              {1, 2147483647}, {65500, 65500}, {4096, 4096}, {31, 33},    {717, 51}};
  for (int i = 0; i < 3000; ++i) sizes.emplace_back(1 + static_cast<int>(random() % 4096), 1 + static_cast<int>(random() % 4096));
  for (int side = 1; side <= 100; ++side) sizes.emplace_back(side, 64), sizes.emplace_back(64, side);
  for (const auto& rule : rules)
    for (const auto& size : sizes) {
      const auto out = rule(size);
      const bool good = out.width >= rule.multiple && out.height >= rule.multiple && out.width % rule.multiple == 0 &&
                        out.height % rule.multiple == 0 && out.width <= rule.max_side && out.height <= rule.max_side &&
                        static_cast<std::int64_t>(out.width) * out.height <= rule.max_pixels;
      if (!good) FAIL_CHECK(rule.describe() << ": " << size.width << "x" << size.height << " -> " << out.width << "x" << out.height);
    }
}

TEST_CASE("limits that matter shrink both sides alike") {
  const DetectorResize rule{.by = ResizeSide::shorter, .side = 736, .max_side = 1472};
  CHECK(rule(cv::Size(4000, 1000)) == cv::Size(1472, 352));
  CHECK(rule(cv::Size(1000, 1000)) == cv::Size(736, 736));
}

TEST_CASE("settings and images that make no sense are refused") {
  CHECK_THROWS_AS(DetectorResize{}(cv::Size(0, 10)), scriba::Error);
  CHECK_THROWS_AS(DetectorResize{.side = 0}(cv::Size(10, 10)), scriba::Error);
  CHECK_THROWS_AS(DetectorResize{.multiple = 0}(cv::Size(10, 10)), scriba::Error);
  CHECK_THROWS_AS(DetectorResize{.max_side = 31}(cv::Size(10, 10)), scriba::Error);
  CHECK_THROWS_AS(DetectorResize{.max_pixels = 1000}(cv::Size(10, 10)), scriba::Error);
}

TEST_CASE("a resized image knows the way back") {
  const auto out = DetectorResize{}.resized(cv::Mat(640, 960, CV_8UC3, cv::Scalar::all(9)));
  CHECK(out.image.size() == cv::Size(1088, 736));
  CHECK(out.source == cv::Size(960, 640));
  CHECK(out.scale.x == doctest::Approx(960.0 / 1088));
  CHECK(out.scale.y == doctest::Approx(640.0 / 736));
  CHECK(DetectorResize{}.describe() == "shorter side at least 736, multiples of 32, up to 4096 px a side and 6000000 px in all");
}

TEST_CASE("pages: long ones shrink, thin ones grow, flat ones get black rows") {
  const PageLimits limits;
  const auto at = [&](int width, int height) { return limits(cv::Mat(height, width, CV_8UC3, cv::Scalar::all(255))); };
  {
    const cv::Mat page(500, 800, CV_8UC3, cv::Scalar::all(1));
    const auto same = limits(page);
    CHECK(same.page.data == page.data);
    CHECK(same.scale == cv::Point2d(1, 1));
    CHECK(same.padding_top == 0);
  }
  {
    const auto big = at(4000, 3000);  // ratio 0.5: 2000 / 32 = 62.5 -> 62, 1500 / 32 = 46.9 -> 47
    CHECK(big.page.size() == cv::Size(1984, 1504));
    CHECK(big.scale.x == doctest::Approx(4000.0 / 1984));
    CHECK(big.scale.y == doctest::Approx(3000.0 / 1504));
  }
  {
    const auto flat = at(900, 100);  // wider than 8 times its height: |2 * 112 - 100| / 2 rows
    CHECK(flat.page.size() == cv::Size(900, 100 + 2 * 62));
    CHECK(flat.padding_top == 62);
    CHECK(flat.page.at<cv::Vec3b>(61, 0) == cv::Vec3b(0, 0, 0));
    CHECK(flat.page.at<cv::Vec3b>(62, 0) == cv::Vec3b(255, 255, 255));
  }
  {
    const auto low = at(100, 30);  // at most 30 rows
    CHECK(low.padding_top == 15);
  }
  for (const auto& [w, h] :
       {std::pair{1, 1}, std::pair{1, 5000}, std::pair{5000, 1}, std::pair{20000, 20}, std::pair{20, 20000}, std::pair{29, 1999}}) {
    const auto out = at(w, h);
    CAPTURE(w);
    CAPTURE(h);
    CHECK(out.page.cols <= 2080);
    CHECK(out.page.rows <= 2080);
    CHECK(std::min(out.page.cols, out.page.rows) >= 30);
    // The corner of the page comes back to the corner of the source.
    CHECK(out.page.cols * out.scale.x == doctest::Approx(w));
    CHECK((out.page.rows - 2 * out.padding_top) * out.scale.y == doctest::Approx(h));
  }
  CHECK_THROWS_AS(limits(cv::Mat()), scriba::Error);
}

TEST_CASE("padding to a canvas") {
  const cv::Mat image(2, 3, CV_8UC3, cv::Scalar::all(9));
  const cv::Mat out = scriba::padded_to(image, {5, 4});
  CHECK(out.size() == cv::Size(5, 4));
  CHECK(out.at<cv::Vec3b>(1, 2) == cv::Vec3b(9, 9, 9));
  CHECK(out.at<cv::Vec3b>(3, 4) == cv::Vec3b(0, 0, 0));
  CHECK_THROWS_AS(scriba::padded_to(image, {2, 4}), scriba::Error);
}
