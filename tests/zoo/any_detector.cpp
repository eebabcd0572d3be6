#include "zoo/any_detector.hpp"

#include <cctype>
#include <utility>

#include <scriba/zoo/backbone_variants.hpp>
#include <scriba/zoo/pp_ocr.hpp>
#include <scriba/zoo/visit_reference_detector.hpp>

namespace zoo_tests {

namespace {

using namespace scriba;

// "ResNet<50, deep3x3>": the compiler's name of a part, without where it is declared.
template <class Part>
std::string part_name() {
  const std::string_view text = __PRETTY_FUNCTION__;
  const auto begin = text.find("Part = ") + 7;
  std::string out, word;
  for (const char c : text.substr(begin, text.find_first_of(";]", begin) - begin)) {
    if (c == ':')
      word.clear();
    else if (std::isalnum(static_cast<unsigned char>(c)) || c == '_')
      word += c;
    else
      out += std::exchange(word, {}) + c;
  }
  return out + word;
}

template <class Model>
struct PartNames;
template <class... Parts>
struct PartNames<Detector<Parts...>> {
  static std::array<std::string, 5> all() { return {part_name<Parts>()...}; }
};

template <class Model, class Targets>
AnyDetector erased(std::string_view name, typename Model::Options options, typename Targets::Options target_options) {
  const auto model = std::make_shared<Model>(std::move(options));
  return {.name = std::string(name),
          .parts = PartNames<Model>::all(),
          .module = model,
          .input = &model->options().input,
          .forward = [model](const at::Tensor& batch) { return named_tensors(model->forward(batch)); },
          .loss = [model, targets = Targets(target_options)](
                      const at::Tensor& batch,
                      std::span<const target::PageAnnotation> pages) { return model->loss(model->forward(batch), targets(pages)); },
          .regions =
              [model](const at::Tensor& batch, std::span<const cv::Size> sources) {
                return typename Model::PostProcess(model->options().postprocess)(model->forward(batch), sources);
              },
          .predict = [model](const cv::Mat& image) { return model->predict(image); },
          .fold = [model] { model->fold(); }};
}

constexpr std::string_view kPpOcrV6 = "pp-ocr-v6", kPpOcrV4 = "pp-ocr-v4";
constexpr std::string_view kDbDenseNet = "db-densenet121", kDbScNet = "db-scnet50", kDbDeformable18 = "db-resnet18-dcn",
                           kDbDeformable50 = "db-resnet50-dcn", kPanShuffleNet = "pan-shufflenet-v2-x1";

}  // namespace

std::int64_t AnyDetector::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& parameter : module->parameters()) count += parameter.numel();
  return count;
}

const std::vector<std::string>& detector_names() {
  static const auto names = [] {
    std::vector<std::string> out;
    for (const auto& detector : scriba::zoo::kReferenceDetectors) out.emplace_back(detector.name);
    for (const auto name : {kDbDenseNet, kDbScNet, kDbDeformable18, kDbDeformable50, kPanShuffleNet, kPpOcrV6, kPpOcrV4})
      out.emplace_back(name);
    return out;
  }();
  return names;
}

AnyDetector any_detector(std::string_view name) {
  using namespace scriba::zoo;
  if (name == kDbDenseNet) return erased<DbDenseNet121, train::DbTargets>(name, db_dense_net121_options(), {});
  if (name == kDbScNet) return erased<DbScNet50, train::DbTargets>(name, db_sc_net50_options(), {});
  if (name == kDbDeformable18) return erased<DbResNet18, train::DbTargets>(name, db_res_net18_deformable_options(), {});
  if (name == kDbDeformable50) return erased<DbResNet50, train::DbTargets>(name, db_res_net50_deformable_options(), {});
  if (name == kPanShuffleNet) return erased<PanShuffleNetV2X10, train::PanTargets>(name, pan_shuffle_net_v2_x10_options(), {});
  if (name == kPpOcrV6) return erased<PpOcrV6Detector, train::DbTargets>(name, pp_ocr_detector_options<PpOcrV6Detector>(), {});
  if (name == kPpOcrV4) return erased<PpOcrV4Detector, train::DbTargets>(name, pp_ocr_detector_options<PpOcrV4Detector>(), {});
  return visit_reference_detector(name, [&]<class Tag>(Tag) {
    return erased<typename Tag::Model, typename Tag::Targets>(name, Tag::options(), Tag::target_options());
  });
}

}  // namespace zoo_tests
