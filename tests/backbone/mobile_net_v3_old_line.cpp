#include <scriba/backbone/mobile_net_v3_old_line.hpp>

#include "support/line_backbone.hpp"

using namespace scriba;
using backbone::MobileNetV3Gate, backbone::MobileNetV3OldLineLarge, backbone::MobileNetV3OldLineSmall;

static_assert(Backbone<MobileNetV3OldLineSmall> && MobileNetV3OldLineSmall::out == features(Level{96, 4, 1}));
static_assert(MobileNetV3OldLineLarge::out == features(Level{160, 4, 1}));

TEST_CASE("the older MobileNetV3 makes one row of a line, a quarter of the columns rounded up") {
  backbone_check::frames<MobileNetV3OldLineSmall>(32, {{100, 25}, {101, 26}, {3, 1}});
  backbone_check::frames<MobileNetV3OldLineLarge>(32, {{100, 25}, {280, 70}});
}

TEST_CASE_TEMPLATE("the older MobileNetV3 trains, copies, folds, traces", B, MobileNetV3OldLineSmall, MobileNetV3OldLineLarge) {
  backbone_check::line<B>();
}

TEST_CASE("the older MobileNetV3 has the detector's weights: strides and gates have none") {
  const auto shapes = [](const torch::nn::Module& module) {
    std::map<std::string, std::vector<std::int64_t>> out;
    for (const auto& item : module.named_parameters()) out[item.key()] = item.value().sizes().vec();
    return out;
  };
  CHECK(shapes(*MobileNetV3OldLineSmall::make()) == shapes(*backbone::MobileNetV3Small::make()));
  CHECK(shapes(*MobileNetV3OldLineLarge::make({.gate = MobileNetV3Gate::per_pixel})) == shapes(*backbone::MobileNetV3Large::make()));
}

TEST_CASE("gates that look at single pixels give another result") {
  const auto pooled = MobileNetV3OldLineSmall::make({.planes = 1});
  golden::randomize(*pooled, 2);
  const auto per_pixel = MobileNetV3OldLineSmall::make({.planes = 1, .gate = MobileNetV3Gate::per_pixel});
  io::load_weights(*per_pixel, io::state_dict(*pooled));
  pooled->eval(), per_pixel->eval();
  const torch::NoGradGuard no_gradients;
  const auto image = at::randn({1, 1, 32, 40});
  CHECK_FALSE(pooled->forward(image)[0].allclose(per_pixel->forward(image)[0]));
}
