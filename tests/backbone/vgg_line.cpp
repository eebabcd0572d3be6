#include <scriba/backbone/vgg_line.hpp>

#include "support/line_backbone.hpp"

using namespace scriba;

static_assert(Backbone<backbone::Vgg16BnLine> && backbone::Vgg11Line::out == features(Level{512, 4, 1}));

TEST_CASE("VGG makes one row of a line, a quarter of the columns less three") {
  backbone_check::frames<backbone::Vgg11Line>(32, {{100, 22}, {103, 22}, {16, 1}});
  backbone_check::frames<backbone::Vgg11BnLine>(32, {{100, 22}});
  const auto backbone = backbone::Vgg11Line::make();
  CHECK_THROWS_AS(backbone->forward(at::zeros({1, 3, 32, 15})), c10::Error);  // too narrow: no frame
}

TEST_CASE_TEMPLATE("VGG trains, copies, folds, traces", B, backbone::Vgg11BnLine, backbone::Vgg13Line) { backbone_check::line<B>(); }

TEST_CASE("parameters of VGG are torchvision's without the classifier") {
  // torchvision's totals less 25088 x 4096 + 4096 + 4096 x 4096 + 4096 + 4096 x 1000 + 1000.
  constexpr std::int64_t classifier = 123'642'856;
  CHECK(backbone_check::parameter_count(*backbone::Vgg11Line::make()) == 132'863'336 - classifier);
  CHECK(backbone_check::parameter_count(*backbone::Vgg13Line::make()) == 133'047'848 - classifier);
  CHECK(backbone_check::parameter_count(*backbone::Vgg16Line::make()) == 138'357'544 - classifier);
  CHECK(backbone_check::parameter_count(*backbone::Vgg19Line::make()) == 143'667'240 - classifier);
  CHECK(backbone_check::parameter_count(*backbone::Vgg11BnLine::make()) == 132'868'840 - classifier);
  CHECK(backbone_check::parameter_count(*backbone::Vgg13BnLine::make()) == 133'053'736 - classifier);
  CHECK(backbone_check::parameter_count(*backbone::Vgg16BnLine::make()) == 138'365'992 - classifier);
  CHECK(backbone_check::parameter_count(*backbone::Vgg19BnLine::make()) == 143'678'248 - classifier);
}

TEST_CASE("names of VGG's layers are torchvision's") {
  const auto names = [](const torch::nn::Module& module) {
    std::vector<std::string> out;
    for (const auto& item : module.named_parameters())
      if (item.value().dim() == 4) out.push_back(item.key());
    return out;
  };
  using Names = std::vector<std::string>;
  CHECK(names(*backbone::Vgg11Line::make()) == Names{"features.0.weight", "features.3.weight", "features.6.weight", "features.8.weight",
                                                     "features.11.weight", "features.13.weight", "features.16.weight",
                                                     "features.18.weight"});
  CHECK(names(*backbone::Vgg11BnLine::make()) == Names{"features.0.weight", "features.4.weight", "features.8.weight", "features.11.weight",
                                                       "features.15.weight", "features.18.weight", "features.22.weight",
                                                       "features.25.weight"});
}
