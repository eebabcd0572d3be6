// The page that bench/support_matrix.cpp printed has a row for each detector and recogniser that there is, and for no other.
#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include <scriba/zoo/trainable_detector.hpp>
#include <scriba/zoo/trainable_recognizer.hpp>

using namespace scriba;

TEST_CASE("docs/support_matrix.md lists the detectors and recognisers of the zoo") {
  std::ifstream page(SCRIBA_SOURCE "/docs/support_matrix.md");
  REQUIRE(page.good());
  std::vector<std::string> names;
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `")) names.push_back(line.substr(3, line.find('`', 3) - 3));
  auto expected = zoo::trainable_detector_names();
  const auto& recognizers = zoo::trainable_recognizer_names();
  expected.insert(expected.end(), recognizers.begin(), recognizers.end());
  CHECK(names == expected);
}
