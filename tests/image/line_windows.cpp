#include <scriba/image/line_windows.hpp>

#include <doctest/doctest.h>

using scriba::line_windows, scriba::LineSize;

TEST_CASE("a line that is not too long is one window") {
  for (const cv::Size crop : {cv::Size(1, 1), cv::Size(3200, 48), cv::Size(10, 500)}) {
    const auto windows = line_windows(crop, {});
    REQUIRE(windows.size() == 1);
    CHECK(windows[0] == cv::Range(0, crop.width));
  }
  CHECK_THROWS_AS(line_windows({0, 5}, {}), scriba::Error);
}

TEST_CASE("windows cover a long line, overlap, and need no squeezing") {
  for (const int height : {7, 20, 48, 90})
    for (const int max_width : {100, 640, 3200})
      for (const int longer : {1, 30, 1000, 20000}) {
        const LineSize size{.max_width = max_width};
        const cv::Size crop(max_width * height / 48 + longer, height);
        CAPTURE(crop.width);
        CAPTURE(height);
        const auto windows = line_windows(crop, size);
        REQUIRE(windows.size() >= 2);
        CHECK(windows.front().start == 0);
        CHECK(windows.back().end == crop.width);
        for (std::size_t i = 0; i < windows.size(); ++i) {
          CHECK(windows[i].size() == windows[0].size());
          CHECK_FALSE(size.squeezed({windows[i].size(), height}));
          if (i > 0) CHECK(windows[i - 1].end - windows[i].start >= std::min(4 * height, windows[0].size() / 2));
        }
      }
}
