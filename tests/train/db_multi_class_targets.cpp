#include <scriba/concepts.hpp>
#include <scriba/train/db_multi_class_targets.hpp>

#include "train/batches.hpp"

using namespace scriba;

static_assert(TargetsFor<train::DbMultiClassTargets, loss::DbMultiClass>);
static_assert(!TargetsFor<train::DbMultiClassTargets, loss::Db>);

TEST_CASE("class maps tell the class of each text, and leave ignored ones out") {
  auto batch = batches::two_pages();
  batch[0].texts[0].class_id = 1;
  batch[1].texts[0].class_id = 2;
  const train::DbMultiClassTargets targets({.classes = 3});
  const loss::DbMultiClassTarget target = targets(batch);
  CHECK((target.class_map.scalar_type() == at::kLong));
  CHECK(target.class_map.sizes() == at::IntArrayRef{2, 64, 128});
  CHECK((target.class_map[0] == 2).sum().item<int>() == 51 * 31);
  CHECK((target.class_map[0] == -1).sum().item<int>() == 31 * 31);  // the bow-tie
  CHECK((target.class_map[1] == 3).sum().item<int>() > 100);
  CHECK((target.class_map[1] == -1).sum().item<int>() > 100);
  target::DbMaps maps;
  target::draw_db_maps(batch[1], {.classes = 3}, maps);
  CHECK(batches::same(target.class_map, 1, maps.classes));
  CHECK(batches::same(target.threshold, 1, maps.threshold));

  // Class 2 does not exist with two kinds of text: the text is ignored.
  target::TargetReport report;
  const auto fewer = train::DbMultiClassTargets({.classes = 2})(batch, report);
  CHECK(report.unknown_class == 1);
  CHECK(fewer.class_map.max().item<int>() == 2);
}

TEST_CASE("the loss of several classes reads them") {
  torch::manual_seed(1);
  const auto shape = std::vector<std::int64_t>{2, 1, 64, 128};
  const auto terms = loss::DbMultiClass()({torch::rand(shape), torch::rand(shape), torch::rand(shape), torch::randn({2, 4, 64, 128})},
                                          train::DbMultiClassTargets({.classes = 3})(batches::two_pages()));
  CHECK(std::isfinite(terms.total.item<float>()));
}

TEST_CASE("multi-class targets refuse no classes and batches without a common size") {
  CHECK_THROWS_WITH_AS(train::DbMultiClassTargets({.classes = 0}), doctest::Contains("DbMapOptions::classes"), Error);
  batches::check_refusals(train::DbMultiClassTargets{});
}
