#include <scriba/image/line.hpp>

#include <doctest/doctest.h>

#include <vector>

using scriba::LineSize;

TEST_CASE("PP-OCR's lines: 48 rows, a canvas of at least 320") {
  const LineSize size;
  CHECK(size.width({100, 20}) == 240);
  CHECK(size.canvas({100, 20}) == 320);
  CHECK(size.width({101, 20}) == 243);  // 242.4 rounds up
  CHECK(size.canvas({200, 20}) == 480);
  CHECK(size.canvas({201, 20}) == 512);
  CHECK(size.width({1, 5000}) == 1);
  CHECK(size.width({100000, 20}) == 3200);
  CHECK(size.squeezed({100000, 20}));
  CHECK_FALSE(size.squeezed({1000, 20}));
  CHECK_THROWS_AS(size.width({0, 20}), scriba::Error);
}

TEST_CASE("the reference's lines: 32 x 100, at least one column") {
  const auto size = scriba::crnn_line_size();
  CHECK(size.width({64, 64}) == 32);
  CHECK(size.width({33, 32}) == 33);
  CHECK(size.width({10, 500}) == 1);
  CHECK(size.width({500, 10}) == 100);
  CHECK(size.canvas({500, 10}) == 100);
  CHECK(size.canvas({5, 10}) == 100);
  CHECK(scriba::crnn_line_size(scriba::LineWidth::whole_fours).width({33, 32}) == 36);
}

TEST_CASE("a line is written at the left of its canvas, the rest is zero or black") {
  const cv::Mat crop(24, 48, CV_8UC3, cv::Scalar(255, 0, 0));
  for (const auto padding : {scriba::LinePadding::zero, scriba::LinePadding::black}) {
    const LineSize size{.height = 12, .min_canvas = 32, .padding = padding};
    REQUIRE(size.width(crop.size()) == 24);
    std::vector<float> out(3 * 12 * 32, 7.f);
    scriba::write_line(crop, size, {}, 32, out.data());
    const auto at = [&](int c, int y, int x) { return out[static_cast<std::size_t>((c * 12 + y) * 32 + x)]; };
    const float fill = padding == scriba::LinePadding::zero ? 0.f : -1.f;
    for (int c = 0; c < 3; ++c)
      for (int y = 0; y < 12; ++y)
        for (int x = 0; x < 32; ++x) CHECK(at(c, y, x) == doctest::Approx(x >= 24 ? fill : c == 0 ? 1.f : -1.f));
  }
  std::vector<float> grey(12 * 32);
  scriba::write_line(crop, {.height = 12, .min_canvas = 32}, {.order = scriba::ChannelOrder::grey}, 32, grey.data());
  CHECK(grey[0] == doctest::Approx(29 / 127.5 - 1).epsilon(1e-5));  // 0.114 * 255
  CHECK_THROWS_AS(scriba::write_line(crop, {.height = 12}, {}, 10, grey.data()), scriba::Error);
}
