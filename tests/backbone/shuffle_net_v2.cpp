#include <scriba/backbone/shuffle_net_v2.hpp>

#include "support/backbone.hpp"

using namespace scriba;

static_assert(Backbone<backbone::ShuffleNetV2X10>);
static_assert(backbone::ShuffleNetV2X05::out == features(Level{24, 4}, Level{48, 8}, Level{96, 16}, Level{192, 32}));
static_assert(backbone::ShuffleNetV2X20::out == features(Level{24, 4}, Level{244, 8}, Level{488, 16}, Level{976, 32}));

TEST_CASE_TEMPLATE("levels, copies, training, graphs and fold of ShuffleNetV2", B, backbone::ShuffleNetV2X05, backbone::ShuffleNetV2X10,
                   backbone::ShuffleNetV2X15, backbone::ShuffleNetV2X20) {
  const auto backbone = B::make();
  backbone_check::levels(*backbone);
  backbone_check::training_step(*backbone);
  backbone_check::training_step(*backbone, {1, 3, 32, 32});  // one value a channel
  backbone_check::copies(*backbone);
  backbone_check::traces(*backbone);
  backbone_check::fold(*backbone);
  backbone_check::traces(*backbone);
}

TEST_CASE("parameters of the ShuffleNets are torchvision's without the last convolution and the classifier") {
  // torchvision's totals less last x 1024 + 2 x 1024 (2048 for the widest) and 1024 (2048) x 1000 + 1000.
  const auto rest = [](std::int64_t last, std::int64_t wide) { return last * wide + 2 * wide + wide * 1000 + 1000; };
  CHECK(backbone_check::parameter_count(*backbone::ShuffleNetV2X05::make()) == 1'366'792 - rest(192, 1024));
  CHECK(backbone_check::parameter_count(*backbone::ShuffleNetV2X10::make()) == 2'278'604 - rest(464, 1024));
  CHECK(backbone_check::parameter_count(*backbone::ShuffleNetV2X15::make()) == 3'503'624 - rest(704, 1024));
  CHECK(backbone_check::parameter_count(*backbone::ShuffleNetV2X20::make()) == 7'393'996 - rest(976, 2048));
}

TEST_CASE("names of ShuffleNetV2 are torchvision's") {
  const auto names = backbone::ShuffleNetV2X10::make()->named_parameters();
  for (const char* name : {"conv1.0.weight", "conv1.1.bias", "stage2.0.branch1.0.weight", "stage2.0.branch1.1.weight",
                           "stage2.0.branch1.2.weight", "stage2.0.branch1.3.bias", "stage3.7.branch2.0.weight", "stage3.7.branch2.1.weight",
                           "stage4.3.branch2.3.weight", "stage4.3.branch2.4.bias", "stage4.3.branch2.5.weight", "stage4.3.branch2.6.bias"})
    CHECK_MESSAGE(names.contains(name), name);
  CHECK(names.size() == 3 + 3 * 6 + 16 * 9);  // stem, first branches of three units, second ones of all
  CHECK(names["stage2.0.branch1.0.weight"].sizes() == at::IntArrayRef({24, 1, 3, 3}));
  CHECK(names["stage2.1.branch2.3.weight"].sizes() == at::IntArrayRef({58, 1, 3, 3}));
}

TEST_CASE("half of the channels pass a unit, and come out at every other place") {
  const torch::NoGradGuard no_gradients;
  backbone::detail::ShuffleUnit unit(8, 8, 1, nn::Form::training);
  golden::randomize(unit, 4);
  unit.eval();
  const auto x = at::randn({1, 8, 5, 3}), y = unit.forward(x);
  for (int c = 0; c < 4; ++c) CHECK(y[0][2 * c].equal(x[0][c]));
  CHECK_FALSE(y[0][1].equal(x[0][4]));
}
