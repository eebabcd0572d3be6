#include <scriba/metric/ctw1500.hpp>
#include <scriba/metric/icdar2015.hpp>
#include <scriba/metric/msra_td500.hpp>
#include <scriba/metric/total_text.hpp>

#include <scriba/data/icdar_results.hpp>
#include <scriba/data/page_labels.hpp>
#include "support/golden.hpp"

using namespace scriba;
using nlohmann::json;
using target::TextAnnotation;

namespace {

constexpr double kTolerance = 1e-6;

Polygon polygon(const json& points) {
  Polygon out;
  for (const auto& p : points) out.emplace_back(p[0].get<float>(), p[1].get<float>());
  return out;
}

std::vector<Polygon> polygons(const json& list) {
  std::vector<Polygon> out;
  for (const auto& points : list) out.push_back(polygon(points));
  return out;
}

void check_score(const metric::DetectionScore& score, const json& expected) {
  CHECK(score.precision == doctest::Approx(expected["precision"].get<double>()).epsilon(kTolerance));
  CHECK(score.recall == doctest::Approx(expected["recall"].get<double>()).epsilon(kTolerance));
  CHECK(score.hmean() == doctest::Approx(expected["hmean"].get<double>()).epsilon(kTolerance));
}

// The rules of `result`, or those of `result_variant`.
void check_icdar(const json& test, const json& expected, bool official) {
  const data::PageLabelOptions labels{.form = official ? data::PageForm::icdar2015 : data::PageForm::polygons, .clockwise_only = official};
  metric::Icdar2015 protocol;
  const auto score_image = [&](const std::string& image, const std::string& content) {
    const auto detections = test["det"].contains(image)
                                ? data::parse_icdar_results(test["det"][image].get<std::string>(), "res_img_" + image, official)
                                : std::vector<Polygon>();
    return protocol.add(data::parse_page_labels(content, "gt_img_" + image, labels), detections);
  };
  for (const auto& [image, content] : test["gt"].items()) {
    CAPTURE(image);
    if (expected.contains("raises")) {
      CHECK_THROWS_WITH_AS(score_image(image, content), doctest::Contains("clockwise"), Error);
      continue;
    }
    const auto got = score_image(image, content);
    const auto& wanted = expected["per_image"][image];
    check_score(got.score, wanted);
    json pairs = json::array();
    for (const auto& match : got.matches) pairs.push_back({{"gt", match.truth}, {"det", match.detection}});
    CHECK(pairs == wanted["pairs"]);
    CHECK(json(got.ignored_truths) == wanted["gt_dont_care"]);
    CHECK(json(got.ignored_detections) == wanted["det_dont_care"]);
  }
  if (!expected.contains("raises")) check_score(protocol.score(), expected["method"]);
}

// Every case of a file, `truths(image)` its annotations.
template <class Protocol, class Truths>
void check_polygons(const char* file, const Truths& truths) {
  const auto path = golden::shared() / "golden/metrics" / file;
  if (golden::absent(path)) return;
  for (const auto& test : golden::json(path)["cases"]) {
    CAPTURE(test["name"]);
    Protocol protocol;
    for (const auto& [name, image] : test["images"].items()) protocol.add(truths(image), polygons(image["det"]));
    check_score(protocol.score(), test["result"]);
  }
}

}  // namespace

TEST_CASE("ICDAR 2015 scores equal the official program's") {
  const auto path = golden::shared() / "golden/metrics/icdar2015.json";
  if (golden::absent(path)) return;
  for (const auto& test : golden::json(path)["cases"]) {
    CAPTURE(test["name"]);
    check_icdar(test, test["result"], true);
    check_icdar(test, test["result_variant"], false);
  }
}

TEST_CASE("Total-Text scores equal the official program's") {
  check_polygons<metric::TotalText>("total_text.json", [](const json& image) {
    std::vector<TextAnnotation> out;
    for (const auto& text : image["gt"]) out.push_back({.polygon = polygon(text["points"]), .ignore = text["orientation"] == "#"});
    return out;
  });
  const auto path = golden::shared() / "golden/metrics/total_text.json";
  if (golden::absent(path)) return;
  for (const auto& test : golden::json(path)["cases"])
    for (const auto& wanted : test["result"]["per_image"]) {
      CAPTURE(test["name"]);
      const auto& image = test["images"][wanted["image"].get<std::string>()];
      std::vector<TextAnnotation> truths;
      for (const auto& text : image["gt"]) truths.push_back({.polygon = polygon(text["points"]), .ignore = text["orientation"] == "#"});
      const auto got = metric::TotalText().add(truths, polygons(image["det"]));
      CHECK(got.score.precision == doctest::Approx(wanted["precision"].get<double>()).epsilon(kTolerance));
      CHECK(got.score.recall == doctest::Approx(wanted["recall"].get<double>()).epsilon(kTolerance));
    }
}

TEST_CASE("CTW1500 scores equal the official program's") {
  check_polygons<metric::Ctw1500>("ctw1500.json", [](const json& image) {
    std::vector<TextAnnotation> out;
    for (const auto& points : image["gt"]) out.push_back({.polygon = polygon(points)});
    return out;
  });
}

TEST_CASE("MSRA-TD500 scores equal the official program's") {
  check_polygons<metric::MsraTd500>("msra_td500.json", [](const json& image) {
    std::vector<TextAnnotation> out;
    for (std::size_t i = 0; i < image["gt_quads"].size(); ++i) {
      const auto line = image["gt_lines"][i].get<std::string>();
      out.push_back({.polygon = polygon(image["gt_quads"][i]), .ignore = line.substr(line.find(' ') + 1).starts_with("1")});
    }
    return out;
  });
}
