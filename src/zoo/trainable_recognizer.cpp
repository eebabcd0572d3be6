#include <scriba/zoo/trainable_recognizer.hpp>

#include <concepts>
#include <utility>

#include <scriba/io/model_settings.hpp>
#include <scriba/train/bfloat16.hpp>
#include <scriba/train/ctc_targets.hpp>
#include <scriba/train/fixed_length_targets.hpp>
#include <scriba/zoo/pp_ocr.hpp>
#include <scriba/zoo/visit_reference_recognizer.hpp>

#include "part_names.hpp"

namespace scriba::zoo {

namespace {

// What makes the target of a model's loss.
template <class Model>
auto targets_for(const typename Model::Options& options) {
  if constexpr (std::same_as<typename Model::Target, loss::CtcTarget>)
    return train::CtcTargets({.alphabet = options.postprocess.alphabet});
  else
    return train::FixedLengthTargets({.alphabet = options.postprocess.alphabet, .positions = options.head.positions});
}

template <class Model>
TrainableRecognizer erased(std::string_view name, const RecognizerTrainingSettings& training, typename Model::Options options) {
  using Target = typename Model::Target;
  const auto model = std::make_shared<Model>(std::move(options));
  return {.name = std::string(name),
          .parts = detail::PartNames<Model>::all(),
          .training = training,
          .module = model,
          .input = &model->options().input,
          .forward = [model](const at::Tensor& images) { return named_tensors(model->forward(images)); },
          .target = [targets = targets_for<Model>(model->options())](
                        std::span<const std::string> texts, train::TextReport& report) -> std::any { return targets(texts, report); },
          .loss =
              [model](const at::Tensor& images, const std::any& target, bool bfloat16) {
                return model->loss(train::forward(*model, images, bfloat16), std::any_cast<const Target&>(target));
              },
          .predict = [model](std::span<const cv::Mat> crops) { return model->predict(crops); },
          .save = [model, name = std::string(name)](const std::filesystem::path& path) { io::save_composed(path, name, *model); },
          .fold = [model] { model->fold(); }};
}

constexpr std::string_view kSvtr = "svtr-mobilenet-v3-small", kPpOcrV6 = "pp-ocr-v6", kPpOcrV4 = "pp-ocr-v4";

}  // namespace

std::int64_t TrainableRecognizer::parameter_count() const {
  std::int64_t count = 0;
  for (const auto& parameter : module->parameters()) count += parameter.numel();
  return count;
}

LossTerms TrainableRecognizer::loss_of(const at::Tensor& images, std::span<const std::string> texts) const {
  train::TextReport report;
  return loss(images, target(texts, report), false);
}

const std::vector<std::string>& trainable_recognizer_names() {
  static const auto names = [] {
    std::vector<std::string> out;
    for (const auto& recognizer : kReferenceRecognizers) out.emplace_back(recognizer.name);
    for (const auto name : {kSvtr, kPpOcrV6, kPpOcrV4}) out.emplace_back(name);
    return out;
  }();
  return names;
}

TrainableRecognizer trainable_recognizer(std::string_view name, const Alphabet& alphabet) {
  if (name == kSvtr) return erased<SvtrMobileNetV3Small>(name, {}, reference_recognizer_options<SvtrMobileNetV3Small>(alphabet));
  if (name == kPpOcrV6) return erased<PpOcrV6Recognizer>(name, {}, pp_ocr_recognizer_options<PpOcrV6Recognizer>(alphabet));
  if (name == kPpOcrV4) return erased<PpOcrV4Recognizer>(name, {}, pp_ocr_recognizer_options<PpOcrV4Recognizer>(alphabet));
  return visit_reference_recognizer(
      name, [&]<class Tag>(Tag) { return erased<typename Tag::Model>(name, Tag::info.training, Tag::options(alphabet)); });
}

}  // namespace scriba::zoo
