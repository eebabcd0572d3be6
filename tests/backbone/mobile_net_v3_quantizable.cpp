#include <scriba/backbone/mobile_net_v3_quantizable.hpp>

#include "support/backbone.hpp"

using namespace scriba;
using B = backbone::MobileNetV3Quantizable;

static_assert(Backbone<B>);

TEST_CASE("levels, copies, training and fold of the quantisable MobileNetV3") {
  for (const auto gate : {backbone::MobileNetV3Gate::pooled, backbone::MobileNetV3Gate::per_pixel}) {
    const auto backbone = B::make({.gate = gate});
    backbone_check::levels(*backbone);
    backbone_check::training_step(*backbone);
    backbone_check::training_step(*backbone, {1, 3, 64, 64});
    backbone_check::copies(*backbone);
    backbone_check::fold(*backbone);
  }
}

TEST_CASE("the quantisable MobileNetV3 has the small one's parameters and gates in the two blocks that have none there") {
  CHECK(backbone_check::parameter_count(*B::make()) == 429'164 + 2 * (2 * 24 * 6 + 2 * 6 + 2 * 24));
}

TEST_CASE("names, where convolution and batch norm were fused and where not") {
  const auto names = B::make()->named_parameters();
  for (const char* name :
       {"conv_bn_relu.conv.0.weight", "layer1.0.conv_bn_relu1.conv.1.bias", "layer2.2.conv_bn_relu2.conv.0.weight",
        "layer3.1.conv_bn1.conv.weight", "layer4.2.conv_bn1.bn.weight", "layer1.1.se.se.0.conv.0.weight", "layer4.0.se.se.1.bn.bias"})
    CHECK_MESSAGE(names.contains(name), name);
  CHECK_FALSE(names.contains("layer3.2.conv_bn1.conv.weight"));
}

TEST_CASE("parameter names of the reference's case") {
  const auto path = golden::shared() / "golden" / "networks" / "DB_qat_mobilenetv3_small.json";
  if (golden::absent(path)) return;
  std::vector<std::string> expected, got;
  for (const auto& name : golden::json(path).at("param_names").get<std::vector<std::string>>())
    if (name.starts_with("backbone.")) expected.push_back(name.substr(9));
  for (const auto& item : B::make()->named_parameters()) got.push_back(item.key());
  CHECK(got == expected);
}
