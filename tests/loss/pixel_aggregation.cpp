#include <scriba/loss/pixel_aggregation.hpp>

#include <cmath>
#include <map>
#include <optional>
#include <set>

#include "support/gradients.hpp"
#include "support/tensors.hpp"

using namespace scriba;
using loss::LossForm;

namespace {

struct Case {
  at::Tensor similarity, text, kernel, mask;
};

// Random ids 0 .. most, in blocks of 2 x 2 so that texts and kernels overlap.
Case random_case(std::uint64_t seed, std::int64_t samples, std::int64_t most, double masked) {
  torch::manual_seed(seed);
  const auto ids = at::randint(most + 1, {samples, 4, 5}, at::kLong).repeat_interleave(2, 1).repeat_interleave(2, 2);
  const auto thin = (at::rand({samples, 8, 10}) < 0.5).to(at::kLong);
  return {at::randn({samples, 4, 8, 10}, at::kDouble) * 1.5, ids, ids * thin, (at::rand({samples, 8, 10}) >= masked).to(at::kDouble)};
}

using Vector = std::vector<double>;

double distance(const Vector& a, const Vector& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += (a[i] - b[i]) * (a[i] - b[i]);
  return std::sqrt(sum);
}

std::optional<double> mean(const Vector& values) {
  if (values.empty()) return {};
  double sum = 0;
  for (const double value : values) sum += value;
  return sum / static_cast<double>(values.size());
}

// The definition, text by text and pixel by pixel.
std::pair<double, double> slow(const Case& c, LossForm form) {
  Vector pulls, pushes;
  const auto pixels = c.text[0].numel();
  for (std::int64_t n = 0; n < c.text.size(0); ++n) {
    const auto feature = c.similarity[n].flatten(1).t().contiguous();
    const auto f = [&](std::int64_t p) { return Vector(feature[p].data_ptr<double>(), feature[p].data_ptr<double>() + 4); };
    const auto text = c.text[n].flatten(), kernel = c.kernel[n].flatten();
    std::set<std::int64_t> texts, kernels;
    std::map<std::int64_t, std::vector<std::int64_t>> text_pixels, kernel_pixels;
    for (std::int64_t p = 0; p < pixels; ++p) {
      const bool inside = c.mask[n].flatten()[p].item<double>() > 0.5;
      const auto t = text[p].item<std::int64_t>(), k = kernel[p].item<std::int64_t>();
      if (inside && t > 0) texts.insert(t);
      if (inside && k > 0) kernels.insert(k);
      if (inside || form == LossForm::reference) text_pixels[t].push_back(p), kernel_pixels[k].push_back(p);
    }
    std::map<std::int64_t, Vector> centre;
    for (const auto k : kernels) {
      Vector sum(4, 0);
      for (const auto p : kernel_pixels[k])
        for (std::size_t i = 0; i < 4; ++i) sum[i] += f(p)[i] / static_cast<double>(kernel_pixels[k].size());
      centre[k] = sum;
    }
    Vector of_texts;
    for (const auto t : texts) {
      if (!kernels.contains(t)) continue;
      Vector of_pixels;
      for (const auto p : text_pixels[t]) of_pixels.push_back(std::log(std::pow(std::max(distance(f(p), centre[t]) - 0.5, 0.0), 2) + 1));
      of_texts.push_back(*mean(of_pixels));
    }
    if (form == LossForm::reference) {
      if (!kernels.empty() && kernels.size() == texts.size()) pulls.push_back(mean(of_texts).value_or(0));
    } else if (!of_texts.empty()) {
      pulls.push_back(*mean(of_texts));
    }
    Vector of_pairs;
    for (const auto a : kernels)
      for (const auto b : kernels)
        if (a != b) of_pairs.push_back(std::log(std::pow(std::max(3 - distance(centre[a], centre[b]), 0.0), 2) + 1));
    if (!of_pairs.empty()) pushes.push_back(*mean(of_pairs));
  }
  return {mean(pulls).value_or(0), mean(pushes).value_or(0)};
}

loss::PixelAggregationTerms fast(const Case& c, LossForm form) {
  return loss::pixel_aggregation(c.similarity, c.text, c.kernel, c.mask, {.form = form});
}

}  // namespace

TEST_CASE("pixel_aggregation: two texts that can be counted by hand") {
  // Text 1: kernel at 0, another pixel at distance 2.5. Text 2: its kernel at distance 1 from the first.
  Case c{at::zeros({1, 4, 1, 5}, at::kDouble), at::tensor({1, 1, 0, 2, 0}, at::kLong).reshape({1, 1, 5}),
         at::tensor({1, 0, 0, 2, 0}, at::kLong).reshape({1, 1, 5}), at::ones({1, 1, 5}, at::kDouble)};
  c.similarity[0][1][0][1] = 2.5;
  c.similarity[0][2][0][3] = 1;
  const auto terms = fast(c, LossForm::corrected);
  CHECK(terms.aggregation.item<double>() == doctest::Approx((std::log(2.0 * 2 + 1) / 2 + 0) / 2));
  CHECK(terms.discrimination.item<double>() == doctest::Approx(std::log(2.0 * 2 + 1)));
  const auto wide =
      loss::pixel_aggregation(c.similarity, c.text, c.kernel, c.mask, {.aggregation_margin = 2.5, .discrimination_margin = 1});
  CHECK(wide.aggregation.item<double>() == 0);
  CHECK(wide.discrimination.item<double>() == 0);
}

