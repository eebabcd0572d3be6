#include <scriba/neck/db_fpn.hpp>
#include <scriba/neck/fpem_ffm.hpp>
#include <scriba/neck/fpn.hpp>
#include <scriba/neck/require_doubling.hpp>
#include <scriba/neck/sast_fusion.hpp>
#include <scriba/neck/se_fpn.hpp>

#include "support/parts.hpp"

using namespace scriba;

namespace {

// A network rounds up where a side is no multiple of its stride.
Features rounded_up(const FeatureSpec& spec, std::int64_t height, std::int64_t width) {
  Features out;
  for (std::size_t i = 0; i < spec.size; ++i) {
    const auto stride = spec[i].stride;
    out.push_back(at::zeros({1, spec[i].channels, (height + stride - 1) / stride, (width + stride - 1) / stride}));
  }
  return out;
}

constexpr FeatureSpec kFour = features(Level{6, 4}, Level{8, 8}, Level{10, 16}, Level{12, 32});
constexpr FeatureSpec kSeven = features(Level{3, 1}, Level{5, 2}, Level{6, 4}, Level{7, 8}, Level{8, 16}, Level{9, 32}, Level{10, 64});

template <class N>
void check_refuses(const FeatureSpec& spec) {
  const auto neck = N::make(spec);
  neck->eval();
  CHECK_THROWS_WITH_AS(neck->forward(rounded_up(spec, 100, 128)), doctest::Contains("multiples of the coarsest stride"), Error);
  CHECK_THROWS_AS(neck->forward(rounded_up(spec, 128, 72)), Error);
  CHECK_NOTHROW(neck->forward(rounded_up(spec, 128, 64)));
}

}  // namespace

TEST_CASE("require_doubling says which levels do not fit") {
  CHECK_NOTHROW(neck::require_doubling({}));
  CHECK_NOTHROW(neck::require_doubling({at::zeros({1, 2, 4, 6}), at::zeros({1, 3, 2, 3})}));
  CHECK_THROWS_WITH_AS(neck::require_doubling({at::zeros({1, 2, 4, 6}), at::zeros({1, 3, 2, 3}), at::zeros({1, 3, 1, 2})}),
                       doctest::Contains("levels 1 and 2"), Error);
}

TEST_CASE("necks refuse images whose sides do not fit them") {
  check_refuses<neck::DbFpn<8>>(kFour);
  check_refuses<neck::Fpn<8>>(kFour);
  check_refuses<neck::FpemFfm<8>>(kFour);
  check_refuses<neck::SeFpn<16, neck::SeFpnSmooth::conv3x3>>(kFour);
  check_refuses<neck::SastFusion>(kSeven);
}
