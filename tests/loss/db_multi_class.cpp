#include <scriba/concepts.hpp>
#include <scriba/loss/db_multi_class.hpp>

#include <cmath>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;

static_assert(LossFor<loss::DbMultiClass, head::DbMultiClass> && !LossFor<loss::DbMultiClass, head::Db>);

TEST_CASE("class_cross_entropy by hand: background and ignored pixels do not count") {
  auto logits = at::zeros({1, 3, 1, 4}, at::kDouble);
  logits[0][1][0][2] = 2;
  const auto classes = at::tensor({0, 1, 2, -1}, at::kLong).reshape({1, 1, 4});
  const double second = std::log(2 + std::exp(2.0)) - 2;
  CHECK(loss::class_cross_entropy(logits, classes).item<double>() == doctest::Approx((std::log(3.0) + second) / 2));
  const auto gradient = gradients::of([&](const at::Tensor& x) { return loss::class_cross_entropy(x, classes); }, logits);
  CHECK(gradient.select(3, 0).abs().max().item<double>() == 0);
  CHECK(gradient.select(3, 3).abs().max().item<double>() == 0);
  CHECK(gradient.select(3, 1).abs().max().item<double>() > 0);
}

TEST_CASE("class_cross_entropy without text is 0 with zero gradient, and refuses classes that are not there") {
  const auto logits = at::randn({2, 3, 4, 4}, at::kDouble);
  const auto none = at::zeros({2, 4, 4}, at::kLong);
  CHECK(loss::class_cross_entropy(logits, none).item<double>() == 0);
  CHECK(gradients::of([&](const at::Tensor& x) { return loss::class_cross_entropy(x, none); }, logits).abs().max().item<double>() == 0);
  CHECK_THROWS_WITH_AS(loss::class_cross_entropy(logits, none + 4), doctest::Contains("expected 0 to 3, got 4"), Error);
  CHECK_THROWS_AS(loss::class_cross_entropy(logits, at::zeros({2, 4}, at::kLong)), Error);
}

TEST_CASE("DbMultiClass is Db and the classes") {
  torch::manual_seed(1);
  const auto map = [] { return at::rand({2, 1, 5, 6}, at::kDouble); };
  const head::DbMultiClassMaps maps{map(), map(), map(), at::randn({2, 3, 5, 6}, at::kDouble)};
  const auto zero_or_one = [](double share) { return (at::rand({2, 5, 6}) < share).to(at::kDouble); };
  const loss::DbTarget regions{zero_or_one(0.3), zero_or_one(0.9), at::rand({2, 5, 6}, at::kDouble), zero_or_one(0.5)};
  const auto classes = at::randint(4, {2, 5, 6}, at::kLong);
  const auto out = loss::DbMultiClass({.regions = {.threshold_weight = 3}, .class_weight = 2})(maps, {regions, classes});
  REQUIRE(out.terms.size() == 4);
  CHECK(out.terms.back().first == "class");
  CHECK(out.total.item<double>() == doctest::Approx(loss::Db({.threshold_weight = 3})(maps.regions(), regions).total.item<double>() +
                                                    2 * loss::class_cross_entropy(maps.class_logits, classes).item<double>()));
}
