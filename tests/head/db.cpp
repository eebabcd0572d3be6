#include <scriba/concepts.hpp>
#include <scriba/head/db.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kMap = features(Level{16, 4});
static_assert(Head<head::Db> && head::Db::accepts(kMap));
static_assert(!head::Db::accepts(features(Level{16, 8})) && !head::Db::accepts(features(Level{16, 4}, Level{16, 8})));
static_assert(!head::Db::accepts(features(Level{16, 4, 1})));

}  // namespace

TEST_CASE("Db gives maps of the input's size: three in training, one in evaluation") {
  for (const bool serial : {false, true}) {
    auto head = head::Db::make(kMap, {.serial = serial});
    head->to(at::kDouble);
    const auto in = part_check::levels(kMap, 32, 48);
    const auto trained = head->forward(in);
    for (const auto& map : part_check::maps(trained)) CHECK(map.sizes() == at::IntArrayRef{2, 1, 32, 48});
    CHECK(part_check::maps(trained).size() == 3);
    const auto step = 1 / (1 + (-50 * (trained.shrink - trained.threshold)).exp());
    CHECK(golden::largest_difference(trained.binary, step) < 1e-12);
    head->eval();
    CHECK(part_check::maps(head->forward(in)).size() == 1);
  }
}

TEST_CASE("without a threshold branch Db has the shrink map alone") {
  auto head = head::Db::make(kMap, {.threshold = false});
  head->to(at::kDouble);
  CHECK(part_check::maps(head->forward(part_check::levels(kMap, 32, 32))).size() == 1);
  for (const auto& item : head->named_parameters()) CHECK(item.key().starts_with("binarize."));
}

TEST_CASE("Db copies, folds, learns, traces") {
  const auto in = part_check::levels(kMap, 32, 64);
  for (const bool serial : {false, true}) {
    part_check::copies(*head::Db::make(kMap, {.serial = serial}), in);
    part_check::folds(*head::Db::make(kMap, {.serial = serial}), kMap, in);
    part_check::learns(*head::Db::make(kMap, {.serial = serial}), in);
    part_check::traces(*head::Db::make(kMap, {.serial = serial}), in, part_check::levels(kMap, 64, 32, 1));
  }
}