TEST_CASE("pixel_aggregation agrees with a loop over texts and pixels") {
  for (const auto form : {LossForm::corrected, LossForm::reference})
    for (std::uint64_t seed = 0; seed < 12; ++seed)
      for (const double masked : {0.0, 0.3, 0.8}) {
        const auto c = random_case(seed, 3, 1 + static_cast<std::int64_t>(seed % 5), masked);
        const auto [aggregation, discrimination] = slow(c, form);
        const auto terms = fast(c, form);
        CAPTURE(seed);
        CAPTURE(masked);
        CHECK(terms.aggregation.item<double>() == doctest::Approx(aggregation).epsilon(1e-12));
        CHECK(terms.discrimination.item<double>() == doctest::Approx(discrimination).epsilon(1e-12));
      }
}

TEST_CASE("pixel_aggregation: gradients by finite differences") {
  for (const auto form : {LossForm::corrected, LossForm::reference}) {
    const auto c = random_case(3, 2, 3, form == LossForm::corrected ? 0.2 : 0.0);
    CHECK(gradients::largest_error(
              [&](const at::Tensor& x) {
                return fast({x, c.text, c.kernel, c.mask}, form).aggregation;
              },
              c.similarity) < 1e-6);
    CHECK(gradients::largest_error(
              [&](const at::Tensor& x) {
                return fast({x, c.text, c.kernel, c.mask}, form).discrimination;
              },
              c.similarity) < 1e-6);
  }
}

TEST_CASE("pixel_aggregation: nothing to learn from is 0 with zero gradient") {
  auto c = random_case(1, 2, 3, 0);
  const auto none = at::zeros_like(c.text);
  const auto check_zero = [](const Case& empty) {
    for (const auto form : {LossForm::corrected, LossForm::reference})
      for (const bool first : {true, false}) {
        const auto term = [&](const at::Tensor& x) {
          const auto terms = fast({x, empty.text, empty.kernel, empty.mask}, form);
          return first ? terms.aggregation : terms.discrimination;
        };
        CHECK(term(empty.similarity).item<double>() == 0);
        CHECK(gradients::of(term, empty.similarity).abs().max().item<double>() == 0);
      }
  };
  check_zero({c.similarity, none, none, c.mask});
  check_zero({c.similarity, c.text, none, c.mask});
  check_zero({c.similarity, c.text, c.kernel, at::zeros_like(c.mask)});

  // Every vector the same: distances of 0 have no direction, their gradient is 0, not NaN.
  const auto same = at::ones_like(c.similarity);
  for (const bool first : {true, false}) {
    const auto gradient = gradients::of(
        [&](const at::Tensor& x) {
          const auto terms = fast({x, c.text, c.kernel, c.mask}, LossForm::corrected);
          return first ? terms.aggregation : terms.discrimination;
        },
        same);
    CHECK(gradient.abs().max().item<double>() == 0);
  }
  CHECK(fast({same, c.text, c.kernel, c.mask}, LossForm::corrected).discrimination.item<double>() == doctest::Approx(std::log(10.0)));
}

TEST_CASE("a text without kernel neither counts nor spoils the others in the corrected form") {
  auto c = random_case(5, 1, 2, 0);
  c.kernel = c.kernel * (c.kernel == 1).to(at::kLong);
  const auto with_second = fast(c, LossForm::corrected).aggregation.item<double>();
  auto only_first = c;
  only_first.text = c.text * (c.text == 1).to(at::kLong);
  CHECK(with_second == doctest::Approx(fast(only_first, LossForm::corrected).aggregation.item<double>()));
  CHECK(with_second > 0);
  CHECK(fast(c, LossForm::reference).aggregation.item<double>() == 0);  // two texts, one kernel: skipped
}

TEST_CASE("pixel_aggregation refuses what are not instance maps") {
  const auto c = random_case(2, 1, 2, 0);
  CHECK_THROWS_WITH_AS(fast({c.similarity, c.text - 1, c.kernel, c.mask}, LossForm::corrected), doctest::Contains("got -1"), Error);
  CHECK_THROWS_WITH_AS(fast({c.similarity, c.text, c.kernel + 1'000'000, c.mask}, LossForm::corrected),
                       doctest::Contains("kernel_instance"), Error);
  CHECK_THROWS_AS(fast({c.similarity, c.text[0], c.kernel, c.mask}, LossForm::corrected), Error);
  CHECK_THROWS_AS(fast({c.similarity, c.text, c.kernel, {}}, LossForm::corrected), Error);
}
