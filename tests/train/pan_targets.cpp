#include <scriba/concepts.hpp>
#include <scriba/train/pan_targets.hpp>

#include "train/batches.hpp"

using namespace scriba;

static_assert(TargetsFor<train::PanTargets, loss::Pan>);

TEST_CASE("PAN targets are the maps of each page, and its loss reads them") {
  const auto batch = batches::two_pages();
  const train::PanTargets targets;
  target::TargetReport report;
  const loss::PanTarget target = targets(batch, report);
  CHECK(report == target::TargetReport{.texts = 4, .ignored = 1, .crosses_itself = 1});
  CHECK((target.text_instance.scalar_type() == at::kLong));
  CHECK((target.kernel_instance.scalar_type() == at::kLong));
  for (std::size_t i = 0; i < 2; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    target::PanMaps maps;
    target::draw_pan_maps(batch[i], {}, maps);
    CHECK(batches::same(target.text, n, maps.text));
    CHECK(batches::same(target.kernel, n, maps.kernel));
    CHECK(batches::same(target.mask, n, maps.mask));
    CHECK(batches::same(target.text_instance, n, maps.text_instance));
    CHECK(batches::same(target.kernel_instance, n, maps.kernel_instance));
    CHECK(target.kernel[n].sum().item<float>() > 50);
  }
  torch::manual_seed(1);
  CHECK(std::isfinite(loss::Pan()({torch::randn({2, 6, 64, 128})}, target).total.item<float>()));
}

TEST_CASE("PAN targets refuse batches without a common size") { batches::check_refusals(train::PanTargets{}); }
