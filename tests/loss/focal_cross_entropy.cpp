#include <scriba/loss/focal_cross_entropy.hpp>

#include <cmath>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("focal_cross_entropy by hand") {
  const auto row = [](std::vector<double> v) { return at::tensor(v, at::kDouble).reshape({1, 3}); };
  const auto p = row({.8, .3, .9}), g = row({1, 0, 1}), m = row({1, 1, 0});
  const double text = -.25 * .04 * std::log(.8), background = -.75 * .09 * std::log(.7);
  CHECK(loss::focal_cross_entropy(p, g, m).item<double>() == doctest::Approx((text + background) / 3).epsilon(1e-5));
  // Without focus and with equal weights it is half the cross-entropy.
  CHECK(loss::focal_cross_entropy(p, g, row({1, 1, 1}), 0.5, 0).item<double>() ==
        doctest::Approx(-(std::log(.8) + std::log(.7) + std::log(.9)) / 6).epsilon(1e-5));
}

TEST_CASE("focal_cross_entropy: gradients by finite differences; masked pixels get none, 0 and 1 are finite") {
  torch::manual_seed(1);
  const auto p = at::rand({2, 4, 5}, at::kDouble) * 0.9 + 0.05, g = (at::rand({2, 4, 5}) < 0.4).to(at::kDouble);
  const auto m = (at::rand({2, 4, 5}) < 0.7).to(at::kDouble);
  const auto value = [&](const at::Tensor& x) { return loss::focal_cross_entropy(x, g, m); };
  CHECK(gradients::largest_error(value, p) < 1e-6);
  CHECK((gradients::of(value, p) * (1 - m)).abs().max().item<double>() == 0);
  for (const auto& x : {at::zeros_like(p), at::ones_like(p)}) {
    CHECK(std::isfinite(value(x).item<double>()));
    CHECK(gradients::of(value, x).isfinite().all().item<bool>());
  }
}
