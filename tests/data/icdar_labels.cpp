#include <scriba/data/icdar_labels.hpp>

#include <doctest/doctest.h>

using namespace scriba;
using data::parse_icdar_labels, data::parse_icdar_results;

TEST_CASE("labels as ICDAR writes them") {
  const auto texts = parse_icdar_labels(
      "\xEF\xBB\xBF"
      "1,2,30,2,30,12,1,12,A,B\r\n\r\n-5,0,9.5,0,9,8,0,8,###\r\n0,0,9,0,9,8,0,8,\"say \\\"hi\\\"\"\n",
      "gt");
  REQUIRE(texts.size() == 3);
  CHECK(texts[0].transcription == "A,B");
  CHECK(texts[0].polygon == Polygon{{1, 2}, {30, 2}, {30, 12}, {1, 12}});
  CHECK_FALSE(texts[0].ignore);
  CHECK(texts[1].ignore);
  CHECK(texts[1].polygon[0] == Point(-5, 0));
  CHECK(texts[2].transcription == "say \"hi\"");
  CHECK(parse_icdar_labels("", "gt").empty());
}

TEST_CASE("labels with any number of corners") {
  const auto texts =
      parse_icdar_labels("0,0,9,0,12,4,9,8,0,8,curve\n0,0,9,0,9,8,###\n", "gt", {.transcription = data::Transcription::after_last_comma});
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].polygon.size() == 5);
  CHECK(texts[0].transcription == "curve");
  CHECK(texts[1].polygon.size() == 3);
  CHECK(texts[1].ignore);
}

TEST_CASE("other lines are refused with their number") {
  const auto refused = [](const char* content, const char* says, data::IcdarLabelOptions options = {}) {
    CHECK_THROWS_WITH_AS(parse_icdar_labels(content, "gt_img_7.txt", options), doctest::Contains(says), Error);
  };
  refused("0,0,9,0,9,8,0,8,a\n0,0,9,0,9,8,0\n", "gt_img_7.txt, line 2: expected x1,y1,x2,y2,x3,y3,x4,y4,text, got '0,0,9,0,9,8,0'");
  refused("0,0,9,0,9,8,0,x,a\n", "line 1");
  refused("0,0,9,0,9,8,0,nan,a\n", "line 1");
  refused("0,0,9,0,9,8,0,1e99,a\n", "line 1");
  refused("0,0,9,0,a\n", "three corners", {.transcription = data::Transcription::after_last_comma});
  refused("0,0,0,8,9,8,9,0,a\n", "clockwise", {.clockwise_only = true});
  CHECK_THROWS_WITH_AS(data::read_icdar_labels("no/such/file.txt"), doctest::Contains("no/such/file.txt"), Error);
}

TEST_CASE("results are written as they are read") {
  const std::vector<Polygon> regions{{{0, 0}, {9.4f, 0}, {9.6f, 8}, {0, 8}}, {{1, 1}, {5, 1}, {3, -4}}};
  CHECK(data::icdar_results(regions) == "0,0,9,0,10,8,0,8\n1,1,5,1,3,-4\n");
  const auto again = parse_icdar_results(data::icdar_results(regions), "res");
  REQUIRE(again.size() == 2);
  CHECK(again[1] == regions[1]);
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,9,0,9,8,0,8,word\n", "res"), doctest::Contains("res, line 1"), Error);
  CHECK_THROWS_WITH_AS(parse_icdar_results("0,0,0,8,9,8,9,0\n", "res", true), doctest::Contains("clockwise"), Error);
}
