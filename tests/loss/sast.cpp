#include <scriba/concepts.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/sast.hpp>

#include <cmath>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;

static_assert(LossFor<loss::Sast, head::Sast> && !LossFor<loss::Sast, head::Db>);

namespace {

// The four maps of a head side by side, 15 channels.
head::SastMaps maps(const at::Tensor& x) { return {x.narrow(1, 0, 1), x.narrow(1, 1, 4), x.narrow(1, 5, 8), x.narrow(1, 13, 2)}; }

loss::SastTarget random_target(std::int64_t samples) {
  const auto zero_or_one = [&](double share) { return (at::rand({samples, 1, 3, 4}) < share).to(at::kDouble); };
  const auto offsets = [&](std::int64_t channels) {
    auto map = at::randn({samples, channels + 1, 3, 4}, at::kDouble) * 2;
    map.select(1, channels).uniform_(0.1, 0.3);
    return map;
  };
  return {zero_or_one(0.4), offsets(4), offsets(8), offsets(2), zero_or_one(0.9)};
}

}  // namespace

TEST_CASE("Sast: two pixels by hand") {
  loss::SastTarget target{at::tensor({1.0, 0.0}, at::kDouble).reshape({1, 1, 1, 2}), at::zeros({1, 5, 1, 2}, at::kDouble),
                          at::zeros({1, 9, 1, 2}, at::kDouble), at::zeros({1, 3, 1, 2}, at::kDouble), at::ones({1, 1, 1, 2}, at::kDouble)};
  target.border.select(1, 4).fill_(0.5), target.tvo.select(1, 8).fill_(0.25), target.tco.select(1, 2).fill_(2);
  auto x = at::zeros({1, 15, 1, 2}, at::kDouble);
  x.select(1, 0).fill_(0.8);
  x[0][1][0][0] = 0.6;   // border: 0.18 of 4 values
  x[0][5][0][0] = -3.0;  // tvo: 2.5 of 8 values
  x[0][13][0][1] = 9;    // tco: not on the centre line
  const auto out = loss::Sast()(maps(x), target);
  const double score = 1 - 2 * 0.8 / (1.6 + 1), border = 0.18 * 0.5 / 4, tvo = 2.5 * 0.25 / 8;
  CHECK(out.terms[0].second.item<double>() == doctest::Approx(score).epsilon(1e-5));
  CHECK(out.terms[1].second.item<double>() == doctest::Approx(border).epsilon(1e-5));
  CHECK(out.terms[2].second.item<double>() == doctest::Approx(tvo).epsilon(1e-5));
  CHECK(out.terms[3].second.item<double>() == 0);
  CHECK(out.total.item<double>() == doctest::Approx(score + border + 1.5 * tvo).epsilon(1e-5));
}

TEST_CASE("Sast: gradients by finite differences") {
  torch::manual_seed(2);
  const auto target = random_target(2);
  auto x = at::randn({2, 15, 3, 4}, at::kDouble) * 2;
  x.select(1, 0).uniform_(0.05, 0.95);
  CHECK(gradients::largest_error([&](const at::Tensor& y) { return loss::Sast()(maps(y), target).total; }, x) < 1e-6);
}

TEST_CASE("Sast: empty targets are finite with zero gradient; others of other sizes are refused") {
  torch::manual_seed(3);
  const auto x = at::rand({2, 15, 3, 4}, at::kDouble);
  const auto value = [](const loss::SastTarget& target) {
    return [target](const at::Tensor& y) { return loss::Sast()(maps(y), target).total; };
  };
  auto no_text = random_target(2), no_mask = random_target(2), other = random_target(2);
  no_text.score.zero_();
  no_mask.mask.zero_();
  for (const auto& target : {no_text, no_mask}) {
    CHECK(value(target)(x).item<double>() == doctest::Approx(1));
    CHECK(gradients::of(value(target), x).abs().max().item<double>() == 0);
  }
  other.tvo = other.tvo.narrow(1, 0, 8);
  CHECK_THROWS_WITH_AS(value(other)(x), doctest::Contains("tvo: expected shape [2, 9, 3, 4]"), Error);
}
