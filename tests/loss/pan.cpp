#include <scriba/concepts.hpp>
#include <scriba/head/pse.hpp>
#include <scriba/loss/pan.hpp>

#include <cmath>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using loss::LossForm;

static_assert(LossFor<loss::Pan, head::Pan> && !LossFor<loss::Pan, head::Pse>);

namespace {

loss::PanTarget random_target(std::int64_t samples) {
  const auto id = at::randint(4, {samples, 3, 4}, at::kLong).repeat_interleave(2, 1).repeat_interleave(2, 2);
  const auto kernel = id * (at::rand(id.sizes()) < 0.6).to(at::kLong);
  const auto seen = [](const at::Tensor& ids) { return (ids > 0).to(at::kDouble); };
  return {seen(id), id, seen(kernel), kernel, (at::rand(id.sizes()) < 0.9).to(at::kDouble)};
}

double term(const LossTerms& loss, const std::string& name) {
  for (const auto& [key, value] : loss.terms)
    if (key == name) return value.item<double>();
  FAIL("no term ", name);
  return 0;
}

}  // namespace

TEST_CASE("Pan adds its terms with their weights") {
  torch::manual_seed(1);
  const auto target = random_target(2);
  const head::PanMaps maps{at::randn({2, 6, 6, 8}, at::kDouble)};
  for (const auto form : {LossForm::corrected, LossForm::reference}) {
    const auto out = loss::Pan({.kernel_weight = 0.4, .similarity_weight = 0.3, .form = form})(maps, target);
    REQUIRE(out.terms.size() == 4);
    CHECK(out.total.item<double>() ==
          doctest::Approx(term(out, "text") + 0.4 * term(out, "kernel") + 0.3 * (term(out, "aggregation") + term(out, "discrimination"))));
  }
}

TEST_CASE("Pan: gradients by finite differences") {
  torch::manual_seed(2);
  const auto target = random_target(2);
  for (const auto form : {LossForm::corrected, LossForm::reference})
    CHECK(gradients::largest_error([&](const at::Tensor& x) { return loss::Pan({.form = form})({x}, target).total; },
                                   at::randn({2, 6, 6, 8}, at::kDouble)) < 1e-6);
}

TEST_CASE("Pan learns to tell texts apart that it does not find yet, the reference does not") {
  torch::manual_seed(3);
  const auto target = random_target(1);
  auto logits = at::randn({1, 6, 6, 8}, at::kDouble);
  logits.select(1, 0).fill_(-4), logits.select(1, 1).fill_(-4);  // nothing is predicted to be text
  const auto similarity_gradient = [&](LossForm form) {
    return gradients::of([&](const at::Tensor& x) { return loss::Pan({.form = form})({x}, target).total; }, logits)
        .narrow(1, 2, 4)
        .abs()
        .max()
        .item<double>();
  };
  CHECK(similarity_gradient(LossForm::corrected) > 0);
  CHECK(similarity_gradient(LossForm::reference) == 0);
}

TEST_CASE("descending the loss of Pan finds the texts and tells them apart") {
  torch::manual_seed(6);
  auto id = at::zeros({1, 12, 16}, at::kLong), kernel = id.clone();
  for (int text = 0; text < 3; ++text) {
    id[0].slice(0, 1, 11).slice(1, 5 * text, 5 * text + 5).fill_(text + 1);  // they touch
    kernel[0].slice(0, 3, 9).slice(1, 5 * text + 1, 5 * text + 4).fill_(text + 1);
  }
  const auto seen = [](const at::Tensor& ids) { return (ids > 0).to(at::kFloat); };
  const loss::PanTarget target{seen(id), id, seen(kernel), kernel, at::ones({1, 12, 16})};
  auto logits = (at::randn({1, 6, 12, 16}) * 0.1).requires_grad_();
  torch::optim::Adam optimizer({logits}, 0.1);
  for (int step = 0; step < 300; ++step) {
    optimizer.zero_grad();
    loss::Pan()({logits}, target).total.backward();
    optimizer.step();
  }
  CHECK(loss::Pan()({logits}, target).total.item<float>() < 0.02f);
  CHECK(((logits[0][0] > 0) == (id[0] > 0)).all().item<bool>());
  const auto centre = [&](int text) {
    return logits[0].slice(0, 2).flatten(1).index_select(1, (id.flatten() == text).nonzero().squeeze(1)).mean(1);
  };
  for (int text = 1; text <= 3; ++text) CHECK((centre(text) - centre(text % 3 + 1)).norm().item<float>() > 2.5f);
}

TEST_CASE("Pan: perfect maps cost nothing, empty ones are finite with zero gradient") {
  torch::manual_seed(4);
  const auto target = random_target(1);
  auto perfect = at::zeros({1, 6, 6, 8}, at::kDouble);
  perfect.select(1, 0).copy_(80 * target.text - 40);
  perfect.select(1, 1).copy_(80 * target.kernel - 40);
  perfect.select(1, 2).copy_(4 * target.text_instance.to(at::kDouble));
  CHECK(loss::Pan()({perfect}, target).total.item<double>() < 1e-5);

  const auto nothing = at::zeros({2, 6, 8}, at::kDouble), no_id = at::zeros({2, 6, 8}, at::kLong), all = at::ones({2, 6, 8}, at::kDouble);
  for (const auto form : {LossForm::corrected, LossForm::reference})
    for (const auto& empty :
         {loss::PanTarget{nothing, no_id, nothing, no_id, all}, loss::PanTarget{all, no_id + 1, all, no_id + 1, nothing}}) {
      const auto value = [&](const at::Tensor& x) { return loss::Pan({.form = form})({x}, empty).total; };
      const auto logits = at::randn({2, 6, 6, 8}, at::kDouble) * 30;
      CHECK(std::isfinite(value(logits).item<double>()));
      CHECK(gradients::of(value, logits).abs().max().item<double>() == 0);
    }
}

TEST_CASE("Pan refuses targets of other sizes") {
  torch::manual_seed(5);
  const head::PanMaps maps{at::randn({2, 6, 6, 8}, at::kDouble)};
  auto target = random_target(2);
  target.kernel = target.kernel.unsqueeze(1);
  CHECK_THROWS_WITH_AS(loss::Pan()(maps, target), doctest::Contains("kernel: expected shape [2, 6, 8], got shape [2, 1, 6, 8]"), Error);
  CHECK_THROWS_AS(loss::Pan()(maps, random_target(1)), Error);
}
