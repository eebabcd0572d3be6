#include <scriba/concepts.hpp>
#include <scriba/head/pse.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kMap = features(Level{6, 4});
static_assert(Head<head::Pse> && head::Pse::accepts(kMap) && head::Pse::accepts(features(Level{6, 2})));
static_assert(!head::Pse::accepts(features(Level{6, 4}, Level{6, 8})) && !head::Pse::accepts(features(Level{6, 4, 1})));

}  // namespace

TEST_CASE("Pse gives logits of the input's size, in training and evaluation") {
  for (const std::int64_t stride : {2, 4}) {
    const auto spec = features(Level{6, stride});
    auto head = head::Pse::make(spec, {.kernels = 5});
    head->to(at::kDouble);
    const auto in = part_check::levels(spec, 32, 48);
    const auto trained = head->forward(in).logits;
    CHECK(trained.sizes() == at::IntArrayRef{2, 5, 32, 48});
    head->eval();
    CHECK(head->forward(in).logits.equal(trained));
    CHECK(trained.slice(2, 0, stride).equal(trained.slice(2, 0, 1).expand({2, 5, stride, 48})));  // each value repeated
  }
  CHECK_THROWS_WITH_AS(head::Pse::make(kMap, {.kernels = 1}), doctest::Contains("2 or more"), Error);
}

TEST_CASE("Pse copies, learns, traces") {
  const auto in = part_check::levels(kMap, 32, 64);
  part_check::copies(*head::Pse::make(kMap), in);
  part_check::learns(*head::Pse::make(kMap), in);
  part_check::traces(*head::Pse::make(kMap), in, part_check::levels(kMap, 64, 32, 1));
}
