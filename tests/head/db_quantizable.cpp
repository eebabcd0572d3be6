#include <scriba/concepts.hpp>
#include <scriba/head/db_quantizable.hpp>
#include <scriba/loss/db.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kMap = features(Level{16, 4});
static_assert(Head<head::DbQuantizable> && head::DbQuantizable::accepts(kMap) && !head::DbQuantizable::accepts(features(Level{16, 8})));
static_assert(LossFor<loss::Db, head::DbQuantizable>);

}  // namespace

TEST_CASE("DbQuantizable gives three maps in training, and in evaluation one or, asked to, three") {
  const auto in = part_check::levels(kMap, 32, 48);
  for (const bool all : {false, true}) {
    const auto head = head::DbQuantizable::make(kMap, {.threshold_in_evaluation = all});
    head->to(at::kDouble);
    const auto trained = head->forward(in);
    for (const auto& map : part_check::maps(trained)) CHECK(map.sizes() == at::IntArrayRef{2, 1, 32, 48});
    CHECK(part_check::maps(trained).size() == 3);
    const auto step = 1 / (1 + (-50 * (trained.shrink - trained.threshold)).exp());
    CHECK(golden::largest_difference(trained.binary, step) < 1e-12);
    head->eval();
    CHECK(part_check::maps(head->forward(in)).size() == (all ? 3 : 1));
  }
}

TEST_CASE("sixteen pixels of DbQuantizable's maps are one pixel of its input") {
  const auto head = head::DbQuantizable::make(kMap);
  head->to(at::kDouble);
  const torch::NoGradGuard no_gradients;
  const auto shrink = head->forward(part_check::levels(kMap, 32, 48)).shrink;
  for (std::int64_t y = 0; y < 4; ++y)
    for (std::int64_t x = 0; x < 4; ++x)
      CHECK(shrink.slice(2, y, {}, 4).slice(3, x, {}, 4).equal(shrink.slice(2, 0, {}, 4).slice(3, 0, {}, 4)));
}

TEST_CASE("DbQuantizable copies, folds, learns, traces") {
  const auto in = part_check::levels(kMap, 32, 64);
  for (const bool all : {false, true}) {
    part_check::copies(*head::DbQuantizable::make(kMap, {.threshold_in_evaluation = all}), in);
    part_check::folds(*head::DbQuantizable::make(kMap, {.threshold_in_evaluation = all}), kMap, in);
    part_check::learns(*head::DbQuantizable::make(kMap, {.threshold_in_evaluation = all}), in);
    part_check::traces(*head::DbQuantizable::make(kMap, {.threshold_in_evaluation = all}), in, part_check::levels(kMap, 64, 32, 1));
  }
}

TEST_CASE("without a threshold branch DbQuantizable has the shrink map alone, whatever evaluation is asked to give") {
  const auto head = head::DbQuantizable::make(kMap, {.threshold = false, .threshold_in_evaluation = true});
  head->to(at::kDouble);
  CHECK(part_check::maps(head->forward(part_check::levels(kMap, 32, 32))).size() == 1);
  for (const auto& item : head->named_parameters()) CHECK(item.key().starts_with("binarize."));
}
