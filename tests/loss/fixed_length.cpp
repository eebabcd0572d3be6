#include <scriba/concepts.hpp>
#include <scriba/loss/fixed_length.hpp>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;

TEST_CASE("position_cross_entropy is the mean over the positions that count") {
  torch::manual_seed(1);
  const auto logits = at::randn({2, 3, 4}, at::kDouble);
  const auto labels = at::tensor({1, 0, -1, 3, -1, -1}, at::kLong).view({2, 3});
  const auto log_probability = logits.log_softmax(-1);
  const double expected = -(log_probability[0][0][1] + log_probability[0][1][0] + log_probability[1][0][3]).item<double>() / 3;
  CHECK(loss::position_cross_entropy(logits, labels, -1).item<double>() == doctest::Approx(expected));
  CHECK(gradients::largest_error([&](const at::Tensor& x) { return loss::position_cross_entropy(x, labels, -1); }, logits) < 1e-6);
  // An index of a class may be the one to ignore.
  CHECK(loss::position_cross_entropy(logits, labels.masked_fill(labels == -1, 2), 2).item<double>() == doctest::Approx(expected));
}

TEST_CASE("position_cross_entropy: nothing to learn costs nothing") {
  const auto labels = at::full({2, 3}, -1, at::kLong);
  const auto value = [&](const at::Tensor& x) { return loss::position_cross_entropy(x, labels, -1); };
  const auto logits = at::randn({2, 3, 4});
  CHECK(value(logits).item<float>() == 0);
  CHECK(gradients::of(value, logits).abs().max().item<float>() == 0);
  CHECK(value(at::randn({2, 3, 1})).item<float>() == 0);
}

TEST_CASE("position_cross_entropy refuses labels that do not fit") {
  const auto logits = at::randn({2, 3, 4});
  CHECK_THROWS_WITH_AS(loss::position_cross_entropy(logits, at::zeros({2, 4}, at::kLong), -1), doctest::Contains("shape [2, 3]"), Error);
  CHECK_THROWS_WITH_AS(loss::position_cross_entropy(logits, at::full({2, 3}, 4, at::kLong), -1), doctest::Contains("got 4"), Error);
  CHECK_THROWS_WITH_AS(loss::position_cross_entropy(logits, at::full({2, 3}, -1, at::kLong), 9), doctest::Contains("got -1"), Error);
}

TEST_CASE("the loss of a fixed-length head learns encoded texts") {
  static_assert(LossFor<loss::FixedLength, head::FixedLength>);
  const auto alphabet = Alphabet::from_line("abc");
  head::FixedLengthText text;
  text.logits = at::randn({2, 4, 4}, at::kDouble);
  std::vector<at::Tensor> rows;
  for (const char* word : {"ab", ""}) rows.push_back(at::tensor(fixed_length::encode(word, alphabet, 4).labels, at::kLong));
  const auto loss = loss::FixedLength()(text, at::stack(rows));
  REQUIRE(loss.terms.size() == 1);
  const auto log_probability = text.logits.log_softmax(-1);
  const auto expected = -(log_probability[0][0][1] + log_probability[0][1][2] + log_probability[0][2][0] + log_probability[1][0][0]) / 4;
  CHECK(loss.total.item<double>() == doctest::Approx(expected.item<double>()));
  CHECK_THROWS_WITH_AS(loss::FixedLength()(head::FixedLengthText{}, at::stack(rows)), doctest::Contains("needs logits"), Error);
}
