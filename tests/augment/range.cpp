#include <scriba/augment/range.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace scriba;
using namespace scriba::augment;

TEST_CASE("ranges and values out of bounds are refused by name") {
  CHECK_NOTHROW(require_range("A::b", Range{0, 1}, 0, 1));
  CHECK_NOTHROW(require_range("A::b", Range{0.5, 0.5}, 0, 1));
  CHECK_NOTHROW(require_range("A::b", WholeRange{-2, 3}, -2, 3));
  CHECK_NOTHROW(require_value("A::b", 1, 0, 1));
  CHECK_THROWS_WITH_AS(require_range("A::b", Range{0.5, 0.25}, 0, 1),
                       "bad augmentation settings: A::b: expected a range, low <= high, within 0 .. 1, got 0.5 .. 0.25", Error);
  CHECK_THROWS_WITH_AS(require_value("A::b", 1.5, 0, 1), "bad augmentation settings: A::b: expected 0 .. 1, got 1.5", Error);
  const double nan = std::numeric_limits<double>::quiet_NaN();
  for (const Range& bad : {Range{-0.1, 1}, Range{0, 1.1}, Range{nan, 1}, Range{0, nan}})
    CHECK_THROWS_AS(require_range("A::b", bad, 0, 1), Error);
  CHECK_THROWS_AS(require_range("A::b", Range{0, kNoLimit}, 0, kNoLimit), Error);
  CHECK_THROWS_AS(require_range("A::b", WholeRange{3, 2}, 0, 9), Error);
  CHECK_THROWS_AS(require_value("A::b", nan, 0, 1), Error);
}
