#include <scriba/concepts.hpp>
#include <scriba/train/sast_targets.hpp>

#include "train/batches.hpp"

using namespace scriba;

static_assert(TargetsFor<train::SastTargets, loss::Sast>);

TEST_CASE("SAST targets are the maps of each page, and its loss reads them") {
  const auto batch = batches::two_pages();
  const train::SastTargets targets;
  target::TargetReport report;
  const loss::SastTarget target = targets(batch, report);
  CHECK(report == target::TargetReport{.texts = 4, .ignored = 1, .crosses_itself = 1});
  CHECK(target.score.sizes() == at::IntArrayRef{2, 1, 16, 32});
  CHECK(target.border.sizes() == at::IntArrayRef{2, 5, 16, 32});
  for (std::size_t i = 0; i < 2; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    target::SastMaps maps;
    target::draw_sast_maps(batch[i], {}, maps);
    CHECK(batches::same(target.score, n, maps.score));
    CHECK(batches::same(target.mask, n, maps.mask));
    for (std::size_t c = 0; c < 5; ++c) CHECK(batches::same(target.border, 5 * n + static_cast<std::int64_t>(c), maps.border[c]));
    for (std::size_t c = 0; c < 9; ++c) CHECK(batches::same(target.tvo, 9 * n + static_cast<std::int64_t>(c), maps.tvo[c]));
    for (std::size_t c = 0; c < 3; ++c) CHECK(batches::same(target.tco, 3 * n + static_cast<std::int64_t>(c), maps.tco[c]));
    CHECK(target.score[n].sum().item<float>() > 10);
  }
  torch::manual_seed(1);
  const auto random = [](std::int64_t channels) { return torch::rand({2, channels, 16, 32}); };
  CHECK(std::isfinite(loss::Sast()({random(1), random(4), random(8), random(2)}, target).total.item<float>()));
  const auto perfect =
      loss::Sast()({target.score, target.border.narrow(1, 0, 4), target.tvo.narrow(1, 0, 8), target.tco.narrow(1, 0, 2)}, target);
  CHECK(perfect.total.item<float>() < 1e-4f);
}

TEST_CASE("SAST targets refuse sides that are not whole strides and batches without a common size") {
  CHECK_THROWS_WITH_AS(train::SastTargets{}(std::vector{target::PageAnnotation{cv::Size(130, 64), {}}}),
                       doctest::Contains("whole strides of 4"), Error);
  batches::check_refusals(train::SastTargets{});
}
