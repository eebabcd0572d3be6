#include <scriba/train/collapse.hpp>

#include <doctest/doctest.h>

#include <cmath>

using namespace scriba;

namespace {

train::Scores terms(double variation) { return {{"total", 1}, {"variation", variation}}; }

}  // namespace

TEST_CASE("a network has collapsed after as many dead steps in a row as were asked for") {
  train::CollapseWatch watch({.term = "variation", .least = 0.01, .steps = 3});
  for (const double dead : {0.001, 0.002}) CHECK_FALSE(watch.see(terms(dead)));
  CHECK_FALSE(watch.see(terms(0.01)));  // alive
  CHECK_FALSE(watch.see(terms(0)));
  CHECK_FALSE(watch.see(terms(0.005)));
  CHECK(watch.see(terms(0.004)));
  CHECK(std::string(watch.error(70).what()) ==
        "the network has collapsed: it gives the same for whatever it sees: step 70: expected variation above 0.01; try a lower learning "
        "rate, a longer warm-up, or go back to an earlier checkpoint, got 0.004 after 3 steps below it");
}

TEST_CASE("it is said once, and again after the network has recovered") {
  train::CollapseWatch watch({.term = "variation", .steps = 2});
  int said = 0;
  for (int i = 0; i < 10; ++i) said += watch.see(terms(0));
  CHECK(said == 1);
  watch.see(terms(1));
  for (int i = 0; i < 10; ++i) said += watch.see(terms(0));
  CHECK(said == 2);
}

TEST_CASE("nothing is watched without a term, or with no steps; numbers that are none are no collapse") {
  CHECK_FALSE(train::CollapseWatch({}).see(terms(0)));
  train::CollapseWatch never({.term = "variation", .steps = 0}), watch({.term = "variation", .steps = 1});
  CHECK_FALSE(never.see(terms(0)));
  CHECK_FALSE(never.see(terms(1)));
  CHECK_FALSE(watch.see(terms(std::nan(""))));
  CHECK_THROWS_WITH_AS(watch.see({{"total", 1}}), doctest::Contains("cannot watch for a collapse: variation"), Error);
}
