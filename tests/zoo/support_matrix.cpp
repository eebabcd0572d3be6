// The page that bench/support_matrix.cpp printed has a row for each detector that there is, and for no other.
#include <doctest/doctest.h>

#include <fstream>
#include <string>
#include <vector>

#include <scriba/zoo/trainable_detector.hpp>

TEST_CASE("docs/support_matrix.md lists the detectors of the zoo") {
  std::ifstream page(SCRIBA_SOURCE "/docs/support_matrix.md");
  REQUIRE(page.good());
  std::vector<std::string> names;
  for (std::string line; std::getline(page, line);)
    if (line.starts_with("| `")) names.push_back(line.substr(3, line.find('`', 3) - 3));
  CHECK(names == scriba::zoo::trainable_detector_names());
}
