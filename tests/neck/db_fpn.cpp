#include <scriba/concepts.hpp>
#include <scriba/neck/db_fpn.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kLevels = features(Level{6, 4}, Level{8, 8}, Level{10, 16}, Level{12, 32});
using Neck8 = neck::DbFpn<8>;

static_assert(Neck<Neck8>);
static_assert(Neck8::accepts(kLevels) && Neck8::accepts(features(Level{3, 2}, Level{3, 4}, Level{3, 8}, Level{3, 16})));
static_assert(!Neck8::accepts(features(Level{6, 4}, Level{8, 8}, Level{10, 16})));                 // a level is missing
static_assert(!Neck8::accepts(features(Level{6, 4}, Level{8, 8}, Level{10, 16}, Level{12, 16})));  // the last does not halve
static_assert(!Neck8::accepts(features(Level{6, 4, 1}, Level{8, 8, 1}, Level{10, 16, 1}, Level{12, 32, 1})));
static_assert(Neck8::out(kLevels) == features(Level{8, 4}));

}  // namespace

TEST_CASE("DbFpn gives one map at the finest stride, whatever the image's size") {
  auto neck = Neck8::make(kLevels);
  neck->to(at::kDouble);
  for (const auto& [height, width] : {std::pair{64, 96}, std::pair{32, 32}, std::pair{160, 64}}) {
    const auto maps = neck->forward(part_check::levels(kLevels, height, width));
    REQUIRE(maps.size() == 1);
    CHECK(maps[0].sizes() == at::IntArrayRef{2, 8, height / 4, width / 4});
  }
}

TEST_CASE("DbFpn puts the coarsest level first and repeats its values") {
  auto neck = Neck8::make(kLevels);
  neck->to(at::kDouble);
  neck->eval();
  const torch::NoGradGuard no_gradients;
  auto in = part_check::levels(kLevels, 64, 64);
  const auto before = neck->forward(in)[0];
  in[0] = at::zeros_like(in[0]);  // the finest level reaches only the last quarter of the channels
  const auto after = neck->forward(in)[0];
  CHECK(after.narrow(1, 0, 6).equal(before.narrow(1, 0, 6)));
  CHECK(!after.narrow(1, 6, 2).equal(before.narrow(1, 6, 2)));
  const auto coarsest = before.narrow(1, 0, 2);  // 2 x 2 values, each 8 x 8 times
  CHECK(coarsest.slice(2, 0, 8).equal(coarsest.slice(2, 0, 1).expand({2, 2, 8, 16})));
}

TEST_CASE("DbFpn copies, folds, learns, traces") {
  const auto in = part_check::levels(kLevels, 64, 96);
  part_check::copies(*Neck8::make(kLevels), in);
  part_check::folds(*Neck8::make(kLevels), kLevels, in);
  part_check::learns(*Neck8::make(kLevels), in);
  part_check::traces(*Neck8::make(kLevels), in, part_check::levels(kLevels, 96, 32, 1));
}
