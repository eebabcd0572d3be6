#include <scriba/concepts.hpp>
#include <scriba/neck/fpn.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kLevels = features(Level{6, 4}, Level{8, 8}, Level{10, 16}, Level{12, 32});
using Neck7 = neck::Fpn<7>;

static_assert(Neck<Neck7>);
static_assert(Neck7::accepts(kLevels) && Neck7::accepts(features(Level{3, 2}, Level{3, 4}, Level{3, 8}, Level{3, 16})));
static_assert(!Neck7::accepts(features(Level{6, 4})) && !Neck7::accepts(features(Level{6, 4}, Level{8, 4}, Level{10, 8}, Level{12, 16})));
static_assert(Neck7::out(kLevels) == features(Level{7, 4}));

}  // namespace

TEST_CASE("Fpn gives one map at the finest stride, whatever the image's size") {
  auto neck = Neck7::make(kLevels);
  neck->to(at::kDouble);
  for (const auto& [height, width] : {std::pair{64, 96}, std::pair{32, 32}, std::pair{160, 64}}) {
    const auto maps = neck->forward(part_check::levels(kLevels, height, width));
    REQUIRE(maps.size() == 1);
    CHECK(maps[0].sizes() == at::IntArrayRef{2, 7, height / 4, width / 4});
  }
}

TEST_CASE("every level of Fpn counts in the result") {
  auto neck = Neck7::make(kLevels);
  neck->to(at::kDouble);
  neck->eval();
  const torch::NoGradGuard no_gradients;
  const auto in = part_check::levels(kLevels, 64, 64);
  const auto expected = neck->forward(in)[0];
  for (std::size_t i = 0; i < in.size(); ++i) {
    auto changed = in;
    changed[i] = -in[i];
    CHECK(golden::largest_difference(neck->forward(changed)[0], expected) > 1e-3);
  }
}

TEST_CASE("Fpn copies, folds, learns, traces") {
  const auto in = part_check::levels(kLevels, 64, 96);
  part_check::copies(*Neck7::make(kLevels), in);
  part_check::folds(*Neck7::make(kLevels), kLevels, in);
  part_check::learns(*Neck7::make(kLevels), in);
  part_check::traces(*Neck7::make(kLevels), in, part_check::levels(kLevels, 96, 32, 1));
}
