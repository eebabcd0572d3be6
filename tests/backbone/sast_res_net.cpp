#include <scriba/backbone/sast_res_net.hpp>

#include "support/backbone.hpp"

using namespace scriba;

static_assert(Backbone<backbone::SastResNet50> && Backbone<backbone::SastResNet50Deep>);
static_assert(backbone::SastResNet50::out[1] == Level{64, 2} && backbone::SastResNet50Deep::out[1] == Level{128, 2});
static_assert(backbone::SastResNet50::out.size == 7 && backbone::SastResNet50::out.doubles());

TEST_CASE_TEMPLATE("levels, copies, training and fold of SAST's network", B, backbone::SastResNet50, backbone::SastResNet50Deep) {
  const auto backbone = B::make();
  backbone_check::levels(*backbone);
  backbone_check::training_step(*backbone, {2, 3, 128, 64});
  backbone_check::copies(*backbone);
  backbone_check::fold(*backbone);
}

TEST_CASE("the first map is the image itself") {
  const auto image = at::rand({1, 3, 64, 64});
  const torch::NoGradGuard no_gradients;
  CHECK(backbone::SastResNet50::make()->forward(image)[0].is_same(image));
}

TEST_CASE("names, shapes and parameters of SAST's network are the reference's") {
  const auto deep = backbone::SastResNet50Deep::make();
  backbone_check::reference_names(*deep, "SAST_resnet50_3x3");
  // layer5: 1 x 1, 3 x 3 and 1 x 1 of three blocks with a projection, each with its batch norm.
  const std::int64_t layer5 = 3 * (2048 * 512 + 9 * 512 * 512 + 512 * 2048 + 2 * (512 + 512 + 2048)) + 2048 * 2048 + 2 * 2048;
  CHECK(backbone_check::parameter_count(*deep) == 23'631'808 + layer5);
  CHECK(backbone_check::parameter_count(*backbone::SastResNet50::make()) == 25'557'032 - 2'049'000 + layer5);
}

TEST_CASE("a deformable fifth stage") {
  const auto backbone = backbone::SastResNet50::make({.deformable = {false, false, false, false, true}});
  CHECK(backbone->named_parameters().contains("layer5.2.conv2_offset.weight"));
  CHECK_FALSE(backbone->named_parameters().contains("layer4.2.conv2_offset.weight"));
  backbone_check::levels(*backbone, {{128, 64}});
  backbone_check::training_step(*backbone, {2, 3, 64, 64});
}
