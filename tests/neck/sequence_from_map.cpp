#include <scriba/concepts.hpp>
#include <scriba/neck/sequence_from_map.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kMap = features(Level{3, 4}), kRows = features(Level{3, 4, 2});
using Mean = neck::SequenceFromMap<>;
using Stacked = neck::SequenceFromMap<neck::MapRows::stacked>;

static_assert(Neck<Mean> && Neck<Stacked>);
static_assert(Mean::accepts(kMap) && Mean::accepts(kRows) && Mean::out(kMap) == features(Level{3, 4, 1}));
static_assert(!Stacked::accepts(kMap) && Stacked::accepts(kRows) && Stacked::out(kRows) == features(Level{6, 4, 1}));
static_assert(!Mean::accepts(features(Level{3, 4}, Level{3, 8})) && Mean::out(kRows).is_sequence());

}  // namespace

TEST_CASE("rows become their mean, or more channels") {
  const auto map = at::arange(12, at::kDouble).reshape({1, 3, 2, 2});
  const auto mean = Mean::make(kRows)->forward({map})[0];
  CHECK(mean.equal(at::tensor({1., 2., 5., 6., 9., 10.}, at::kDouble).reshape({1, 3, 1, 2})));
  const auto stacked = Stacked::make(kRows)->forward({map})[0];
  CHECK(stacked.equal(map.reshape({1, 6, 1, 2})));
  const auto row = at::randn({2, 3, 1, 5});
  CHECK(Mean::make(features(Level{3, 4, 1}))->forward({row})[0].equal(row));
}

TEST_CASE("sequences from maps trace") {
  const auto map = [](std::int64_t samples, std::int64_t frames) { return Features{at::randn({samples, 3, 2, frames}, at::kDouble)}; };
  part_check::traces(*Mean::make(kRows), map(1, 4), map(3, 7));
  part_check::traces(*Stacked::make(kRows), map(1, 4), map(3, 7));
}
