#include <scriba/train/alphabet_coverage.hpp>

#include <doctest/doctest.h>

using namespace scriba;

TEST_CASE("what an alphabet lacks is counted, the most frequent first") {
  train::AlphabetCoverage coverage(Alphabet::from_line("abc"));
  for (const auto* text : {"cab", "aéxb", "éb", "Ü", ""}) coverage.add(text);
  CHECK(coverage.missing() == std::vector<std::pair<std::string, std::int64_t>>{{"é", 2}, {"x", 1}, {"Ü", 1}});
  CHECK(coverage.report().texts == 5);
  CHECK(coverage.unusable_share() == doctest::Approx(4. / 5));
  CHECK(coverage.line() == "5 texts, 4 unknown characters, 3 left out for them, 1 empty; lacking: é 2, x 1, Ü 1");
  CHECK(coverage.line(1) == "5 texts, 4 unknown characters, 3 left out for them, 1 empty; lacking: é 2, ...");
}

TEST_CASE("texts that are no UTF-8, and no texts at all") {
  train::AlphabetCoverage coverage(Alphabet::from_line("abc"));
  CHECK(coverage.unusable_share() == 0);
  CHECK(coverage.line() == "0 texts");
  coverage.add("a\xFF");
  coverage.add("abc");
  CHECK(coverage.missing().empty());
  CHECK(coverage.unusable_share() == 0.5);
}
