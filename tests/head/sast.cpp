#include <scriba/concepts.hpp>
#include <scriba/head/sast.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

constexpr FeatureSpec kMap = features(Level{10, 4});
static_assert(Head<head::Sast> && head::Sast::accepts(kMap) && !head::Sast::accepts(features(Level{10, 4}, Level{10, 8})));

}  // namespace

TEST_CASE("Sast gives four maps of the neck's size") {
  auto head = head::Sast::make(kMap);
  head->to(at::kDouble);
  for (const bool training : {true, false}) {
    head->train(training);
    const auto out = head->forward(part_check::levels(kMap, 64, 128));
    CHECK(out.score.sizes() == at::IntArrayRef{2, 1, 16, 32});
    CHECK(out.border.sizes() == at::IntArrayRef{2, 4, 16, 32});
    CHECK(out.tvo.sizes() == at::IntArrayRef{2, 8, 16, 32});
    CHECK(out.tco.sizes() == at::IntArrayRef{2, 2, 16, 32});
    CHECK((out.score.min().item<double>() > 0 && out.score.max().item<double>() < 1));
    CHECK(out.border.min().item<double>() < 0);
  }
}

TEST_CASE("Sast copies, folds, learns, traces") {
  const auto in = part_check::levels(kMap, 64, 32);
  part_check::copies(*head::Sast::make(kMap), in);
  part_check::folds(*head::Sast::make(kMap), kMap, in);
  part_check::learns(*head::Sast::make(kMap), in);
  part_check::traces(*head::Sast::make(kMap), in, part_check::levels(kMap, 32, 96, 1));
}
