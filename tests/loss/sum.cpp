#include <scriba/concepts.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/center.hpp>
#include <scriba/loss/focal_ctc.hpp>
#include <scriba/loss/sum.hpp>

#include "loss/sequences.hpp"

using namespace scriba;
using sequences::sequence;
using sequences::target;
using sequences::term;

using CtcAndCenter = loss::Sum<loss::Ctc, loss::Center>;
static_assert(LossFor<CtcAndCenter, head::Ctc> && !LossFor<CtcAndCenter, head::Db>);
static_assert(LossFor<loss::Sum<CtcAndCenter, loss::FocalCtc>, head::Ctc>);

TEST_CASE("Sum weighs two losses and keeps their terms apart") {
  torch::manual_seed(1);
  const auto logits = at::randn({2, 5, 4}, at::kDouble);
  const auto centers = std::make_shared<loss::ClassCenters>(4, 4);
  centers->to(at::kDouble);
  const auto shown = at::randint(-1, 4, {2, 5}, at::kLong);
  const auto texts = target({{1, 2}, {3}});
  const CtcAndCenter both({.second = {.centers = centers}, .first_weight = 0.9, .second_weight = 1e-3});
  const auto out = both(sequence(logits), {texts, shown});
  const double ctc = loss::Ctc()(sequence(logits), texts).total.item<double>();
  const double center = loss::Center({.centers = centers})(sequence(logits), shown).total.item<double>();
  CHECK(out.total.item<double>() == doctest::Approx(0.9 * ctc + 1e-3 * center));
  CHECK(term(out, "ctc") == doctest::Approx(ctc));
  CHECK(term(out, "center") == doctest::Approx(center));
  CHECK(out.terms.size() == 5);

  out.total.backward();
  CHECK(centers->centers.grad().abs().max().item<double>() > 0);

  using Three = loss::Sum<CtcAndCenter, loss::FocalCtc>;
  const auto three = Three({.first = {.second = {.centers = centers}}, .second_weight = 2})(sequence(logits), {{texts, shown}, texts});
  CHECK(three.total.item<double>() == doctest::Approx(ctc + center + 2 * loss::FocalCtc()(sequence(logits), texts).total.item<double>()));
}
