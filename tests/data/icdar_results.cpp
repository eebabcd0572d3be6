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

TEST_CASE("readings are written as they are read") {
  const std::vector<metric::ReadText> readings{{{{0, 0}, {9.4f, 0}, {9.6f, 8}, {0, 8}}, "1,000 \"net\""},
                                               {{{1, 1}, {5, 1}, {5, 4}, {1, 4}}, "###"},
                                               {{{0, 0}, {10, 0}, {20, 0}, {20, 10}, {0, 10}}, "two\r\nlines "}};
  const auto file = data::icdar_readings(readings);
  CHECK(file.starts_with("0,0,9,0,10,8,0,8,1,000 \"net\"\n1,1,5,1,5,4,1,4,###\n"));
  const auto again = data::parse_icdar_readings(file, "res");
  REQUIRE(again.size() == 3);
  CHECK(again[0].text == readings[0].text);  // commas and quotes belong to it
  CHECK(again[0].polygon == Polygon{{0, 0}, {9, 0}, {10, 8}, {0, 8}});
  CHECK(again[1].text == "###");
  CHECK(again[2].text == "two  lines ");
  CHECK(again[2].polygon.size() == 4);
  CHECK(area(again[2].polygon) == doctest::Approx(200));
  CHECK(data::icdar_readings(again) == file);
  CHECK(data::parse_icdar_readings("0,0,9,0,9,8,0,8,\r\n", "res").at(0).text.empty());
  CHECK(data::parse_icdar_readings("", "res").empty());
}

TEST_CASE("other lines of readings are refused with their number") {
  const auto refused = [](const char* content) {
    CHECK_THROWS_WITH_AS(data::parse_icdar_readings(content, "res"),
                         doctest::Contains("res, line 2: expected x1,y1,x2,y2,x3,y3,x4,y4,text, in UTF-8, got '"), Error);
  };
  refused("0,0,9,0,9,8,0,8,word\n0,0,9,0,9,8,0,8\n");  // a detector's
  refused("\n0,0,9,0,9,x,0,8,word\n");
  refused("\nword\n");
  refused("\n0,0,9,0,9,8,0,8,\xff\n");
  CHECK_THROWS_WITH_AS(data::read_icdar_readings("no/such/file.txt"), doctest::Contains("no/such/file.txt"), Error);
}

TEST_CASE("other lines are refused with their number") {
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,9,0,9,8,0,8\n\n0,0,9,0,9,8,0,8,word\n", "res"),
                       "cannot read labels: res, line 3: expected x1,y1,...,xn,yn with three corners or more, got '0,0,9,0,9,8,0,8,word'",
                       Error);
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,9,0\n", "res"), doctest::Contains("three corners"), Error);
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,0,8,9,8,9,0\n", "res", true), doctest::Contains("clockwise"), Error);
  CHECK_THROWS_WITH_AS(data::read_icdar_results("no/such/file.txt"), doctest::Contains("no/such/file.txt"), Error);
}
