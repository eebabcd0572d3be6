#include <scriba/concepts.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/ctc.hpp>

#include <cmath>
#include <limits>

#include "loss/sequences.hpp"
#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using loss::LossForm;
using sequences::sequence;
using sequences::target;
using sequences::term;

static_assert(LossFor<loss::Ctc, head::Ctc> && !LossFor<loss::Ctc, head::Db>);

namespace {

// The sum over all paths of frames [T, C] that read `text`, path by path.
double probability_of(const at::Tensor& logits, const std::vector<std::int64_t>& text) {
  const auto p = logits.softmax(-1);
  const auto frames = p.size(0), classes = p.size(1);
  double sum = 0;
  const auto paths = static_cast<std::int64_t>(std::pow(classes, frames));
  for (std::int64_t path = 0; path < paths; ++path) {
    std::vector<std::int64_t> read;
    double product = 1;
    std::int64_t before = 0, rest = path;
    for (std::int64_t t = 0; t < frames; ++t, rest /= classes) {
      const auto c = rest % classes;
      product *= p[t][c].item<double>();
      if (c != 0 && c != before) read.push_back(c);
      before = c;
    }
    if (read == text) sum += product;
  }
  return sum;
}

}  // namespace

TEST_CASE("Ctc is the mean of -log p over the texts, each the sum over its paths") {
  torch::manual_seed(1);
  const auto logits = at::randn({3, 4, 3}, at::kDouble);
  const std::vector<std::vector<std::int64_t>> texts{{1, 2}, {1, 1}, {2}};
  double expected = 0;
  for (std::int64_t n = 0; n < 3; ++n) expected -= std::log(probability_of(logits[n], texts[static_cast<std::size_t>(n)])) / 3;
  const auto out = loss::Ctc()(sequence(logits), target(texts));
  CHECK(out.total.item<double>() == doctest::Approx(expected));
  CHECK(term(out, "ctc") == doctest::Approx(expected));
}

TEST_CASE("texts that do not fit and empty ones are counted and left out") {
  torch::manual_seed(2);
  const auto logits = at::randn({5, 4, 6}, at::kDouble);
  // Four frames: five characters do not fit, nor do three equal ones; two equal ones do.
  const auto all = target({{1, 2}, {1, 2, 3, 4, 5}, {3, 3, 3}, {}, {4, 4}});
  const auto out = loss::Ctc()(sequence(logits), all);
  CHECK(term(out, "too_long") == 2);
  CHECK(term(out, "empty") == 1);
  const auto kept = logits.index_select(0, at::tensor({0, 4}, at::kLong));
  CHECK(out.total.item<double>() == doctest::Approx(loss::Ctc()(sequence(kept), target({{1, 2}, {4, 4}})).total.item<double>()));

  const auto gradient = gradients::of([&](const at::Tensor& x) { return loss::Ctc()(sequence(x), all).total; }, logits);
  CHECK(gradient.isfinite().all().item<bool>());
  for (const int n : {1, 2, 3}) CHECK(gradient[n].abs().max().item<double>() == 0);
  for (const int n : {0, 4}) CHECK(gradient[n].abs().max().item<double>() > 0);

  const auto blanks = loss::Ctc({.learn_empty = true})(sequence(logits), all);
  CHECK(term(blanks, "empty") == 0);
  const double blank_loss = -logits[3].log_softmax(-1).select(1, 0).sum().item<double>();
  CHECK(blanks.total.item<double>() == doctest::Approx((2 * out.total.item<double>() + blank_loss) / 3));
}

TEST_CASE("a batch of nothing but texts to leave out costs nothing and moves nothing") {
  for (const auto& texts : {std::vector<std::vector<std::int64_t>>{{}, {}}, {{1, 1, 1, 1}, {}}}) {
    const auto value = [&](const at::Tensor& x) { return loss::Ctc()(sequence(x), target(texts)).total; };
    const auto logits = at::randn({2, 3, 4});
    CHECK(value(logits).item<float>() == 0);
    CHECK(gradients::of(value, logits).abs().max().item<float>() == 0);
  }
}

TEST_CASE("a text that is read for certain counts in the mean") {
  auto logits = at::zeros({2, 2, 3}, at::kFloat);
  logits[0].select(1, 1).fill_(200.f);  // -log p rounds to 0
  const double one = loss::Ctc()(sequence(logits.narrow(0, 1, 1)), target({{2}})).total.item<double>();
  CHECK(loss::Ctc()(sequence(logits), target({{1}, {2}})).total.item<double>() == doctest::Approx(one / 2));
}

