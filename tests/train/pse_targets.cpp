#include <scriba/concepts.hpp>
#include <scriba/train/pse_targets.hpp>

#include "train/batches.hpp"

using namespace scriba;

static_assert(TargetsFor<train::PseTargets, loss::Pse>);

TEST_CASE("PSE targets are the maps of each page, and its loss reads them") {
  const auto batch = batches::two_pages();
  for (const int count : {2, 7}) {
    const train::PseTargets targets({.maps = count});
    target::TargetReport report;
    const loss::PseTarget target = targets(batch, report);
    CHECK(report == target::TargetReport{.texts = 4, .ignored = 1, .crosses_itself = 1});
    REQUIRE(target.kernels.sizes() == at::IntArrayRef{2, count - 1, 64, 128});
    for (std::size_t i = 0; i < 2; ++i) {
      const auto n = static_cast<std::int64_t>(i);
      target::PseKernels maps;
      target::draw_pse_kernels(batch[i], {.maps = count}, maps);
      CHECK(batches::same(target.text, n, maps.text));
      CHECK(batches::same(target.mask, n, maps.mask));
      for (std::size_t k = 0; k < maps.kernels.size(); ++k)
        CHECK(batches::same(target.kernels, n * (count - 1) + static_cast<std::int64_t>(k), maps.kernels[k]));
    }
    torch::manual_seed(1);
    CHECK(std::isfinite(loss::Pse()({torch::randn({2, count, 64, 128})}, targets(batch)).total.item<float>()));
    const auto perfect = loss::Pse()({torch::cat({target.text.unsqueeze(1), target.kernels}, 1) * 40 - 20}, target);
    CHECK(perfect.total.item<float>() < 1e-3f);
  }
}

TEST_CASE("PSE targets refuse single maps and batches without a common size") {
  CHECK_THROWS_WITH_AS(train::PseTargets({.maps = 1})(batches::two_pages()), doctest::Contains("PseKernelOptions::maps"), Error);
  CHECK_THROWS_AS(train::PseTargets({.maps = -3})(batches::two_pages()), Error);
  batches::check_refusals(train::PseTargets{});
}
