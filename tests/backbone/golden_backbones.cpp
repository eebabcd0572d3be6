// Every reference network: the maps its backbone hands on, in evaluation and in training.
#include <scriba/backbone/crnn_line.hpp>
#include <scriba/backbone/mobile_net_v3.hpp>
#include <scriba/backbone/mobile_net_v3_line.hpp>
#include <scriba/backbone/mobile_net_v3_quantizable.hpp>
#include <scriba/backbone/res_net.hpp>
#include <scriba/backbone/res_net_line.hpp>
#include <scriba/backbone/sast_res_net.hpp>
#include <scriba/backbone/vgg_line.hpp>

#include "support/backbone.hpp"
#include "support/formula.hpp"

using namespace scriba;

namespace {

// `reversed`: the reference returns the coarsest map first.
template <class B>
void check(const nlohmann::json& description, const std::map<std::string, at::Tensor>& stored, typename B::Options options,
           bool reversed = false) {
  const auto backbone = B::make(options);
  backbone->to(at::kDouble);
  golden::fill_with_formula(*backbone, [](const std::string& name) { return "backbone." + name; });
  const auto input = golden::formula_input(description.at("input"));
  const torch::NoGradGuard no_gradients;
  for (const bool training : {false, true}) {
    backbone->train(training);
    auto maps = backbone->forward(input);
    if (reversed) std::reverse(maps.begin(), maps.end());
    for (std::size_t i = 0; i < maps.size(); ++i) {
      const auto key = (training ? "train.backbone." : "eval.backbone.") + std::to_string(i);
      CHECK(maps[i].sizes() == description.at("shapes").at(key).get<std::vector<std::int64_t>>());
      CHECK_MESSAGE(golden::relative_difference(stored, key, maps[i]) < 1e-8, key);
    }
    CHECK_FALSE(description.at("shapes").contains((training ? "train.backbone." : "eval.backbone.") + std::to_string(maps.size())));
  }
}

// Returns false, and fails the test, for a backbone that stands for nothing here.
bool check_case(const nlohmann::json& description, const golden::fs::path& values) {
  const auto name = description.at("components").at("backbone").get<std::string>();
  const auto run = [&]<class B>(std::type_identity<B>, typename B::Options options, bool reversed = false) {
    check<B>(description, golden::tensors(values), options, reversed);
    return true;
  };
  using std::type_identity;
  if (name == "det_resnet.resnet18") return run(type_identity<backbone::ResNet18>{}, {});
  if (name == "det_resnet.resnet34") return run(type_identity<backbone::ResNet34>{}, {});
  if (name == "det_resnet.resnet50") return run(type_identity<backbone::ResNet50>{}, {});
  if (name == "det_resnet.resnet101") return run(type_identity<backbone::ResNet101>{}, {});
  if (name == "det_resnet.resnet152") return run(type_identity<backbone::ResNet152>{}, {});
  if (name == "det_resnet_3_3.resnet18") return run(type_identity<backbone::ResNet18Deep>{}, {});
  if (name == "det_resnet_3_3.resnet50") return run(type_identity<backbone::ResNet50Deep>{}, {});
  if (name == "det_resnet_3_3.resnet101") return run(type_identity<backbone::ResNet101Deep>{}, {});
  const auto gate = backbone::MobileNetV3Gate::per_pixel;
  if (name == "det_mobilev3.mobilenet_v3_small") return run(type_identity<backbone::MobileNetV3Small>{}, {.gate = gate});
  if (name == "det_mobilev3.mobilenet_v3_large") return run(type_identity<backbone::MobileNetV3Large>{}, {.gate = gate});
  if (name == "det_mobilev3_pytorch_qua.mobilenet_v3_small") return run(type_identity<backbone::MobileNetV3Quantizable>{}, {.gate = gate});
  if (name == "det_resnet_sast.resnet50") return run(type_identity<backbone::SastResNet50>{}, {}, true);
  if (name == "det_resnet_sast_3_3.resnet50") return run(type_identity<backbone::SastResNet50Deep>{}, {}, true);
  const auto planes = description.at("input").at("shape").at(1).get<std::int64_t>();
  if (name == "reg_resnet_bd.resnet18") return run(type_identity<backbone::ResNet18Line>{}, {.planes = planes});
  if (name == "reg_resnet_bd.resnet34") return run(type_identity<backbone::ResNet34Line>{}, {.planes = planes});
  if (name == "reg_resnet_bd.resnet50") return run(type_identity<backbone::ResNet50Line>{}, {.planes = planes});
  if (name == "rec_mobilev3_bd.mobilenet_v3_small") return run(type_identity<backbone::MobileNetV3LineSmall>{}, {.planes = planes});
  if (name == "rec_mobilev3_bd.mobilenet_v3_large") return run(type_identity<backbone::MobileNetV3LineLarge>{}, {.planes = planes});
  if (name == "rec_crnn_backbone.rec_crnn_backbone") return run(type_identity<backbone::CrnnLine>{}, {.planes = planes});
  if (name == "rec_vgg.vgg11_bn") return run(type_identity<backbone::Vgg11BnLine>{}, {.planes = planes});
  if (name == "rec_vgg.vgg16") return run(type_identity<backbone::Vgg16Line>{}, {.planes = planes});
  if (name == "rec_vgg.vgg16_bn") return run(type_identity<backbone::Vgg16BnLine>{}, {.planes = planes});
  if (name == "rec_vgg.vgg19_bn") return run(type_identity<backbone::Vgg19BnLine>{}, {.planes = planes});
  CHECK_MESSAGE(false, "no backbone for ", name);
  return false;
}

}  // namespace

TEST_CASE("feature maps of the reference's networks") {
  const auto folder = golden::shared() / "golden" / "networks";
  if (golden::absent(folder)) return;
  int compared = 0;
  for (const auto& path : golden::cases(folder, "")) {
    const auto description = golden::json(path);
    if (!description.contains("components")) continue;
    INFO(path.stem().string());
    compared += check_case(description, golden::fs::path(path).replace_extension(".pt"));
  }
  CHECK(compared > 0);
}
