#include <scriba/train/overfit.hpp>

#include <doctest/doctest.h>

#include "train/training_net.hpp"

using namespace scriba;

TEST_CASE("a network that learns a batch lowers its loss") {
  const auto net = training::net();
  const auto batch = training::batch(1);
  const auto result = train::overfit_one_batch(net, {.rate = 0.02, .steps = 25}, [&] { return training::loss(*net, batch); });
  REQUIRE(result.losses.size() == 25);
  CHECK(result.fell());
  CHECK(result.losses.back() < result.losses.front());
  CHECK(result.line().find(" in 25 steps") != std::string::npos);
}

TEST_CASE("one that cannot learn it does not") {
  const auto net = training::net();
  const auto batch = training::batch(1);
  const auto stuck = train::overfit_one_batch(net, {.rate = 1e-12, .steps = 6}, [&] { return training::loss(*net, batch); });
  CHECK_FALSE(stuck.fell(0.5));
  CHECK_THROWS_WITH_AS(train::overfit_one_batch(net, {.steps = 1}, [&] { return training::loss(*net, batch); }),
                       doctest::Contains("2 or more"), Error);
}

TEST_CASE("what counts as falling") {
  CHECK(train::Overfit{{1, 0.5, 0.95, 0.8, 0.95}}.fell());
  CHECK_FALSE(train::Overfit{{1, 0.5, 0.95, 0.92, 0.95}}.fell());
  CHECK(train::Overfit{{1, 0.5}}.fell());
  CHECK_FALSE(train::Overfit{{1}}.fell());
  CHECK_FALSE(train::Overfit{{0.2, 0.3, 0.4}}.fell());
}
