// The loss of DB and its pieces.
#include <scriba/concepts.hpp>
#include <scriba/loss/db.hpp>

#include <cmath>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;

static_assert(LossFor<loss::Db, head::Db>);

namespace {

at::Tensor row(std::vector<double> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return at::tensor(values, at::kDouble).reshape({1, 1, size});
}

head::DbMaps maps(const at::Tensor& x) { return {x.narrow(1, 0, 1), x.narrow(1, 1, 1), x.narrow(1, 2, 1)}; }

loss::DbTarget random_target() {
  const auto zero_or_one = [](double share) { return (at::rand({2, 5, 6}) < share).to(at::kDouble); };
  return {zero_or_one(0.2), zero_or_one(0.9), at::rand({2, 5, 6}, at::kDouble), zero_or_one(0.5)};
}

}  // namespace

TEST_CASE("dice, balanced cross-entropy and masked L1 by hand") {
  const auto p = row({.9, .2, .6, .1, .3}), g = row({1, 0, 0, 0, 0}), m = row({1, 1, 1, 0, 1});
  CHECK(loss::dice(p, g, m).item<double>() == doctest::Approx(1 - 2 * .9 / (.81 + .04 + .36 + .09 + 1)));
  // One positive, so the two hardest negatives at a ratio of two: 0.6 and 0.3.
  CHECK(loss::balanced_cross_entropy(p, g, m, 2).item<double>() == doctest::Approx(-(std::log(.9) + std::log(.4) + std::log(.7)) / 3));
  CHECK(loss::masked_l1(p, g, m).item<double>() == doctest::Approx((.1 + .2 + .6 + .3) / 4));
  CHECK(loss::masked_l1(p, g, m * 0).item<double>() == 0);
}

TEST_CASE("Db: gradients by finite differences, and its weights") {
  torch::manual_seed(1);
  const auto target = random_target();
  const auto x = at::rand({2, 3, 5, 6}, at::kDouble) * 0.9 + 0.05;
  CHECK(gradients::largest_error([&](const at::Tensor& y) { return loss::Db()(maps(y), target).total; }, x) < 1e-6);
  const auto out = loss::Db({.shrink_weight = 2, .binary_weight = 3, .threshold_weight = 5})(maps(x), target);
  const auto term = [&](int i) { return out.terms[static_cast<std::size_t>(i)].second.item<double>(); };
  CHECK(out.total.item<double>() == doctest::Approx(2 * term(0) + 3 * term(1) + 5 * term(2)));
  CHECK(loss::Db()({x.narrow(1, 0, 1), {}, {}}, target).terms.size() == 1);
}

TEST_CASE("Db: empty targets are finite with zero gradient, saturated predictions too; others of other sizes are refused") {
  torch::manual_seed(2);
  const auto none = at::zeros({2, 5, 6}, at::kDouble), all = at::ones({2, 5, 6}, at::kDouble);
  for (const auto& x : {at::rand({2, 3, 5, 6}, at::kDouble), at::zeros({2, 3, 5, 6}, at::kDouble), at::ones({2, 3, 5, 6}, at::kDouble)})
    for (const auto& target : {loss::DbTarget{none, all, none, none}, loss::DbTarget{all, none, all, none}}) {
      const auto value = [&](const at::Tensor& y) { return loss::Db()(maps(y), target).total; };
      CHECK(std::isfinite(value(x).item<double>()));
      CHECK(gradients::of(value, x).abs().max().item<double>() == 0);
    }
  CHECK_THROWS_WITH_AS(loss::Db()(maps(at::rand({2, 3, 5, 6}, at::kDouble)), {all.unsqueeze(1), all, all, all}),
                       doctest::Contains("shrink: expected"), Error);
  CHECK_THROWS_WITH_AS(loss::Db()(maps(at::rand({2, 3, 5, 6}, at::kDouble)), {all, all, all, {}}), doctest::Contains("no tensor"), Error);
}
