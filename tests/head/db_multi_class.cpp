#include <scriba/concepts.hpp>
#include <scriba/head/db_multi_class.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kMap = features(Level{16, 4});
static_assert(Head<head::DbMultiClass> && head::DbMultiClass::accepts(kMap) && !head::DbMultiClass::accepts(features(Level{16, 8})));

}  // namespace

TEST_CASE("DbMultiClass gives DB's maps and logits of the classes") {
  auto head = head::DbMultiClass::make(kMap, {.classes = 5});
  head->to(at::kDouble);
  const auto in = part_check::levels(kMap, 32, 48);
  const auto trained = head->forward(in);
  CHECK(part_check::maps(trained).size() == 4);
  CHECK(part_check::maps(trained.regions()).size() == 3);
  CHECK(trained.class_logits.sizes() == at::IntArrayRef{2, 5, 32, 48});
  CHECK(trained.class_logits.min().item<double>() < 0);  // logits, not probabilities
  head->eval();
  const auto read = head->forward(in);
  CHECK(part_check::maps(read).size() == 2);
  CHECK(read.shrink.sizes() == at::IntArrayRef{2, 1, 32, 48});

  head = head::DbMultiClass::make(kMap, {.threshold = false});
  head->to(at::kDouble);
  CHECK(part_check::maps(head->forward(in)).size() == 2);
  CHECK_THROWS_WITH_AS(head::DbMultiClass::make(kMap, {.classes = 0}), doctest::Contains("1 or more"), Error);
}

TEST_CASE("DbMultiClass copies, folds, learns, traces") {
  const auto in = part_check::levels(kMap, 32, 64);
  part_check::copies(*head::DbMultiClass::make(kMap), in);
  part_check::folds(*head::DbMultiClass::make(kMap, {.classes = 4}), kMap, in);
  part_check::learns(*head::DbMultiClass::make(kMap), in);
  part_check::traces(*head::DbMultiClass::make(kMap), in, part_check::levels(kMap, 64, 32, 1));
}
