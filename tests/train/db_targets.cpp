#include <scriba/concepts.hpp>
#include <scriba/train/db_targets.hpp>

#include "train/batches.hpp"

using namespace scriba;

static_assert(TargetsFor<train::DbTargets, loss::Db>);

TEST_CASE("DB targets are the maps of each page, and its loss reads them") {
  const auto batch = batches::two_pages();
  const train::DbTargets targets;
  target::TargetReport report;
  const loss::DbTarget target = targets(batch, report);
  CHECK(report == target::TargetReport{.texts = 4, .ignored = 1, .crosses_itself = 1});
  for (std::size_t i = 0; i < 2; ++i) {
    const auto n = static_cast<std::int64_t>(i);
    target::DbMaps maps;
    target::draw_db_maps(batch[i], {}, maps);
    CHECK(batches::same(target.shrink, n, maps.shrink));
    CHECK(batches::same(target.shrink_mask, n, maps.shrink_mask));
    CHECK(batches::same(target.threshold, n, maps.threshold));
    CHECK(batches::same(target.threshold_mask, n, maps.threshold_mask));
    CHECK(target.shrink[n].sum().item<float>() > 50);
  }
  torch::manual_seed(1);
  const auto shape = std::vector<std::int64_t>{2, 1, 64, 128};
  const auto terms = loss::Db()({torch::rand(shape), torch::rand(shape), torch::rand(shape)}, targets(batch));
  CHECK(std::isfinite(terms.total.item<float>()));
  // Perfect maps cost next to nothing.
  const auto perfect = loss::Db()({target.shrink.unsqueeze(1), target.threshold.unsqueeze(1), target.shrink.unsqueeze(1)}, target);
  CHECK(perfect.total.item<float>() < 0.01f);
}

TEST_CASE("DB targets refuse batches without a common size") { batches::check_refusals(train::DbTargets{}); }
