#include <scriba/concepts.hpp>
#include <scriba/head/pan.hpp>
#include <scriba/loss/pse.hpp>

#include <cmath>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using loss::LossForm;

static_assert(LossFor<loss::Pse, head::Pse> && !LossFor<loss::Pse, head::Pan>);

namespace {

loss::PseTarget random_target(std::int64_t samples, std::int64_t kernels) {
  const auto text = (at::rand({samples, 6, 8}) < 0.3).to(at::kDouble);
  return {text, text.unsqueeze(1) * (at::rand({samples, kernels, 6, 8}) < 0.7), (at::rand({samples, 6, 8}) < 0.9).to(at::kDouble)};
}

}  // namespace

TEST_CASE("Pse: two pixels by hand") {
  // Text is predicted with 0.5 + on the first pixel only; the kernel is 0.5 on both.
  const auto logits = at::tensor({2.0, -2.0, 0.0, 0.0}, at::kDouble).reshape({1, 2, 1, 2});
  const auto one = at::ones({1, 1, 2}, at::kDouble);
  const loss::PseTarget target{one, one.unsqueeze(1), one};
  const auto out = loss::Pse({.text_weight = 0.6})({logits}, target);
  const double a = 1 / (1 + std::exp(-2.0)), b = 1 - a;
  const double text = 1 - 2 * (a + b) / (a * a + b * b + 2), kernel = 1 - 2 * 0.5 / (0.25 + 1);
  CHECK(out.terms[0].second.item<double>() == doctest::Approx(text).epsilon(1e-5));
  CHECK(out.terms[1].second.item<double>() == doctest::Approx(kernel).epsilon(1e-5));
  CHECK(out.total.item<double>() == doctest::Approx(0.6 * text + 0.4 * kernel).epsilon(1e-5));
}

TEST_CASE("the kernel loss of Pse is the mean over kernels and samples") {
  torch::manual_seed(1);
  const auto target = random_target(3, 4);
  const auto logits = at::randn({3, 5, 6, 8}, at::kDouble);
  const auto found = ((logits.select(1, 0).sigmoid() > 0.5) & (target.mask > 0.5)).to(at::kDouble);
  double sum = 0;
  for (int k = 0; k < 4; ++k) sum += loss::dice(logits.select(1, k + 1).sigmoid(), target.kernels.select(1, k), found).item<double>();
  CHECK(loss::Pse()({logits}, target).terms[1].second.item<double>() == doctest::Approx(sum / 4));
}

TEST_CASE("Pse: gradients by finite differences") {
  torch::manual_seed(2);
  const auto target = random_target(2, 3);
  for (const auto form : {LossForm::corrected, LossForm::reference})
    CHECK(gradients::largest_error([&](const at::Tensor& x) { return loss::Pse({.form = form})({x}, target).total; },
                                   at::randn({2, 4, 6, 8}, at::kDouble)) < 1e-6);
}

TEST_CASE("Pse: empty targets are finite with zero gradient; others of other sizes are refused") {
  const auto nothing = at::zeros({2, 6, 8}, at::kDouble), all = at::ones({2, 6, 8}, at::kDouble);
  const auto kernels = [](const at::Tensor& map) { return map.unsqueeze(1).expand({2, 3, 6, 8}); };
  for (const auto& empty : {loss::PseTarget{nothing, kernels(nothing), all}, loss::PseTarget{all, kernels(all), nothing}}) {
    const auto value = [&](const at::Tensor& x) { return loss::Pse()({x}, empty).total; };
    const auto logits = at::randn({2, 4, 6, 8}, at::kDouble) * 30;
    CHECK(std::isfinite(value(logits).item<double>()));
    CHECK(gradients::of(value, logits).abs().max().item<double>() == 0);
  }
  CHECK_THROWS_WITH_AS(loss::Pse()({at::randn({2, 5, 6, 8}, at::kDouble)}, {all, kernels(all), all}), doctest::Contains("kernels"), Error);
}
