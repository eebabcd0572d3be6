// Locality-aware non-maximum suppression against the reference's extension.
#include <scriba/geometry/lanms.hpp>

#include <doctest/doctest.h>

#include "support/golden.hpp"

using namespace scriba;

TEST_CASE("locality-aware suppression agrees with the reference") {
  const auto file = golden::shared() / "golden" / "postprocess" / "geometry_lanms.json";
  if (golden::absent(file)) {
    MESSAGE("skipped: all of this file");
    return;
  }
  const auto file_data = golden::json(file);
  int number = 0;
  for (const auto& data : file_data["cases"]) {
    INFO("case ", number++);
    std::vector<ScoredQuad> quads;
    for (const auto& row : data["input"]) {
      quads.emplace_back();
      for (std::size_t i = 0; i < 4; ++i) quads.back().corners[i] = {row[2 * i].get<double>(), row[2 * i + 1].get<double>()};
      quads.back().score = row[8].get<double>();
    }
    const auto got = locality_aware_nms(quads, data["threshold"].get<double>(), CornerPairing::reference);
    const auto& expected = data["output"];
    REQUIRE(got.size() == expected.size());
    for (std::size_t i = 0; i < got.size(); ++i) {
      INFO("quad ", i);
      for (std::size_t k = 0; k < 4; ++k) {
        CHECK(std::abs(got[i].corners[k].x - expected[i][2 * k].get<double>()) < 1e-3);
        CHECK(std::abs(got[i].corners[k].y - expected[i][2 * k + 1].get<double>()) < 1e-3);
      }
      CHECK(got[i].score == doctest::Approx(expected[i][8].get<double>()).epsilon(1e-5));
    }
  }
}
