#include <scriba/concepts.hpp>
#include <scriba/loss/center.hpp>

#include "loss/sequences.hpp"
#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using sequences::sequence;
using sequences::term;

static_assert(LossFor<loss::Center, head::Ctc>);

TEST_CASE("center_distance by hand") {
  const auto features = at::tensor({1.0, 2.0, 3.0, 4.0}, at::kDouble).view({2, 2}),
             centers = at::tensor({1.0, 0.0, 0.0, 0.0}, at::kDouble).view({2, 2});
  CHECK(loss::center_distance(features, at::tensor({0, 1}, at::kLong), centers).item<double>() == doctest::Approx((4 + 25) / 2.0));
  CHECK(loss::center_distance(features.narrow(0, 0, 0), at::empty({0}, at::kLong), centers).item<double>() == 0);
  CHECK_THROWS_WITH_AS(loss::center_distance(features, at::tensor({0, 2}, at::kLong), centers), doctest::Contains("0 .. 2"), Error);
  CHECK_THROWS_AS(loss::center_distance(features, at::tensor({0, -1}, at::kLong), centers), Error);
  CHECK_THROWS_WITH_AS(loss::center_distance(features, at::tensor({0, 1}, at::kLong), at::zeros({2, 3}, at::kDouble)),
                       doctest::Contains("expected 2 features"), Error);
}

TEST_CASE("Center: gradients by finite differences, of the recogniser and of the centers") {
  torch::manual_seed(1);
  const auto shown = at::tensor({1, -1, 2, 2, -1, 0}, at::kLong).view({2, 3});
  const auto centers = std::make_shared<loss::ClassCenters>(4, 4);
  centers->to(at::kDouble);
  const auto logits = at::randn({2, 3, 4}, at::kDouble);
  const loss::Center center({.centers = centers});
  CHECK(gradients::largest_error([&](const at::Tensor& x) { return center(sequence(x), shown).total; }, logits) < 1e-6);
  const auto gradient = gradients::of([&](const at::Tensor& x) { return center(sequence(x), shown).total; }, logits);
  CHECK(gradient[0][1].abs().max().item<double>() == 0);  // no label, no pull
  CHECK(gradient[0][0].abs().max().item<double>() > 0);
  CHECK(term(center(sequence(logits), shown), "frames") == 4);

  centers->zero_grad();
  center(sequence(logits), shown).total.backward();
  const auto moved = 2 * (centers->centers[2] - (logits[0][2] + logits[1][0]) / 2) * 2 / 4;  // two of the four frames show class 2
  CHECK(golden::largest_difference(centers->centers.grad()[2], moved) < 1e-12);
  CHECK(centers->centers.grad()[3].abs().max().item<double>() == 0);
}

TEST_CASE("the centers have an optimiser and a rate of their own, and find the means") {
  torch::manual_seed(2);
  const auto logits = at::randn({1, 40, 3}), shown = at::randint(3, {1, 40}, at::kLong);
  const auto centers = std::make_shared<loss::ClassCenters>(3, 3);
  const auto before = centers->centers.detach().clone();
  auto live = logits.clone().requires_grad_();
  torch::optim::SGD network({live}, 0.0), own(centers->parameters(), 0.5);
  for (int step = 0; step < 60; ++step) {
    network.zero_grad(), own.zero_grad();
    loss::Center({.centers = centers})(sequence(live), shown).total.backward();
    network.step(), own.step();
  }
  CHECK(live.equal(logits));
  for (int c = 0; c < 3; ++c) {
    const auto mean = logits[0].index_select(0, (shown[0] == c).nonzero().squeeze(1)).mean(0);
    CHECK(golden::largest_difference(centers->centers[c].detach(), mean) < 1e-3);
    CHECK(golden::largest_difference(before[c], mean) > 0.05);
  }
  const auto copy = std::dynamic_pointer_cast<loss::ClassCenters>(centers->clone());
  CHECK(copy->centers.equal(centers->centers));
  CHECK(copy->named_parameters().contains("centers"));
}

TEST_CASE("Center: no frame with a label costs nothing; what does not fit is refused") {
  const auto centers = std::make_shared<loss::ClassCenters>(4, 4);
  const auto logits = at::randn({2, 3, 4});
  const auto nothing = at::full({2, 3}, -1, at::kLong);
  const auto value = [&](const at::Tensor& x) { return loss::Center({.centers = centers})(sequence(x), nothing).total; };
  CHECK(value(logits).item<float>() == 0);
  CHECK(gradients::of(value, logits).abs().max().item<float>() == 0);
  CHECK_THROWS_WITH_AS(loss::Center()(sequence(logits), nothing), doctest::Contains("no centers"), Error);
  CHECK_THROWS_WITH_AS(loss::Center({.centers = centers})(sequence(logits), at::zeros({6}, at::kLong)), doctest::Contains("[2, 3]"), Error);
  CHECK_THROWS_WITH_AS(loss::Center({.centers = centers})({}, nothing), doctest::Contains("training mode"), Error);
}
