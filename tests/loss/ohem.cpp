#include <scriba/loss/ohem.hpp>

#include "support/tensors.hpp"

using namespace scriba;
using loss::LossForm;

namespace {

// The same pixel by pixel, image by image.
at::Tensor slow_ohem(const at::Tensor& score, const at::Tensor& truth, const at::Tensor& mask, double ratio, LossForm form) {
  auto out = at::zeros_like(score);
  for (std::int64_t n = 0; n < score.size(0); ++n) {
    const auto s = score[n].flatten(), g = truth[n].flatten(), m = mask[n].flatten();
    auto selected = out[n].view({-1});
    std::vector<double> background;
    std::int64_t text = 0;
    const auto at = [](const at::Tensor& t, std::int64_t i) { return t[i].item<double>(); };
    for (std::int64_t i = 0; i < s.numel(); ++i) {
      const bool inside = at(m, i) > 0.5;
      text += at(g, i) > 0.5 && inside;
      if (at(g, i) <= 0.5 && (inside || form == LossForm::reference)) background.push_back(at(s, i));
    }
    const auto count = std::min<std::int64_t>(static_cast<std::int64_t>(static_cast<double>(text) * ratio), std::ssize(background));
    std::sort(background.rbegin(), background.rend());
    for (std::int64_t i = 0; i < s.numel(); ++i) {
      const bool hard = count == 0 || at(g, i) > 0.5 || at(s, i) >= background[static_cast<std::size_t>(count - 1)];
      selected[i] = hard && at(m, i) > 0.5 ? 1.0 : 0.0;
    }
  }
  return out;
}

at::Tensor row(std::vector<double> values) {
  const auto size = static_cast<std::int64_t>(values.size());
  return at::tensor(values, at::kDouble).reshape({1, 1, size});
}

}  // namespace

TEST_CASE("ohem_mask: what can be counted by hand") {
  const auto score = row({.9, .8, .7, .6, .5, .4, .3, .2});
  const auto truth = row({0, 0, 0, 1, 0, 0, 0, 0}), mask = row({1, 0, 1, 1, 1, 1, 1, 1});
  // One text pixel, so three of the background: .9, .7, .5; the ignored .8 takes one of the places only in the reference.
  CHECK(loss::ohem_mask(score, truth, mask).equal(row({1, 0, 1, 1, 1, 0, 0, 0})));
  CHECK(loss::ohem_mask(score, truth, mask, 3, LossForm::reference).equal(row({1, 0, 1, 1, 0, 0, 0, 0})));
  CHECK(loss::ohem_mask(score, truth, mask, 1).equal(row({1, 0, 0, 1, 0, 0, 0, 0})));
  // Ignored text does not count as text: nothing to weigh against, all of the mask is taken.
  CHECK(loss::ohem_mask(score, row({0, 1, 0, 0, 0, 0, 0, 0}), mask).equal(mask));
  CHECK(loss::ohem_mask(score, at::zeros_like(score), mask).equal(mask));
  CHECK(loss::ohem_mask(score, at::ones_like(score), mask).equal(mask));
  CHECK(loss::ohem_mask(score, truth, at::zeros_like(mask)).equal(at::zeros_like(mask)));
}

TEST_CASE("ohem_mask takes all of equal score") {
  const auto score = row({.5, .5, .5, .5, .5, .2}), truth = row({1, 0, 0, 0, 0, 0}), mask = at::ones_like(score);
  CHECK(loss::ohem_mask(score, truth, mask).equal(row({1, 1, 1, 1, 1, 0})));
}

TEST_CASE("ohem_mask agrees with a loop over pixels") {
  torch::manual_seed(6);
  for (const auto form : {LossForm::corrected, LossForm::reference})
    for (const double share : {0.0, 0.02, 0.1, 0.3, 0.9, 1.0})
      for (const double masked : {0.0, 0.2, 0.9}) {
        const auto truth = (at::rand({3, 9, 7}) < share).to(at::kFloat), mask = (at::rand({3, 9, 7}) >= masked).to(at::kFloat);
        for (const auto& score : {at::rand({3, 9, 7}), (at::rand({3, 9, 7}) * 4).floor() / 4})
          for (const double ratio : {0.0, 1.5, 3.0}) {
            CAPTURE(share);
            CAPTURE(masked);
            CAPTURE(ratio);
            CHECK(loss::ohem_mask(score, truth, mask, ratio, form).equal(slow_ohem(score, truth, mask, ratio, form)));
          }
      }
}

TEST_CASE("ohem_mask: one pixel, scores that are not numbers, other shapes, no gradient") {
  const auto one = at::ones({1, 1, 1});
  CHECK(loss::ohem_mask(one, one, one).equal(one));
  CHECK(loss::ohem_mask(one, one, one * 0).equal(one * 0));
  const auto broken = loss::ohem_mask(at::full({2, 4, 4}, NAN), at::eye(4).expand({2, 4, 4}), at::ones({2, 4, 4}));
  CHECK(broken.sum().item<double>() >= 8);
  CHECK(!loss::ohem_mask(at::rand({1, 2, 2}).requires_grad_(), at::ones({1, 2, 2}), at::ones({1, 2, 2})).requires_grad());
  CHECK_THROWS_WITH_AS(loss::ohem_mask(at::rand({2, 1, 4}), at::ones({2, 4}), at::ones({2, 1, 4})), doctest::Contains("truth"), Error);
  CHECK_THROWS_AS(loss::ohem_mask(at::rand({2, 4, 4}), at::ones({2, 4, 4}), at::ones({1, 4, 4})), Error);
  CHECK_THROWS_AS(loss::ohem_mask(at::rand({2, 0, 4}), at::ones({2, 0, 4}), at::ones({2, 0, 4})), Error);
}
