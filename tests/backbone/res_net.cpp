#include <scriba/backbone/res_net.hpp>

#include "support/backbone.hpp"

using namespace scriba;

static_assert(Backbone<backbone::ResNet18> && Backbone<backbone::ResNet50Deep>);
static_assert(backbone::ResNet34::out == features(Level{64, 4}, Level{128, 8}, Level{256, 16}, Level{512, 32}));
static_assert(backbone::ResNet152Deep::out == features(Level{256, 4}, Level{512, 8}, Level{1024, 16}, Level{2048, 32}));

TEST_CASE_TEMPLATE("levels, copies, training and fold of a residual network", B, backbone::ResNet18, backbone::ResNet18Deep,
                   backbone::ResNet50, backbone::ResNet50Deep) {
  const auto backbone = B::make();
  backbone_check::levels(*backbone);
  backbone_check::training_step(*backbone);
  backbone_check::copies(*backbone);
  backbone_check::fold(*backbone);
}

TEST_CASE("parameters of the residual networks are torchvision's without the classifier") {
  // torchvision's totals less 512 (2048) x 1000 + 1000.
  CHECK(backbone_check::parameter_count(*backbone::ResNet18::make()) == 11'689'512 - 513'000);
  CHECK(backbone_check::parameter_count(*backbone::ResNet34::make()) == 21'797'672 - 513'000);
  CHECK(backbone_check::parameter_count(*backbone::ResNet50::make()) == 25'557'032 - 2'049'000);
  CHECK(backbone_check::parameter_count(*backbone::ResNet101::make()) == 44'549'160 - 2'049'000);
  CHECK(backbone_check::parameter_count(*backbone::ResNet152::make()) == 60'192'808 - 2'049'000);
  CHECK(backbone_check::parameter_count(*backbone::ResNet50Deep::make()) == 23'631'808);
}

TEST_CASE("names and shapes of the residual networks are the reference's") {
  backbone_check::reference_names(*backbone::ResNet50::make(), "DB_resnet50_7x7");
  backbone_check::reference_names(*backbone::ResNet50Deep::make(), "DB_resnet50_3x3");
  backbone_check::reference_names(*backbone::ResNet18::make(), "PAN_resnet18_7x7");
  backbone_check::reference_names(*backbone::ResNet18Deep::make(), "PAN_resnet18_3x3");
}

TEST_CASE("initial weights have the published spread") {
  torch::manual_seed(4);
  const auto backbone = backbone::ResNet18::make();
  const auto parameters = backbone->named_parameters();
  CHECK(parameters["conv1.weight"].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (49 * 64))).epsilon(0.03));
  CHECK(parameters["layer4.1.conv2.weight"].std().item<double>() == doctest::Approx(std::sqrt(2.0 / (9 * 512))).epsilon(0.03));
  CHECK(parameters["bn1.weight"].equal(at::ones({64})));
  CHECK(parameters["bn1.bias"].equal(at::zeros({64})));
}

TEST_CASE("a map of one value a channel can be trained on") {
  const auto backbone = backbone::ResNet18::make();
  backbone_check::training_step(*backbone, {1, 3, 32, 32});
}

TEST_CASE_TEMPLATE("deformable stages: levels, training, graphs and fold", B, backbone::ResNet18, backbone::ResNet50Deep) {
  const auto backbone = B::make({.deformable = {false, true, true, true}});
  backbone_check::levels(*backbone);
  backbone_check::training_step(*backbone);
  backbone_check::traces(*backbone);
  // Offsets of a pixel or so: wild ones make rounding errors grow from block to block.
  const torch::NoGradGuard no_gradients;
  golden::randomize(*backbone, 3);
  for (auto& item : backbone->named_parameters())
    if (item.key().find("conv2_offset") != std::string::npos) item.value().mul_(0.02);
  const auto image = at::randn({2, 3, 64, 96}, at::kDouble);
  const auto expected = backbone->forward(image);
  CHECK(backbone_check::largest_difference(std::dynamic_pointer_cast<B>(backbone->clone())->forward(image), expected) == 0);
  backbone->fold();
  CHECK(backbone->buffers().empty());
  CHECK(backbone_check::largest_difference(backbone->forward(image), expected) < 1e-9);
  const auto made = B::make(backbone->options());
  made->to(at::kDouble);
  io::load_weights(*made, io::state_dict(*backbone));
  CHECK(backbone_check::largest_difference(made->forward(image), backbone->forward(image)) == 0);
}

TEST_CASE("deformable stages have the names of DB's networks, and chosen ones only") {
  const auto names = backbone::ResNet18::make({.deformable = {false, true, true, true}})->named_parameters();
  for (const char* name : {"layer2.0.conv2_offset.weight", "layer3.1.conv2_offset.bias", "layer4.0.conv2.weight"})
    CHECK_MESSAGE(names.contains(name), name);
  CHECK_FALSE(names.contains("layer1.0.conv2_offset.weight"));
  CHECK_FALSE(names.contains("layer2.0.conv1_offset.weight"));
  CHECK(names["layer4.1.conv2_offset.weight"].sizes() == at::IntArrayRef({27, 512, 3, 3}));
  // Two blocks of 128, 256 and 512 channels: 27 x 9 weights a channel and 27 biases each.
  CHECK(backbone_check::parameter_count(*backbone::ResNet18::make({.deformable = {false, true, true, true}})) ==
        11'689'512 - 513'000 + 2 * (27 * 9 * (128 + 256 + 512) + 3 * 27));
}

TEST_CASE("with nothing learned yet, a deformable network is a plain one whose second convolutions count half") {
  const torch::NoGradGuard no_gradients;
  const auto plain = backbone::ResNet18::make(), deformable = backbone::ResNet18::make({.deformable = {true, true, true, true}});
  golden::randomize(*plain, 6);
  auto weights = deformable->named_parameters();
  io::load_weights(*deformable, io::state_dict(*plain), {.strict = false});
  for (auto& item : weights)
    if (item.key().ends_with("conv2.weight")) item.value().mul_(2);
  plain->eval(), deformable->eval();
  const auto image = at::randn({1, 3, 64, 96});
  CHECK(backbone_check::largest_difference(deformable->forward(image), plain->forward(image)) < 1e-4);
}
