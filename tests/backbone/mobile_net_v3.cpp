#include <scriba/backbone/mobile_net_v3.hpp>

#include "support/backbone.hpp"

using namespace scriba;
using backbone::MobileNetV3Gate;
using Gate = backbone::detail::MobileNetV3GateModule<backbone::detail::MobileNetV3GateLayers, backbone::MobileNetV3Options>;

static_assert(Backbone<backbone::MobileNetV3Small> && Backbone<backbone::MobileNetV3Large>);
static_assert(backbone::MobileNetV3Small::out == features(Level{24, 4}, Level{40, 8}, Level{48, 16}, Level{96, 32}));
static_assert(backbone::MobileNetV3Large::out == features(Level{24, 4}, Level{40, 8}, Level{80, 16}, Level{160, 32}));

TEST_CASE_TEMPLATE("levels, copies, training and fold of MobileNetV3", B, backbone::MobileNetV3Small, backbone::MobileNetV3Large) {
  for (const auto gate : {MobileNetV3Gate::pooled, MobileNetV3Gate::per_pixel}) {
    const auto backbone = B::make({.gate = gate});
    backbone_check::levels(*backbone);
    backbone_check::training_step(*backbone);
    backbone_check::training_step(*backbone, {1, 3, 64, 64});  // pooled: one value a channel
    backbone_check::copies(*backbone);
    backbone_check::fold(*backbone);
  }
}

TEST_CASE("parameters, names and shapes of MobileNetV3 are the reference's, whatever the gate") {
  for (const auto gate : {MobileNetV3Gate::pooled, MobileNetV3Gate::per_pixel}) {
    const auto small = backbone::MobileNetV3Small::make({.gate = gate});
    CHECK(backbone_check::parameter_count(*small) == 429'164);
    backbone_check::reference_names(*small, "DB_mbv3_small");
    CHECK(backbone_check::parameter_count(*backbone::MobileNetV3Large::make({.gate = gate})) == 1'277'572);
  }
}

TEST_CASE("a pooled gate is one number a channel, a per-pixel gate is not") {
  const torch::NoGradGuard no_gradients;
  torch::manual_seed(8);
  const auto x = at::rand({2, 16, 5, 7}, at::kDouble) + 0.5;
  for (const auto gate : {MobileNetV3Gate::pooled, MobileNetV3Gate::per_pixel}) {
    Gate module(16, {.gate = gate});
    module.to(at::kDouble);
    golden::randomize(module, 9);
    module.eval();
    const auto factor = module.forward(x) / x;
    const auto spread = (factor - factor.mean({2, 3}, true)).abs().max().item<double>();
    CHECK((spread < 1e-12) == (gate == MobileNetV3Gate::pooled));
    CHECK(factor.min().item<double>() >= 0);
    CHECK(factor.max().item<double>() <= 1);
  }
}

TEST_CASE("a constant image sees the same gate pooled or per pixel") {
  // Padding makes borders differ, so compare the gate alone.
  const torch::NoGradGuard no_gradients;
  const auto x = at::rand({1, 16, 1, 1}, at::kDouble).expand({1, 16, 4, 4}).contiguous();
  Gate pooled(16, {}), per_pixel(16, {.gate = MobileNetV3Gate::per_pixel});
  for (auto* module : {&pooled, &per_pixel}) {
    module->to(at::kDouble);
    golden::randomize(*module, 10);
    module->eval();
  }
  CHECK(golden::largest_difference(pooled.forward(x), per_pixel.forward(x)) < 1e-12);
}
