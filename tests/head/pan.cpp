#include <scriba/concepts.hpp>
#include <scriba/head/pan.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kMap = features(Level{6, 4});
static_assert(Head<head::Pan> && head::Pan::accepts(kMap) && !head::Pan::accepts(features(Level{6, 4}, Level{6, 8})));

}  // namespace

TEST_CASE("Pan gives six maps of the input's size, in training and evaluation") {
  auto head = head::Pan::make(kMap);
  head->to(at::kDouble);
  const auto in = part_check::levels(kMap, 32, 48);
  const auto trained = head->forward(in).logits;
  CHECK(trained.sizes() == at::IntArrayRef{2, 6, 32, 48});
  head->eval();
  CHECK(head->forward(in).logits.equal(trained));
}

TEST_CASE("Pan copies, learns, traces") {
  const auto in = part_check::levels(kMap, 32, 64);
  part_check::copies(*head::Pan::make(kMap), in);
  part_check::learns(*head::Pan::make(kMap), in);
  part_check::traces(*head::Pan::make(kMap), in, part_check::levels(kMap, 64, 32, 1));
}
