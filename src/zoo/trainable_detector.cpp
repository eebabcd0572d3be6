#include <scriba/zoo/trainable_detector.hpp>

#include <algorithm>
#include <concepts>
#include <functional>
#include <optional>
#include <utility>

#include <ATen/core/grad_mode.h>

#include <scriba/deploy/trace.hpp>
#include <scriba/io/model_settings.hpp>
#include <scriba/io/onnx_weights.hpp>
#include <scriba/io/reference_names.hpp>
#include <scriba/io/torch_file.hpp>
#include <scriba/loss/db_distillation.hpp>
#include <scriba/train/bfloat16.hpp>
#include <scriba/train/output_variation.hpp>
#include <scriba/train/renormalize.hpp>
#include <scriba/train/to_device.hpp>
#include <scriba/train/trainer.hpp>
#include <scriba/zoo/pp_ocr.hpp>
#include <scriba/zoo/pretrained.hpp>
#include <scriba/zoo/visit_detector.hpp>

#include "either_form.hpp"
#include "part_names.hpp"
#include "saved_settings.hpp"

namespace scriba::zoo {

namespace {

template <class Options>
std::optional<int> classes_of(const Options& options) {
  if constexpr (requires { options.head.classes; }) return static_cast<int>(options.head.classes);
  return {};
}

// The loss of a batch by what `loss_of` makes of the outputs; its last term tells whether the network is alive.
template <class Model, class LossOf>
LossTerms batch_loss(Model& model, const at::Tensor& images, bool bfloat16, const LossOf& loss_of) {
  const auto output = train::forward(model, model.like_parameters(images), bfloat16);
  LossTerms loss = loss_of(output);
  loss.terms.emplace_back("map_deviation", train::map_deviation(output));
  return loss;
}

template <class Model>
decltype(TrainableDetector::taught_loss) taught_loss(const std::shared_ptr<Model>& model) {
  if constexpr (std::same_as<typename Model::Output, head::DbMaps> && std::same_as<typename Model::Target, loss::DbTarget>)
    return [model](const at::Tensor& images, const std::any& target, const NamedTensors& teacher, double truth_weight, bool bfloat16) {
      return batch_loss(*model, images, bfloat16, [&](const head::DbMaps& maps) {
        return loss::DbDistillation({.truth = model->options().loss, .truth_weight = truth_weight})(
            maps, output_from<head::DbMaps>(teacher), std::any_cast<const loss::DbTarget&>(target));
      });
    };
  else
    return {};
}

template <class Model, class Targets>
TrainableDetector erased(std::string_view name, const TrainingSettings& training, typename Model::Options options,
                         typename Targets::Options target_options) {
  using Target = typename Model::Target;
  const auto model = std::make_shared<Model>(std::move(options));
  return {.name = std::string(name),
          .parts = detail::PartNames<Model>::all(),
          .training = training,
          .module = model,
          .input = &model->options().input,
          .classes = classes_of(model->options()),
          .forward = [model](const at::Tensor& images) { return named_tensors(model->forward(model->like_parameters(images))); },
          .target = [model, targets = Targets(target_options)](std::span<const target::PageAnnotation> pages, target::TargetReport& report)
              -> std::any { return train::to_device(targets(pages, report), model->device()); },
          .maps =
              [](const std::any& target) {
                auto held = std::any_cast<Target>(target);  // tensors are shared
                std::vector<at::Tensor> out;
                for (const at::Tensor* map : held.tensors()) out.push_back(*map);
                return out;
              },
          .loss =
              [model](const at::Tensor& images, const std::any& target, bool bfloat16) {
                return batch_loss(*model, images, bfloat16,
                                  [&](const auto& output) { return model->loss(output, std::any_cast<const Target&>(target)); });
              },
          .taught_loss = taught_loss(model),
          .regions =
              [model](const at::Tensor& images, std::span<const cv::Size> sources) {
                return typename Model::PostProcess(model->options().postprocess)(model->forward(model->like_parameters(images)), sources);
              },
          .predict = [model](const cv::Mat& image) { return model->predict(image); },
          .save = [model, name = std::string(name)](const std::filesystem::path& path) { io::save_composed(path, name, *model); },
          .fold = [model] { model->fold(); },
          .trace = [model, name = std::string(name)](const at::Tensor& example) { return deploy::trace(*model, example, name); },
          .read_settings = [model](const io::Record& record) { detail::read_settings(record, model->options()); }};
}

constexpr std::string_view kPpOcrV6 = "pp-ocr-v6", kPpOcrV4 = "pp-ocr-v4";

// For fine-tuning the published weights to another kind of text, such as words.
constexpr TrainingSettings kFineTuning{
    .optimizer = {.kind = train::OptimizerKind::adam, .weight_decay = 1e-5},
    .schedule = {.kind = train::RateKind::cosine, .rate = 1e-3, .length = 15, .warm_up = 0.25, .floor = 0.01},
    .batch_size = 4,
    .crop_size = 512,
    .first_validated_epoch = 0};

template <class Model>
TrainableDetector pp_ocr(std::string_view name) {
  auto options = pp_ocr_detector_options<Model>();
  options.input.normalization = imagenet_normalization();  // what it was trained with
  options.postprocess.unclip_ratio = 1.5f;
  return erased<Model, train::DbTargets>(name, kFineTuning, std::move(options), {});
}

// A checkpoint of pytorchOCR, by its names.
bool is_reference(const io::StateDict& weights) {
  return std::ranges::any_of(weights, [](const auto& entry) { return entry.first.starts_with("seg_out."); });
}

// `reference`: for a checkpoint of pytorchOCR, whose gates of MobileNetV3 look at single pixels. `classes`: instead of the configuration's.
TrainableDetector made(std::string_view name, bool reference, std::optional<int> classes) {
  if (name == kPpOcrV6) return pp_ocr<PpOcrV6Detector>(name);
  if (name == kPpOcrV4) return pp_ocr<PpOcrV4Detector>(name);
  return visit_detector(name, [&]<class Tag>(Tag) {
    auto options = Tag::options();
    auto targets = Tag::target_options();
    if constexpr (requires { options.backbone.gate; })
      if (reference) options.backbone.gate = backbone::MobileNetV3Gate::per_pixel;
    if constexpr (requires { options.head.classes; })
      if (classes) options.head.classes = targets.classes = *classes;
    return erased<typename Tag::Model, typename Tag::Targets>(name, Tag::info.training, std::move(options), std::move(targets));
  });
}

bool is_onnx(const std::filesystem::path& file) { return file.extension() == ".onnx"; }

io::StateDict published(std::string_view name, const std::filesystem::path& path) {
  const auto file = io::read_onnx(path);
  const auto weights = [&]<class Model>(std::type_identity<Model>) {
    return detail::deployed_weights(io::import_onnx(file, detail::PpOcrWeights<Model>::rules));
  };
  if (name == kPpOcrV6) return weights(std::type_identity<PpOcrV6Detector>());
  if (name == kPpOcrV4) return weights(std::type_identity<PpOcrV4Detector>());
  throw Error({.what = "ONNX files give weights to PP-OCR detectors only", .where = path.string(), .got = "--model " + std::string(name)});
}

io::StateDict weights_in(std::string_view name, const std::filesystem::path& file) {
  return is_onnx(file) ? published(name, file) : io::read_state_dict(file);
}

// True for deployed weights, which got their batch norms back.
bool load(TrainableDetector& detector, const io::StateDict& weights) {
  return detail::load_either_form(*detector.module, weights, is_reference(weights) ? io::reference_detector_names() : io::NameMap{});
}

}  // namespace

std::int64_t TrainableDetector::parameter_count() const { return detail::parameter_count(*module); }

LossTerms TrainableDetector::loss_of(const at::Tensor& images, std::span<const target::PageAnnotation> pages) const {
  target::TargetReport report;
  return loss(images, target(pages, report), false);
}

const std::vector<std::string>& trainable_detector_names() {
  static const auto names = [] {
    std::vector<std::string> out;
    for (const auto& detector : kReferenceDetectors) out.emplace_back(detector.name);
    for (const auto& detector : kDetectorVariants) out.emplace_back(detector.name);
    out.emplace_back(kPpOcrV6);
    out.emplace_back(kPpOcrV4);
    return out;
  }();
  return names;
}

TrainableDetector trainable_detector(std::string_view name, std::optional<int> classes) {
  auto detector = made(name, /*reference=*/false, classes);
  if (classes && !detector.classes)
    throw Error(
        {.what = "this detector does not tell kinds of text apart", .where = detector.name, .got = std::to_string(*classes) + " classes"});
  return detector;
}

bool load_initial_weights(TrainableDetector& detector, const std::filesystem::path& file) {
  return load(detector, weights_in(detector.name, file));
}

void learn_from(TrainableDetector& student, const TrainableDetector& teacher, double truth_weight) {
  for (const TrainableDetector& detector : {std::cref(student), std::cref(teacher)})
    if (!detector.taught_loss) throw Error({.what = "a teacher and its student are DB detectors of one class", .where = detector.name});
  if (!(truth_weight >= 0 && truth_weight <= 1))
    throw Error({.what = "bad weight of the truth", .expected = "0 .. 1", .got = std::to_string(truth_weight)});
  teacher.module->to(student.module->parameters().front().device());
  train::to_channels_last(*teacher.module);
  teacher.module->eval();
  student.loss = [taught = student.taught_loss, input = student.input, teacher, truth_weight](const at::Tensor& images,
                                                                                              const std::any& target, bool bfloat16) {
    auto maps = [&] {
      const at::NoGradGuard no_gradients;
      std::optional<train::Bfloat16> half;
      if (bfloat16) half.emplace(images.device().type());
      return teacher.forward(train::renormalized(images, input->normalization, teacher.input->normalization));
    }();
    for (auto& map : maps) map.value = map.value.to(images.scalar_type());
    return taught(images, target, maps, truth_weight, bfloat16);
  };
}

TrainableDetector finished_detector(std::string_view name, std::filesystem::path file) {
  if (file.empty() && name == kPpOcrV6) file = pretrained_folder() / kPpOcrV6DetectorFile;
  if (file.empty())
    throw Error({.what = "no pretrained weights exist for this detector", .where = std::string(name), .expected = "a checkpoint"});
  const auto weights = weights_in(name, file);
  // Of an ONNX file: as it is used, not as it is trained.
  const auto settings = is_onnx(file) ? std::optional(detail::record_of(pp_ocr_detector_options())) : detail::saved_settings(file);
  auto detector = made(name, is_reference(weights), detail::class_count(weights));
  try {
    load(detector, weights);
  } catch (const Error&) {
    const auto saved = settings && settings->has("architecture") ? settings->text("architecture") : std::string(name);
    if (saved == name) throw;
    throw Error({.what = "the weights are of another detector", .where = file.string(), .expected = std::string(name), .got = saved});
  }
  if (settings) detector.read_settings(*settings);
  detector.module->eval();
  detector.fold();
  return detector;
}

}  // namespace scriba::zoo
