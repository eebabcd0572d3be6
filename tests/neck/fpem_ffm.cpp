#include <scriba/concepts.hpp>
#include <scriba/neck/fpem_ffm.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kLevels = features(Level{6, 4}, Level{8, 8}, Level{10, 16}, Level{12, 32});
using Neck8 = neck::FpemFfm<8>;

static_assert(Neck<Neck8>);
static_assert(Neck8::accepts(kLevels) && !Neck8::accepts(features(Level{6, 4}, Level{8, 8})));
static_assert(!Neck8::accepts(features(Level{6, 4}, Level{8, 8}, Level{10, 16}, Level{12, 64})));
static_assert(Neck8::out(kLevels) == features(Level{8, 4}));

}  // namespace

TEST_CASE("FpemFfm gives one map at the finest stride, whatever the image's size") {
  auto neck = Neck8::make(kLevels);
  neck->to(at::kDouble);
  for (const auto& [height, width] : {std::pair{64, 96}, std::pair{32, 32}, std::pair{160, 64}}) {
    const auto maps = neck->forward(part_check::levels(kLevels, height, width));
    REQUIRE(maps.size() == 1);
    CHECK(maps[0].sizes() == at::IntArrayRef{2, 8, height / 4, width / 4});
  }
}

TEST_CASE("FpemFfm takes any number of modules from one") {
  constexpr std::int64_t separable = 8 * 9 + 8 * 8 + 2 * 8;
  const auto one = part_check::parameter_count(*Neck8::make(kLevels, {.count = 1}));
  for (std::int64_t count : {2, 3, 4}) {
    const auto neck = Neck8::make(kLevels, {.count = count});
    CHECK(part_check::parameter_count(*neck) == one + (count - 1) * 6 * separable);
    neck->to(at::kDouble);
    CHECK(neck->forward(part_check::levels(kLevels, 32, 64))[0].isfinite().all().item<bool>());
  }
  CHECK_THROWS_WITH_AS(Neck8::make(kLevels, {.count = 0}), doctest::Contains("1 or more"), Error);
  CHECK_THROWS_AS(Neck8::make(kLevels, {.count = -3}), Error);
}

TEST_CASE("FpemFfm copies, folds, learns, traces") {
  const auto in = part_check::levels(kLevels, 64, 96);
  for (std::int64_t count : {1, 3}) {
    part_check::copies(*Neck8::make(kLevels, {.count = count}), in);
    part_check::folds(*Neck8::make(kLevels, {.count = count}), kLevels, in);
    part_check::learns(*Neck8::make(kLevels, {.count = count}), in);
    part_check::traces(*Neck8::make(kLevels, {.count = count}), in, part_check::levels(kLevels, 96, 32, 1));
  }
}
