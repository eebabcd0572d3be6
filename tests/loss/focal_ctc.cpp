#include <scriba/concepts.hpp>
#include <scriba/loss/focal_ctc.hpp>

#include <cmath>

#include "loss/sequences.hpp"
#include "support/gradients.hpp"

using namespace scriba;
using sequences::sequence;
using sequences::target;
using sequences::term;

static_assert(LossFor<loss::FocalCtc, head::Ctc>);

TEST_CASE("focal_ctc by hand: a text read with probability one half") {
  const auto each = at::tensor({std::log(2.0)}, at::kDouble);
  CHECK(loss::focal_ctc(each, 0.5, 2).item<double>() == doctest::Approx(0.5 * 0.25 * std::log(2.0)));
  CHECK(loss::focal_ctc(each, 1, 0).item<double>() == doctest::Approx(std::log(2.0)));
  CHECK(loss::focal_ctc(at::zeros({3}, at::kDouble)).abs().max().item<double>() == 0);
}

TEST_CASE("FocalCtc with gamma 0 is alpha times Ctc, and counts as Ctc does") {
  torch::manual_seed(1);
  const auto logits = at::randn({3, 4, 5}, at::kDouble);
  const auto texts = target({{1, 2}, {}, {1, 1, 1}});
  const auto out = loss::FocalCtc({.alpha = 0.3, .gamma = 0})(sequence(logits), texts);
  CHECK(out.total.item<double>() == doctest::Approx(0.3 * loss::Ctc()(sequence(logits), texts).total.item<double>()));
  CHECK(term(out, "focal_ctc") == out.total.item<double>());
  CHECK(term(out, "too_long") == 1);
  CHECK(term(out, "empty") == 1);
}

TEST_CASE("FocalCtc: gradients by finite differences, finite for texts read for certain and for none to learn") {
  torch::manual_seed(2);
  const auto texts = target({{1, 2, 1}, {3}});
  const auto value = [&](const at::Tensor& x) { return loss::FocalCtc({.gamma = 2})(sequence(x), texts).total; };
  CHECK(gradients::largest_error(value, at::randn({2, 5, 5}, at::kDouble)) < 1e-6);
  for (const double gamma : {0.5, 1.0, 2.0}) {
    auto certain = at::zeros({1, 2, 3});
    certain[0].select(1, 1).fill_(200.f);
    for (const auto& text : {std::vector<std::int64_t>{1}, {}}) {
      const auto gradient =
          gradients::of([&](const at::Tensor& x) { return loss::FocalCtc({.gamma = gamma})(sequence(x), target({text})).total; }, certain);
      CHECK_MESSAGE(gradient.isfinite().all().item<bool>(), gamma);
    }
  }
}
