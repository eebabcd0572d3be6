#include <scriba/geometry/reading_order.hpp>

#include <doctest/doctest.h>

using namespace scriba;

namespace {

TextRegion box(float x, float y, float w, float h) { return {.polygon = {{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}, .score = 1}; }

using Order = std::vector<std::size_t>;

}  // namespace

TEST_CASE("rows are read left to right, from top to bottom") {
  const std::vector<TextRegion> page{box(300, 104, 50, 20), box(10, 200, 50, 20), box(10, 100, 50, 20), box(150, 96, 50, 20)};
  for (const auto rule : {ReadingOrder::rows, ReadingOrder::pairwise, ReadingOrder::text_lines})
    CHECK(reading_order(page, rule) == Order{2, 3, 0, 1});
  CHECK(reading_order(page, ReadingOrder::as_found) == Order{0, 1, 2, 3});
}

TEST_CASE("large letters beside small ones share a line only by overlap") {
  // The tops differ by 15 pixels: two rows for the pixel rules, one line by overlap.
  const std::vector<TextRegion> page{box(200, 100, 80, 60), box(10, 115, 80, 40)};
  CHECK(reading_order(page, ReadingOrder::rows) == Order{0, 1});
  CHECK(reading_order(page, ReadingOrder::text_lines) == Order{1, 0});
}

TEST_CASE("no regions and one region") {
  for (const auto rule : {ReadingOrder::rows, ReadingOrder::pairwise, ReadingOrder::text_lines, ReadingOrder::as_found}) {
    CHECK(reading_order({}, rule).empty());
    CHECK(reading_order(std::vector<TextRegion>{box(1, 1, 2, 2)}, rule) == Order{0});
  }
}