TEST_CASE("the reference's form divides by a setting and lets one text spoil the batch") {
  torch::manual_seed(3);
  const auto logits = at::randn({2, 4, 5}, at::kDouble);
  const auto fits = target({{1, 2}, {3}});
  const double mean = loss::Ctc()(sequence(logits), fits).total.item<double>();
  CHECK(loss::Ctc({.form = LossForm::reference})(sequence(logits), fits).total.item<double>() == doctest::Approx(mean));
  CHECK(loss::Ctc({.form = LossForm::reference, .reference_batch = 8})(sequence(logits), fits).total.item<double>() ==
        doctest::Approx(mean * 2 / 8));
  const auto too_long = target({{1, 2}, {3, 3, 3}});
  CHECK(std::isinf(loss::Ctc({.form = LossForm::reference})(sequence(logits), too_long).total.item<double>()));
}

TEST_CASE("the length weight compares the text's length with the frames that are not blank") {
  // Frames that are not blank: 3, 0, 0, 2.
  const auto best = at::tensor({1, 2, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 0, 0}, at::kLong).view({4, 4});
  const auto logits = at::one_hot(best, 3).to(at::kDouble) * 5;
  const auto weight = loss::ctc_length_weight(logits, at::tensor({2, 3, 0, 4}, at::kLong));
  CHECK(weight.equal(at::tensor({1.5, 2.0, 1.0, 2.0}, at::kDouble)));
  const auto single = loss::ctc_length_weight(logits, at::tensor({2, 3, 1, 3}, at::kLong), 0, LossForm::reference);
  CHECK((single.scalar_type() == at::kFloat));
  CHECK(single.equal(at::tensor({1.5f, 2.f, 2.f, 1.5f})));

  const auto texts = target({{1, 2}, {1, 2, 1}, {}, {1, 2, 1, 2}});
  const auto samples = loss::ctc_samples(sequence(logits), texts);
  CHECK(loss::Ctc({.length_weight = true})(sequence(logits), texts).total.item<double>() ==
        doctest::Approx(((samples.each * weight).sum() / 3).item<double>()));
}

TEST_CASE("Ctc: gradients by finite differences, also with the blank last") {
  torch::manual_seed(4);
  const auto texts = target({{1, 2, 1}, {0, 0}});
  CHECK(gradients::largest_error([&](const at::Tensor& x) { return loss::Ctc({.blank = 4})(sequence(x), texts).total; },
                                 at::randn({2, 5, 5}, at::kDouble)) < 1e-6);
}

TEST_CASE("half-precision logits are compared in single precision") {
  torch::manual_seed(5);
  const auto logits = at::randn({2, 5, 4}).to(at::kBFloat16);
  const auto texts = target({{1, 2}, {3}});
  const auto out = loss::Ctc({.length_weight = true})(sequence(logits), texts);
  CHECK(out.total.item<float>() ==
        doctest::Approx(loss::Ctc({.length_weight = true})(sequence(logits.to(at::kFloat)), texts).total.item<float>()));
}

TEST_CASE("NaN logits give a NaN loss, and no crash") {
  const auto logits = at::full({1, 3, 4}, std::numeric_limits<float>::quiet_NaN());
  CHECK(std::isnan(loss::Ctc()(sequence(logits), target({{1}})).total.item<float>()));
}

TEST_CASE("Ctc refuses targets that do not fit, before memory is read by them") {
  const auto logits = at::randn({2, 5, 4});
  const auto check = [&](const loss::CtcTarget& bad, const char* text) {
    CHECK_THROWS_WITH_AS(loss::Ctc()(sequence(logits), bad), doctest::Contains(text), Error);
  };
  check(target({{1}}), "lengths: expected 2 texts, got 1");
  check(target({{1}, {4}}), "classes below 4 and not the blank, got 4");
  check(target({{1}, {-1}}), "got -1");
  check(target({{0}, {1}}), "not the blank, got 0");
  check({at::tensor({1, 2, 3}, at::kLong), at::tensor({1, 1}, at::kLong)}, "labels: expected 2");
  check({at::tensor({1}, at::kLong), at::tensor({1, 1}, at::kLong)}, "as many as the lengths add up to, got 1");
  check({at::tensor({1}, at::kLong), at::tensor({-1, 2}, at::kLong)}, "labels");
  check({}, "no tensor");
  CHECK_THROWS_WITH_AS(loss::Ctc({.blank = 4})(sequence(logits), target({{1}, {1}})), doctest::Contains("blank"), Error);
  CHECK_THROWS_WITH_AS(loss::Ctc()({}, target({{1}, {1}})), doctest::Contains("training mode"), Error);
  CHECK_THROWS_WITH_AS(loss::Ctc()(sequence(at::zeros({0, 5, 4})), target({})), doctest::Contains("[N, T, classes]"), Error);
}
