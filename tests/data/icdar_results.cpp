#include <scriba/data/icdar_results.hpp>

#include <doctest/doctest.h>

#include <scriba/core/error.hpp>

using namespace scriba;
using data::parse_icdar_results;

TEST_CASE("results are written as they are read") {
  const std::vector<Polygon> regions{{{0, 0}, {9.4f, 0}, {9.6f, 8}, {0, 8}}, {{1, 1}, {5, 1}, {3, -4}}};
  CHECK(data::icdar_results(regions) == "0,0,9,0,10,8,0,8\n1,1,5,1,3,-4\n");
  const auto again = parse_icdar_results(data::icdar_results(regions), "res");
  REQUIRE(again.size() == 2);
  CHECK(again[1] == regions[1]);
  CHECK(parse_icdar_results("", "res").empty());
}

TEST_CASE("other lines are refused with their number") {
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,9,0,9,8,0,8\n\n0,0,9,0,9,8,0,8,word\n", "res"),
                       "cannot read labels: res, line 3: expected x1,y1,...,xn,yn with three corners or more, got '0,0,9,0,9,8,0,8,word'",
                       Error);
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,9,0\n", "res"), doctest::Contains("three corners"), Error);
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,0,8,9,8,9,0\n", "res", true), doctest::Contains("clockwise"), Error);
  CHECK_THROWS_WITH_AS(data::read_icdar_results("no/such/file.txt"), doctest::Contains("no/such/file.txt"), Error);
}
